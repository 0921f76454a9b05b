"""The body of a webhook as data: any bytes become a payload that every database can keep."""

import json
import math
from typing import Any

_LONGEST_INTEGER = 18
"""Digits; a longer number fits into no column, and is kept as text."""

_DEEPEST = 100
"""Levels of nesting that are kept; Stripe uses a dozen."""


def payload_of(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, or `{"body": …}` with its text where it is none."""
    try:
        payload = json.loads(raw.decode(), parse_int=_integer, parse_float=_decimal, parse_constant=str)
    except (ValueError, RecursionError):
        payload = None
    kept: dict[str, Any] = _kept(payload if isinstance(payload, dict) else {"body": raw.decode(errors="replace")})
    return kept


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _decimal(digits: str) -> float | str:
    return number if math.isfinite(number := float(digits)) else digits


def _kept(value: Any, depth: int = 0) -> Any:
    """Return a value without what PostgreSQL cannot read back: NUL, half of a surrogate pair, bottomless nesting."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    if depth == _DEEPEST and isinstance(value, (dict, list)):
        return None
    if isinstance(value, dict):
        return {_kept(key): _kept(inner, depth + 1) for key, inner in value.items()}
    return [_kept(inner, depth + 1) for inner in value] if isinstance(value, list) else value
