"""The command that loads seed data."""

import click
from flask.cli import with_appcontext

from storefront.cli.errors import ShopCommand
from storefront.clock import now
from storefront.settings import settings


@click.command("seed", cls=ShopCommand)
@click.option("--catalogue-only", is_flag=True, help="Goods, files and delivery prices, into a shop without products.")
@click.option("--tariff-only", is_flag=True, help="Delivery prices, into a shop that has none.")
@with_appcontext
def seed(catalogue_only: bool, tariff_only: bool) -> None:
    """Fill the shop with the demonstration's goods, coupons and logins; a second time changes nothing."""
    from storefront.seed import load

    if catalogue_only and tariff_only:
        raise click.UsageError("Choose one of --catalogue-only and --tariff-only.")
    if catalogue_only:
        click.echo(_load_catalogue())
    elif tariff_only:
        click.echo(_load_tariff())
    elif settings().PROFILE == "production":
        raise click.ClickException(
            "The demonstration's logins have a published password: not in production. "
            "For its goods without logins and coupons: flask seed --catalogue-only"
        )
    else:
        load(now())
        click.echo("The shop has its goods, coupons and logins.")


def _load_catalogue() -> str:
    from storefront.seed import load_catalogue

    try:
        loaded = load_catalogue(now())
    except OSError as error:
        raise click.ClickException(f"The files of the goods cannot be written into CONTENT_DIR: {error}") from error
    if loaded is None:
        raise click.ClickException("The shop has products already; nothing was changed.")
    tariff = f", and a shipping tariff of {loaded.rates} rates" if loaded.rates else ""
    return (
        f"Loaded {loaded.products} products in {loaded.categories} categories with {loaded.files} files{tariff}.\n"
        "No logins and no coupons. Names, prices and stock are the demonstration's: check them before you sell."
    )


def _load_tariff() -> str:
    from storefront.seed import load_tariff

    rates = load_tariff()
    if not rates:
        raise click.ClickException("The shop has a shipping tariff already; nothing was changed.")
    return f"Loaded a shipping tariff of {rates} rates, the default one."
