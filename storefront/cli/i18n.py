"""Commands for translations: extract messages, compile catalogues."""

import tempfile
from pathlib import Path

import click
from babel.messages.frontend import CommandLineInterface
from flask.cli import AppGroup

from config import ROOT
from storefront.i18n.translations import SOURCES

_WIDTH = ("--width", "1000")
_KEYWORDS = "_l _n:1,2 lazy_pgettext:1c,2"

i18n = AppGroup("i18n", help="Texts: extract, compile.")


@i18n.command("extract")
def extract() -> None:
    """Collect new and changed texts into every language's file; translate what is empty there."""
    with tempfile.TemporaryDirectory() as folder:
        template = str(Path(folder) / "messages.pot")
        write_template(template)
        _babel("update", "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date", *_WIDTH,
               "--input-file", template, "--output-dir", str(SOURCES))  # fmt: skip


@i18n.command("compile")
def compile_all() -> None:
    """Write the translations as a running shop reads them."""
    _babel("compile", "--directory", str(SOURCES))


def write_template(path: str) -> None:
    """Write every text of code and templates into a file without translations."""
    _babel("extract", "--mapping", str(SOURCES / "babel.cfg"), "--keywords", _KEYWORDS, "--no-location",
           "--sort-output", *_WIDTH, "--output", path, str(ROOT))  # fmt: skip


def _babel(*arguments: str) -> None:
    if CommandLineInterface().run(["pybabel", "--quiet", *arguments]):  # type: ignore[no-untyped-call]
        raise click.ClickException(f"pybabel {arguments[0]} failed")
