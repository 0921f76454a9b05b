"""Identifiers that look like Stripe's."""

from __future__ import annotations

import secrets
import string

LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """Return a fresh identifier such as `pi_3…`."""
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(length))
