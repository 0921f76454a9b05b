"""The key of a form: what was done with it is remembered by it, so that a double click is one click."""

import secrets

MAX_TOKEN = 40
"""So much of a key is read; ours are shorter."""


def new_token() -> str:
    """Return a key for a form about to be shown."""
    return secrets.token_urlsafe(9)
