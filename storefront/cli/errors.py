"""Command classes that print the shop's errors as one line instead of a traceback."""

from typing import Any

import click
from click.exceptions import Exit
from flask.cli import AppGroup
from flask_babel import force_locale

from storefront.database import find_trouble
from storefront.errors import ShopError
from storefront.i18n import explain


class ShopCommand(click.Command):
    """A command that ends with exit code 1 and a message for a `ShopError`."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, Exit):
            raise
        except ShopError as refusal:
            with force_locale("en"):
                raise click.ClickException(f"{explain(refusal)} ({facts(refusal)})") from refusal
        except Exception as error:
            if trouble := find_trouble():
                advice = ": run flask db upgrade" if "migration" in trouble else ""
                raise click.ClickException(f"The {trouble}{advice}.") from error
            raise


class ShopGroup(ShopCommand, AppGroup):
    """A group of `ShopCommand`s."""


def facts(refusal: ShopError) -> str:
    """Return an error's code and data."""
    return " ".join([refusal.code, *(f"{key}={value}" for key, value in refusal.data.items() if key != "rows")])
