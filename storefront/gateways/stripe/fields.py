"""Reading Stripe's objects: a field that is not as the API documents it raises `Unreadable` with its name.

The reason contains only values that are Stripe's own constants, because it is kept and shown, and others are a buyer's.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from storefront.gateways.payments import Unreadable

Word = TypeVar("Word", bound=str)

_LARGEST = 10**15
"""More than any amount or number of units; sums of them fit into the columns."""

LOWEST = -_LARGEST
"""The least of an amount that may be negative."""

_LATEST = 2**33
"""The year 2242: a time to which days can be added."""


class Fields:
    """One object of Stripe's; `name` is what reasons call it."""

    def __init__(self, data: Any, name: str) -> None:
        if not isinstance(data, Mapping):
            raise Unreadable(f"{name} is {_kind(data)}")
        self.data, self.name = data, name

    def text(self, key: str, limit: int = 255) -> str:
        """Return a text that is not empty."""
        value = self.data.get(key)
        if not isinstance(value, str) or not 0 < len(value) <= limit:
            raise self._refused(key)
        return value

    def maybe_text(self, key: str, limit: int = 255) -> str | None:
        """Return a text, or None where there is none."""
        return self.text(key, limit) if self.data.get(key) else None

    def reference(self, key: str) -> str | None:
        """Return the id of another object, which Stripe may show whole."""
        value = self.data.get(key)
        return self.inner(key).text("id") if isinstance(value, Mapping) else self.maybe_text(key)

    def mark(self, key: str, limit: int = 255) -> str | None:
        """Return what the shop wrote into the metadata; anything else that is there is somebody else's."""
        metadata = self.data.get("metadata")
        value = metadata.get(key) if isinstance(metadata, Mapping) else None
        return value if isinstance(value, str) and 0 < len(value) <= limit else None

    def choice(self, key: str, choices: Collection[Word], default: Word | None = None) -> Word:
        """Return one of the values that the shop knows; the default is for null."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        found = next((word for word in choices if word == value), None)
        if found is None:
            raise self._refused(key, repr(value[:40]) if isinstance(value, str) else "")
        return found

    def amount(self, key: str, at_least: int = 0) -> int:
        """Return an amount or a number of units."""
        return self._integer(key, at_least, _LARGEST)

    def maybe_amount(self, key: str) -> int | None:
        """Return an amount, or None for null."""
        return None if self.data.get(key) is None else self.amount(key)

    def currency(self) -> str:
        """Return the currency in capitals."""
        code = self.text("currency", 3).upper()
        if len(code) != 3 or not (code.isascii() and code.isalpha()):
            raise self._refused("currency")
        return code

    def moment(self, key: str) -> datetime:
        """Return a time."""
        return datetime.fromtimestamp(self._integer(key, 0, _LATEST), UTC)

    def maybe_moment(self, key: str) -> datetime | None:
        """Return a time, or None for null."""
        return None if self.data.get(key) is None else self.moment(key)

    def inner(self, key: str) -> "Fields":
        """Return an object inside; null is an empty one."""
        return Fields(self.data.get(key) or {}, f"{self.name}.{key}")

    def items(self, key: str) -> list["Fields"]:
        """Return the objects of a list inside."""
        inner = self.inner(key)
        if not isinstance(rows := inner.data.get("data"), list):
            raise inner._refused("data")
        return [Fields(row, f"{self.name}.{key}") for row in rows]

    def _integer(self, key: str, lowest: int, highest: int) -> int:
        value = self.data.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self._refused(key)
        return value

    def _refused(self, key: str, shown: str = "") -> Unreadable:
        return Unreadable(f"{self.name}.{key} is {shown or _kind(self.data.get(key))}")


def _kind(value: Any) -> str:
    return "missing" if value is None else f"no usable {type(value).__name__}"
