"""Identifiers that reveal nothing, and secrets that cannot be guessed."""

import hashlib
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """Return a 26-character id: 48 bits of time, so that indexes stay compact, then 80 random bits."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Return whether a text can be an id of ours."""
    return len(text) == 26 and set(text) <= set(_ALPHABET)


def new_token() -> str:
    """Return an unguessable token of 256 bits, safe in URLs."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what the database keeps of a token, so that somebody who reads the database cannot sign in."""
    return hashlib.sha256(token.encode()).hexdigest()
