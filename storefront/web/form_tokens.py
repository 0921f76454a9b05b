"""Submission tokens of forms: a second submission with the same token has no further effect."""

import secrets

MAX_TOKEN = 40
"""Longer tokens are cut; the shop's own are shorter."""


def new_token() -> str:
    """Return a new token for a form."""
    return secrets.token_urlsafe(9)
