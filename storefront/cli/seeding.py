"""The command that loads seed data."""

import click
from flask.cli import with_appcontext

from storefront.cli.errors import ShopCommand
from storefront.clock import now
from storefront.settings import settings


@click.command("seed", cls=ShopCommand)
@click.option("--tariff-only", is_flag=True, help="Delivery prices, into a shop that has none.")
@with_appcontext
def seed(tariff_only: bool) -> None:
    """Fill the shop with the demonstration's goods, coupons and logins; a second time changes nothing."""
    from storefront.seed import load

    if tariff_only:
        click.echo(_load_tariff())
    elif settings().PROFILE == "production":
        raise click.ClickException(
            "The demonstration's logins have a published password: not in production. "
            "Products are made at /staff/products."
        )
    else:
        load(now())
        click.echo("The shop has its goods, coupons and logins.")


def _load_tariff() -> str:
    from storefront.seed import load_tariff

    rates = load_tariff()
    if not rates:
        raise click.ClickException("The shop has a shipping tariff already; nothing was changed.")
    return f"Loaded a shipping tariff of {rates} rates, the default one."
