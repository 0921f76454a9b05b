"""SECURITY.md names every limit with the figure that the code has."""

import re
from pathlib import Path

import pytest

from storefront.limits import LIMITS

_DOCUMENT = Path("SECURITY.md").read_text(encoding="utf-8")
_ROWS = re.findall(r"^\| `(\w+)`[^|]*\| (\w+) \| ([^|]+) \|", _DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize("name", LIMITS)
def test_every_rate_limit_stands_in_the_table_with_its_figures(name: str) -> None:
    told = {who: figure.strip() for row, who, figure in _ROWS if row == name}
    assert told == dict(LIMITS[name])


def test_the_table_has_no_limit_that_is_gone() -> None:
    assert {row for row, _, _ in _ROWS} == set(LIMITS)
