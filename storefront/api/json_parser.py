"""Strict parsing of requests: JSON only, at most 64 KB, nothing that two parsers could read differently."""

import json
import re
from itertools import islice
from typing import Any, NoReturn

from flask import Request, g
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from storefront.errors import InvalidInput, InvalidJson

MAX_BYTES = 64 * 1024
MAX_DEPTH = 12
MAX_VALUES = 1000
"""Names and values in a body; the largest valid one, fifty lines and an address, has a third of it."""
MAX_PROBLEMS = 100
"""Wrong fields in one response; each message is translated, so that thousands would take seconds."""

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
"""NUL and lone surrogates, which JSON can express and no database stores."""


class Parser(FlaskParser):
    """Webargs' parser with strict JSON, and errors as `InvalidInput`."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the JSON object that was sent, or raise `InvalidJson`, 413 or 415."""
        req.max_content_length = MAX_BYTES
        raw = req.get_data(cache=True)
        if not raw:
            raise InvalidJson(reason="empty")
        if req.mimetype != "application/json" or req.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
            raise UnsupportedMediaType
        try:
            value = json.loads(raw.decode(), parse_constant=_refuse, object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError):
            raise InvalidJson(reason="syntax") from None
        if not isinstance(value, dict):
            raise InvalidJson(reason="not_an_object")
        _check_values(value, 1)
        g.json_body = value
        return value

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query's parameters; a repeated one is an error."""
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise InvalidInput(dict.fromkeys(repeated, "repeated"))
        return req.args.to_dict()

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_kwargs: Any) -> NoReturn:
        """Raise `InvalidInput` with the error codes by field."""
        raise InvalidInput(dict(islice(flatten(error.messages).items(), MAX_PROBLEMS)))


def flatten(messages: Any, path: str = "") -> dict[str, str]:
    """Return marshmallow's nested messages as `items[0].quantity` → error code."""
    if isinstance(messages, dict):
        codes: dict[str, str] = {}
        for key, inner in messages.items():
            codes |= flatten(inner, _join(path, key))
        return codes
    code = messages[0] if isinstance(messages, list) and messages else messages
    return {path: str(code)}


def _join(path: str, key: Any) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key in ("_schema", "json", "query"):
        return path
    return f"{path}.{key}" if path else str(key)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is given twice")
    return members


def _check_values(value: Any, depth: int) -> int:
    """Return the count of names and values, or raise `InvalidJson` for what no field accepts.

    That is: nested too deep, too many values, infinite numbers, text with lone surrogates or NULs.
    """
    if depth > MAX_DEPTH or (isinstance(value, float) and value in (float("inf"), float("-inf"))):
        raise InvalidJson(reason="too_deep" if depth > MAX_DEPTH else "number")
    count = 1
    if isinstance(value, dict):
        count += sum(_check_values(key, depth) + _check_values(inner, depth + 1) for key, inner in value.items())
    elif isinstance(value, list):
        count += sum(_check_values(inner, depth + 1) for inner in value)
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        raise InvalidJson(reason="text")
    if count > MAX_VALUES:
        raise InvalidJson(reason="too_many")
    return count
