"""Refusals of the shop as one line in the terminal, instead of a traceback."""

from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from storefront.errors import ShopError
from storefront.wording import explain


class ShopGroup(AppGroup):
    """A group of commands in which a refusal ends with exit code 1 and its sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ShopError as refusal:
            with force_locale("en"):
                raise click.ClickException(f"{explain(refusal)} ({facts(refusal)})") from refusal


def facts(refusal: ShopError) -> str:
    """Return the machine word and the facts behind a refusal."""
    return " ".join([refusal.code, *(f"{key}={value}" for key, value in refusal.data.items())])
