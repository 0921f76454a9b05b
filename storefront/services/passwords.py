"""Passwords that attackers try first."""

import re
from functools import cache
from importlib.resources import files


def is_common(password: str) -> bool:
    """Return whether a password is on the list, or only a listed word with digits or marks behind it."""
    lowered = password.lower()
    bare = re.sub(r"[\d\W_]+$", "", lowered)
    return lowered in _common() or (len(bare) > 3 and bare in _common()) or len(set(lowered)) <= 2


@cache
def _common() -> frozenset[str]:
    text = files("storefront.services").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if not line.startswith("#"))
