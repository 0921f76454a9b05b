"""The commands of `flask --app wsgi …`; each calls a service."""

from flask import Flask

from storefront.cli import events, i18n, operations, orders, products, seeding, staff, stock, stripe, tables


def register(app: Flask) -> None:
    """Register the commands with the application."""
    for command in (
        tables.db, seeding.seed, operations.mail, operations.doctor, orders.orders, staff.staff, events.events,
        i18n.i18n, products.products, stock.stock, stripe.stripe,
    ):  # fmt: skip
        app.cli.add_command(command)


__all__ = ["register"]
