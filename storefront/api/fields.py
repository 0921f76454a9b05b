"""Fields of strict JSON types: `true`, `1.0` and `"2"` are no integers, 7 is no text.

The messages are error codes, which `storefront.api.problems` translates.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from storefront.text import clean

_COMMON: dict[str, Any] = {"required": "required", "null": "required", "validator_failed": "invalid"}
BIGGEST = 10**13
"""The largest amount of money in minor units; a database integer holds it."""
_FORBIDDEN = {"Cc", "Cs", "Cn", "Zl", "Zp"}
"""Unicode's categories of controls, line breaks and what is no character."""


class Integer(fields.Integer):
    """A JSON integer, between bounds."""

    default_error_messages = _COMMON | {"invalid": "not_an_integer", "too_large": "out_of_range"}

    def __init__(self, *, least: int = 0, most: int = BIGGEST, **options: Any) -> None:
        bounds = validate.Range(least, most, error="out_of_range")
        super().__init__(strict=True, validate=bounds, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return value


class QueryInteger(fields.Integer):
    """An integer in a query string: plain digits."""

    default_error_messages = Integer.default_error_messages

    def __init__(self, *, least: int = 0, most: int = BIGGEST, **options: Any) -> None:
        super().__init__(validate=validate.Range(least, most, error="out_of_range"), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str) or not (value.isascii() and value.isdigit()) or len(value) > 15:
            raise self.make_error("invalid")
        return int(value)


class Boolean(fields.Boolean):
    """`true` or `false`, without conversion of other values."""

    default_error_messages = _COMMON | {"invalid": "not_a_boolean"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


class QueryBoolean(fields.Boolean):
    """`true` or `false` in a query string."""

    default_error_messages = _COMMON | {"invalid": "not_a_boolean"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return value == "true"


class Text(fields.String):
    """One line of text, cleaned (`storefront.text`); `lines` allows several, `raw` keeps everything (passwords)."""

    default_error_messages = _COMMON | {"invalid": "not_a_text", "invalid_utf8": "invalid"}

    def __init__(self, *, most: int, least: int = 0, lines: bool = False, raw: bool = False, **options: Any) -> None:
        self.most, self.lines, self.raw = most, lines, raw
        # `_deserialize` checks the trimmed text; this validator puts the bound into the OpenAPI document.
        checks: list[Callable[[str], Any]] = [validate.Length(max=most, error="too_long")]
        if least:
            checks.insert(0, validate.Length(min=least, error="required"))
        super().__init__(validate=checks, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if self.raw:
            return value
        text = clean(value, lines=self.lines)
        if len(text) > self.most:
            raise ValidationError("too_long")  # before the loop over its characters
        allowed = "\r\n\t" if self.lines else ""
        if any(unicodedata.category(char) in _FORBIDDEN and char not in allowed for char in text):
            raise ValidationError("invalid")
        return text


class Choice(fields.String):
    """One of the given strings; for an enum, its member."""

    default_error_messages = Text.default_error_messages

    def __init__(self, options: tuple[str, ...], **settings: Any) -> None:
        super().__init__(validate=validate.OneOf(options, error="not_a_choice"), **settings)
        self.options = options

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return next((option for option in self.options if option == value), value)


class Items(fields.List[Any]):
    """A list with a maximum length."""

    default_error_messages = _COMMON | {"invalid": "not_a_list"}

    def __init__(self, inner: Any, *, most: int, **options: Any) -> None:
        bounds = validate.Length(max=most, error="too_many_lines")
        super().__init__(inner, validate=bounds, **options)


class Part(fields.Nested):
    """An object inside another."""

    default_error_messages = _COMMON | {"type": "not_an_object", "unknown": "unknown_field"}


class Moment(fields.DateTime):
    """A time as ISO 8601 in UTC with `Z`."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
