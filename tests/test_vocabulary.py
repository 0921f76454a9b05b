"""Names use the standard words of Flask and commerce: no identifier contains a word of the list below."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [
    ROOT / "config.py",
    *sorted(ROOT.glob("storefront/**/*.py")),
    *sorted(ROOT.glob("stripe_simulator/**/*.py")),
]

INSTEAD = {
    "backoffice": "admin",
    "care": "operations",
    "deed": "submission, idempotency key",
    "deeds": "submissions",
    "door": "interface, blueprint, channel",
    "doors": "interfaces",
    "drawn": "cached, rendered",
    "findable": "seo",
    "follow": "apply",
    "inbox": "webhook_events",
    "letter": "email",
    "mailroom": "outbox, delivery",
    "mend": "repair",
    "mends": "repairs",
    "mine": "conditions, own_rows",
    "rebuild": "restore_order",
    "remark": "note, check",
    "room": "limit, package, rest",
    "rooms": "limits, packages, rests",
    "seal": "quote_hash",
    "seals": "quote_hash",
    "shelf": "category, stock",
    "shelves": "categories",
    "superseded": "OpenOrderExists",
    "theirs": "own_rows",
    "turn": "slot, request",
    "turns": "admission_queue",
    "visitor": "customer, shopper, client",
    "who": "customer, current_user",
    "whose": "owner, condition",
}
"""Words of a private language, and what to say instead. A word is a whole part of a snake_case or CamelCase name."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""Names, by file, that keep a word of the list, each with the reason."""


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every name that a module defines or uses, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name
            case ast.alias(name=name, asname=alias):
                yield node.lineno, name.replace(".", "_")
                yield node.lineno, alias or ""
            case _:
                continue


def words_in(name: str) -> set[str]:
    """Return the words of a name in lower case: `has_openDoor` has three."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def private_words(path: Path) -> list[str]:
    """Return a line for each name of a file, and for the file's own, that contains a word of the list."""
    file = path.relative_to(ROOT).as_posix()
    names = [(1, path.stem), *((1, folder) for folder in file.split("/")[:-1])]
    names += identifiers(ast.parse(path.read_text()))
    return [
        f"{file}:{line} {name}: say {INSTEAD[word]} instead of {word}"
        for line, name in sorted(set(names))
        for word in sorted(words_in(name) & INSTEAD.keys())
        if (file, name) not in EXCEPTIONS
    ]


def test_names_contain_no_word_of_the_list() -> None:
    assert [line for path in SOURCES for line in private_words(path)] == []


@pytest.mark.parametrize(
    "source",
    ["theirs = 1", "def open_deed(): ...", "class Door: ...", "f(seal=1)", "x.old_shelves", "import a.turns"],
)
def test_every_kind_of_name_is_read(source: str) -> None:
    assert any(words_in(name) & INSTEAD.keys() for _, name in identifiers(ast.parse(source)))


def test_words_inside_of_words_are_none() -> None:
    assert not words_in("returns") & INSTEAD.keys()
    assert not words_in("doorstep_determined") & INSTEAD.keys()


def test_exceptions_are_still_needed() -> None:
    names = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in SOURCES
        for _, name in identifiers(ast.parse(path.read_text()))
    }
    assert EXCEPTIONS.keys() - names == set()
