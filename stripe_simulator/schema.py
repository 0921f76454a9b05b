"""What a request may contain: specifications of parameters, and the reader that validates by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .errors import invalid, not_supported

CURRENCIES = ("brl", "cop", "eur", "mxn", "pen", "usd")
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
API_VERSIONS = re.compile(r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?$")
WEB = ("http", "https")
NEVER = ("javascript", "data", "vbscript", "file", "blob")
BIG = 2**53

Rule = Callable[[dict[str, Any], str], None]


@dataclass(frozen=True)
class Spec:
    """What one parameter may be."""

    kind: str
    required: bool = False
    clearable: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    form: str = ""
    fields: Mapping[str, Spec] = field(default_factory=dict)
    item: Spec | None = None
    rules: tuple[Rule, ...] = ()


def text(high: int = 5000, **more: Any) -> Spec:
    return Spec("text", high=high, **more)


def choice(*choices: str, **more: Any) -> Spec:
    return Spec("text", high=5000, choices=choices, **more)


def integer(low: int | None = None, high: int | None = BIG, **more: Any) -> Spec:
    return Spec("integer", low=low, high=high, **more)


def number(low: float | None = None, high: float | None = None, **more: Any) -> Spec:
    return Spec("number", low=low, high=high, **more)


def boolean(**more: Any) -> Spec:
    return Spec("boolean", **more)


def record(fields: Mapping[str, Spec], *rules: Rule, **more: Any) -> Spec:
    return Spec("record", fields=fields, rules=rules, **more)


def array(item: Spec, high: int = 100, **more: Any) -> Spec:
    return Spec("array", item=item, high=high, **more)


def metadata(**more: Any) -> Spec:
    return Spec("metadata", **more)


def period() -> Spec:
    """A time, or a record of gt, gte, lt, lte."""
    return Spec("period", fields={name: integer() for name in ("gt", "gte", "lt", "lte")})


def unsupported() -> Spec:
    """A parameter that Stripe supports and the simulator does not."""
    return Spec("unsupported")


def read(spec: Spec, value: Any, path: str) -> Any:
    """Return the decoded value of one parameter, or raise Stripe's error for it."""
    if value == "" and spec.kind != "unsupported":
        return _read_empty(spec, path)
    return READERS[spec.kind](spec, value, path)


def _read_empty(spec: Spec, path: str) -> Any:
    if spec.clearable:
        return {} if spec.kind == "metadata" else ""
    raise invalid(
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; however "
        f"'{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty value.",
        path,
        "parameter_invalid_empty",
    )


def _read_text(spec: Spec, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", path)
    if spec.choices and value not in spec.choices:
        raise invalid(f"Invalid {path}: must be one of {_listed(spec.choices)}", path)
    if spec.high is not None and len(value) > spec.high:
        raise invalid(f"Invalid string: {value[:20]}...{value[-5:]}; must be at most {int(spec.high)} characters", path)
    return FORMS[spec.form](value, path) if spec.form else value


def _read_integer(spec: Spec, value: Any, path: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise invalid(f"Invalid integer: {value}", path, "parameter_invalid_integer")
    return int(_bounded(spec, int(value), path))


def _read_number(spec: Spec, value: Any, path: str) -> float:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", value):
        raise invalid(f"Invalid decimal: {value}", path)
    return _bounded(spec, float(value), path)


def _bounded(spec: Spec, value: float, path: str) -> float:
    if spec.low is not None and value < spec.low:
        raise invalid(f"This value must be greater than or equal to {spec.low:g}.", path, "parameter_invalid_integer")
    if spec.high is not None and value > spec.high:
        raise invalid(f"This value must be less than or equal to {spec.high:.0f}.", path, "parameter_invalid_integer")
    return value


def _read_boolean(spec: Spec, value: Any, path: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", path)
    return bool(value == "true")


def _read_record(spec: Spec, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", path)
    for name in value:
        if name not in spec.fields:
            raise invalid(
                f"Received unknown parameter: {_inside(path, name)}", _inside(path, name), "parameter_unknown"
            )
    for name, member in spec.fields.items():
        if member.required and name not in value:
            raise missing(_inside(path, name))
    values = {name: read(spec.fields[name], value[name], _inside(path, name)) for name in value}
    for rule in spec.rules:
        rule(values, path)
    return values


def _read_array(spec: Spec, value: Any, path: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
        raise invalid("Invalid array", path)
    if spec.high is not None and len(value) > spec.high:
        raise invalid(f"Array {path} exceeded maximum {spec.high:g} allowed elements.", path)
    assert spec.item is not None
    ordered = sorted(value, key=int)
    return [read(spec.item, value[key], f"{path}[{index}]") for index, key in enumerate(ordered)]


def _read_metadata(spec: Spec, value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(member, str) for member in value.values()):
        raise invalid("Invalid metadata: metadata must be a set of key-value pairs of strings", path)
    if len(value) > 50:
        raise invalid("Metadata can have up to 50 keys", path)
    for key, member in value.items():
        if len(key) > 40:
            raise invalid(f"Metadata keys can have up to 40 characters. Invalid key: {key[:60]}", path)
        if len(member) > 500:
            raise invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that is {len(member)} "
                f"characters. Invalid value: {member[:60]}...",
                f"{path}[{key}]",
            )
    return dict(value)


def _read_period(spec: Spec, value: Any, path: str) -> dict[str, int]:
    if isinstance(value, str):
        moment = _read_integer(spec, value, path)
        return {"gte": moment, "lte": moment}
    return _read_record(spec, value, path)


def _refuse_unsupported(spec: Spec, value: Any, path: str) -> Any:
    raise not_supported(f"the parameter {path}", path)


def _check_url(value: str, path: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in WEB and bool(parts.hostname) and not re.search(r"\s", value)
    except ValueError:
        good = False
    if not good:
        raise invalid("Not a valid URL", path, "url_invalid")
    return value


def _check_return_url(value: str, path: str) -> str:
    """Let an app's own scheme pass, too: it is how a payment page leads back into a phone's app."""
    scheme = value.partition("://")[0]
    if (
        re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme)
        and scheme not in (*WEB, *NEVER)
        and re.fullmatch(r"\S+://\S+", value)
    ):
        return value
    return _check_url(value, path)


def _check_email(value: str, path: str) -> str:
    if not EMAIL.match(value):
        raise invalid(f"Invalid email address: {value}", path, "email_invalid")
    return value


def _check_country(value: str, path: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise invalid(f"Invalid {path}: {value} is not a two-letter country code", path)
    return value


def _check_currency(value: str, path: str) -> str:
    if value.lower() not in CURRENCIES:
        raise invalid(f"Invalid currency: {value}. The simulator plays {_listed(CURRENCIES)}.", path)
    return value.lower()


def _check_api_version(value: str, path: str) -> str:
    if not API_VERSIONS.match(value):
        raise invalid(f"Invalid API version: {value}", path)
    return value


def missing(path: str) -> Exception:
    """The error for a parameter that must be there."""
    return invalid(f"Missing required param: {path}.", path, "parameter_missing")


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + f", or {names[-1]}" if len(names) > 1 else names[0]


FORMS: dict[str, Callable[[str, str], str]] = {
    "api_version": _check_api_version,
    "country": _check_country,
    "currency": _check_currency,
    "email": _check_email,
    "url": _check_url,
    "return_url": _check_return_url,
}
READERS: dict[str, Callable[[Spec, Any, str], Any]] = {
    "text": _read_text,
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_boolean,
    "record": _read_record,
    "array": _read_array,
    "metadata": _read_metadata,
    "period": _read_period,
    "unsupported": _refuse_unsupported,
}
