"""Filling an empty shop."""

import click
from flask.cli import with_appcontext

from storefront.settings import settings


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
