"""Integer fields of forms: WTForms' `IntegerField` with strict digits, and one field for each order line."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import IntegerField
from wtforms.form import BaseForm
from wtforms.validators import NumberRange
from wtforms.widgets import HiddenInput, TextInput

from storefront.text import clean

_DIGITS = re.compile(r"[0-9]{1,15}")
_WRITTEN_WITH_PESOS = dict.fromkeys(map(ord, "$., \N{NO-BREAK SPACE}"))
"""Characters in an amount that are ignored."""
MAX_UNITS = 9999


def whole_number(text: str) -> int | None:
    """Return the number that a text is, or None; Python's `int` also reads "1_000", "+1" and every script's digits."""
    return int(text) if _DIGITS.fullmatch(text) else None


def whole_pesos(text: str) -> int | None:
    """Return an amount in pesos; dots, commas and signs do not matter."""
    return whole_number(text.translate(_WRITTEN_WITH_PESOS))


class WholeNumberField(IntegerField):  # type: ignore[misc]
    """An integer; the field shows what was typed, even if it is invalid.

    It is a text field, for a browser's number field sends nothing for what it does not understand.
    """

    widget = TextInput()

    @property
    def typed(self) -> str:
        """Return what the field shows."""
        return str(self._value())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        if valuelist:
            self.data = self.read(clean(valuelist[0]))

    def read(self, text: str) -> int | None:
        """Return the number, or raise `ValueError` with the field's message."""
        if (number := whole_number(text)) is None:
            self.data = None
            raise ValueError(self.invalid_value_message)
        return number


class PesosField(WholeNumberField):
    """An amount in pesos; an empty field is none."""

    def read(self, text: str) -> int | None:
        """Return the pesos, None for an empty field, or raise `ValueError` with the field's message."""
        digits = text.translate(_WRITTEN_WITH_PESOS)
        return super().read(digits) if digits else None


class SeenNumberField(WholeNumberField):
    """A number that the page showed, sent back with its form; None if it is missing or invalid."""

    widget = HiddenInput()

    def read(self, text: str) -> int | None:
        """Return the number, or None."""
        return whole_number(text)

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class SignedNumberField(SeenNumberField):
    """A number that the page showed, which may be below zero."""

    def read(self, text: str) -> int | None:
        """Return the number, or None."""
        number = whole_number(text.removeprefix("-"))
        return -number if number is not None and text.startswith("-") else number


class UnitsField(WholeNumberField):
    """Units of a line; an empty field is none of them."""

    def read(self, text: str) -> int | None:
        """Return the units, or raise `ValueError` with the field's message."""
        return super().read(text or "0")


class LineUnits(BaseForm):  # type: ignore[misc]
    """Units of an order's lines, a field for each, named by the line's id behind a prefix.

    A FieldList numbers its fields from 0, and closes gaps: a line that cannot be chosen any more would pass its units
    on to another product.
    """

    def __init__(self, prefix: str, units: Mapping[int, int], wrong: Any, label: Any = "") -> None:
        options = {"label": label, "invalid_value_message": wrong, "validators": [NumberRange(0, MAX_UNITS, wrong)]}
        super().__init__({str(key): UnitsField(default=n, **options) for key, n in units.items()}, prefix=prefix)

    def of(self, line_id: int) -> UnitsField | None:
        """Return the field of a line, or None if the line has none."""
        field: UnitsField | None = self._fields.get(str(line_id))
        return field

    @property
    def units(self) -> dict[int, int]:
        """Return the units by line id, where a number was typed."""
        return {int(key): field.data for key, field in self._fields.items() if field.data is not None}
