"""Stripe's form style: `a[b][0][c]=v` becomes nested dictionaries of strings."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
DEPTH = 12


def pairs(raw: bytes | str) -> list[tuple[str, str]]:
    """Return the name-value pairs of a form body or query string."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return parse_qsl(text, keep_blank_values=True)


def nested(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the pairs as nested dictionaries; a list stays a dictionary of numbers until the rules read it."""
    tree: dict[str, Any] = {}
    for name, value in fields:
        keys = _keys(name)
        branch = tree
        for key in keys[:-1]:
            branch = _descend(branch, key, name)
        last = _place(branch, keys[-1])
        if isinstance(branch.get(last), dict):
            raise invalid(f"Invalid request: {name} is given twice, in two shapes.", name)
        branch[last] = value
    return tree


def fingerprint(method: str, path: str, fields: list[tuple[str, str]]) -> str:
    """Return a digest by which two requests under one idempotency key are told apart."""
    return hashlib.sha256(repr((method, path, sorted(fields))).encode("utf-8", "replace")).hexdigest()


def _keys(name: str) -> list[str]:
    match = NAME.match(name)
    keys = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else [name]
    if len(keys) > DEPTH:
        raise invalid("Invalid request: parameters are nested too deeply.", keys[0])
    return keys


def _descend(branch: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    child = branch.setdefault(_place(branch, key), {})
    if not isinstance(child, dict):
        raise invalid(f"Invalid request: {name} is given twice, in two shapes.", name)
    return child


def _place(branch: dict[str, Any], key: str) -> str:
    return key if key else str(len(branch))
