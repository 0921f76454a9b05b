"""The command line: `flask --app wsgi …`, each command a thin door to a service."""

import os
import signal
import threading
import time

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo, pass_script_info, with_appcontext

from storefront.settings import settings

mail = AppGroup("mail", help="Mail that waits in the outbox.")
orders = AppGroup("orders", help="Orders.")


def register(app: Flask) -> None:
    """Give the application its commands; `flask db` comes with Flask-Migrate."""
    for command in (work, seed, mail, orders):
        app.cli.add_command(command)


@click.command("worker")
@click.option("--parent-pid", type=int, default=0, help="Stop when this process is no longer the parent.")
@pass_script_info
def work(info: ScriptInfo, parent_pid: int) -> None:
    """Deliver mail and tidy up, once a second, until a signal comes."""
    from storefront.worker import run

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with(parent_pid)
    run(info.load_app(), stop)


@click.command("seed")
@with_appcontext
def seed() -> None:
    """Fill the shelves with the demonstration's goods; a second time changes nothing."""
    from storefront.clock import now
    from storefront.seed import load

    if settings().PROFILE == "production":
        raise click.ClickException("The demonstration's logins have a published password: not in production.")
    load(now())
    click.echo("The shop has its goods, coupons and logins.")


@mail.command("deliver")
def deliver() -> None:
    """Send what is due."""
    from storefront.services import mailroom

    click.echo(f"{mailroom.deliver_due()} sent")


@orders.command("expire")
def expire() -> None:
    """End unpaid orders whose time is over, after asking Stripe."""
    from storefront.services import housekeeping

    click.echo(f"{housekeeping.expire_unpaid()} ended")


def end_with(parent: int) -> None:
    """Stop this process when `parent` is gone: a killed `make` or a closed terminal must leave nothing behind."""
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
