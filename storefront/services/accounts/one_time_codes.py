"""Codes of six digits that an app computes from a secret and the time (RFC 6238, with SHA-1 as every app has it)."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD, DIGITS, SKEW = 30, 6, 1
"""A code's seconds and digits, and how many steps the phone's clock may be off."""

_SECRET_BYTES = 20


def new_secret() -> str:
    """Return a secret of 160 bits in the letters that apps take."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of a time step (RFC 4226, section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(moment: datetime) -> int:
    """Return the time step of a moment."""
    return int(moment.timestamp()) // PERIOD


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is, the present one or a neighbour; None for a wrong code."""
    present = step_of(now)
    steps = range(present - SKEW, present + SKEW + 1)
    matching = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    return matching[-1] if matching else None


def address(secret: str, *, shop: str, email: str) -> str:
    """Return the address that a QR code holds for an app."""
    query = urlencode({"secret": secret, "issuer": shop, "period": PERIOD, "digits": DIGITS}, quote_via=quote)
    return f"otpauth://totp/{quote(shop)}:{quote(email)}?{query}"
