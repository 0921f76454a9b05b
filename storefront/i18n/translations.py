"""The compiled translations, which the application compiles at start if they are missing or old."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from config import ROOT

SOURCES = ROOT / "storefront" / "translations"


@cache
def translations_folder() -> Path:
    """Return the folder of the compiled translations of this process."""
    return compile_into_place(SOURCES)


def compile_into_place(folder: Path) -> Path:
    """Compile what is missing or older than its source, and return where the translations are.

    That is the folder itself, or a temporary one where this process may not write into it.
    """
    stale = list(_stale(folder))
    try:
        for source in stale:
            _compile(source, source.with_suffix(".mo"))
    except OSError:
        return _compile_elsewhere(folder)
    return folder


def _stale(folder: Path) -> Iterator[Path]:
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            yield source


def _compile_elsewhere(folder: Path) -> Path:
    other = Path(tempfile.mkdtemp(prefix="shop-translations-"))
    atexit.register(shutil.rmtree, other, ignore_errors=True)
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = (other / source.relative_to(folder)).with_suffix(".mo")
        compiled.parent.mkdir(parents=True)
        _compile(source, compiled)
    return other


def _compile(source: Path, compiled: Path) -> None:
    # Seldom needed, and a fifth of a second to load.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    # Several processes may do this at once: each writes a file of its own, and the last name wins.
    unfinished = compiled.with_name(f"{compiled.name}.{os.getpid()}")
    with source.open("rb") as text, unfinished.open("wb") as binary:
        write_mo(binary, read_po(text, locale=source.parents[1].name))
    try:
        unfinished.replace(compiled)
    finally:
        unfinished.unlink(missing_ok=True)
