"""English needs no `make`: translations are compiled when a shop starts, wherever it may write."""

import os
import shutil
from pathlib import Path

import pytest
from babel.support import Translations

from storefront.i18n.translations import SOURCES, compile_into_place


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return the translations as a clone has them."""
    return Path(shutil.copytree(SOURCES, tmp_path / "translations", ignore=shutil.ignore_patterns("*.mo")))


def compiled_in(folder: Path) -> Path:
    """Return where the English texts of a running shop are."""
    return folder / "en" / "LC_MESSAGES" / "messages.mo"


def is_english(folder: Path) -> bool:
    """Return whether a folder's texts are translated."""
    return str(Translations.load(folder, ["en"]).ugettext("Tu carrito")) == "Your cart"


def test_what_is_missing_is_compiled_beside_its_source(sources: Path) -> None:
    assert not is_english(sources)
    assert compile_into_place(sources) == sources
    assert is_english(sources)
    assert sorted(path.name for path in compiled_in(sources).parent.iterdir()) == ["messages.mo", "messages.po"]


def test_what_is_there_is_compiled_again_when_its_source_is_newer(sources: Path) -> None:
    compile_into_place(sources)
    compiled = compiled_in(sources)
    written = compiled.stat().st_mtime_ns
    compile_into_place(sources)
    assert compiled.stat().st_mtime_ns == written
    os.utime(compiled.with_suffix(".po"), (written // 10**9 + 10,) * 2)
    compile_into_place(sources)
    assert compiled.stat().st_mtime_ns > written


def test_a_folder_that_must_not_be_written_is_left_alone(sources: Path) -> None:
    """As where the code belongs to root and the shop runs as somebody else."""
    (compiled_in(sources) / "in the way").mkdir(parents=True)  # even root cannot write a file over this
    os.utime(compiled_in(sources), (0, 0))
    other = compile_into_place(sources)
    assert other != sources
    assert is_english(other)
    assert [path.name for path in compiled_in(sources).parent.iterdir() if path.suffix not in (".mo", ".po")] == []
    shutil.rmtree(other)
