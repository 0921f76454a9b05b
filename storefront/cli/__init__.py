"""The command line: `flask --app wsgi …`, each command a thin door to a service."""

from flask import Flask

from storefront.cli import care, events, i18n, orders, process
from storefront.cli.process import end_with


def register(app: Flask) -> None:
    """Give the application its commands; `flask db` comes with Flask-Migrate."""
    for command in (
        process.work, process.seed, care.mail, care.doctor, orders.orders, events.webhooks, i18n.i18n,
    ):  # fmt: skip
        app.cli.add_command(command)


__all__ = ["end_with", "register"]
