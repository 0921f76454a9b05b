"""The command line: `flask --app wsgi …`, each command a thin door to a service."""

import sys

from flask import Flask

from config import ROOT
from storefront.cli import care, events, i18n, orders, seeding
from storefront.database import db


def register(app: Flask) -> None:
    """Give the application its commands; `flask db` comes with Flask-Migrate."""
    for command in (
        seeding.seed, care.mail, care.doctor, orders.orders, events.webhooks, i18n.i18n,
    ):  # fmt: skip
        app.cli.add_command(command)
    # The `flask` command and whoever migrates load it before they make the shop. A server has no use for it, and
    # would keep its ten mebibytes in every process.
    if "flask_migrate" in sys.modules:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(ROOT / "migrations"))


__all__ = ["register"]
