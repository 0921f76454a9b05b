"""The worker process, and filling an empty shop."""

import os
import signal
import threading
import time

import click
from flask import current_app
from flask.cli import with_appcontext

from storefront.settings import settings


@click.command("worker")
@click.option("--parent-pid", type=int, default=0, help="Stop when this process is no longer the parent.")
@with_appcontext
def work(parent_pid: int) -> None:
    """Deliver mail and tidy up, once a second, until a signal comes."""
    from storefront.worker import run

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with(parent_pid)
    run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


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


def end_with(parent: int) -> None:
    """Stop this process when `parent` is gone: a killed `make` or a closed terminal must leave nothing behind."""
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
