"""docs/ux.md names a test for each of its seventy points; each test that it or docs/back-office.md names exists."""

import ast
import re

import pytest

from config import ROOT

PAGE = (ROOT / "docs" / "ux.md").read_text()
POINTS = {int(row[0]): row for row in re.findall(r"^\| (\d+) \|(.*)\|$", PAGE, re.MULTILINE)}
BACK_OFFICE = (ROOT / "docs" / "back-office.md").read_text()
NAMED = sorted(set(re.findall(r"`([a-z0-9_/]+\.py)(?:::(\w+))?`", PAGE + BACK_OFFICE)))


def test_all_seventy_points_are_there() -> None:
    assert sorted(POINTS) == list(range(1, 71))


@pytest.mark.parametrize("number", sorted(POINTS))
def test_each_point_has_a_test(number: int) -> None:
    row = POINTS[number][1]
    assert "::test_" in row or "`make lighthouse`" in row


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_is_named_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / "tests" / file.removeprefix("tests/")).read_text())
    assert not name or name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_make_knows_lighthouse() -> None:
    assert re.search(r"^lighthouse:", (ROOT / "Makefile").read_text(), re.MULTILINE)
