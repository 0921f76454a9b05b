"""A double click is one click: what a form did is not done again within a few seconds."""

import secrets
import time

from flask import session

_SECONDS = 10


def new_key() -> str:
    """Return a key for a form about to be shown."""
    return secrets.token_urlsafe(9)


def was_done(deed: str) -> bool:
    """Return whether exactly this was done a moment ago."""
    last, at = session.get("once", ("", 0))
    return bool(deed == last and time.time() - at < _SECONDS)


def remember_deed(deed: str) -> None:
    """Note that this was done now."""
    session["once"] = (deed, int(time.time()))
