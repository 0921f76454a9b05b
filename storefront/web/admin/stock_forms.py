"""The forms of the stock pages."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from storefront.enums import StockReason
from storefront.services.stock.counts import Count
from storefront.services.stock.listing import Row
from storefront.web.forms import Form, clean_line, message
from storefront.web.number_fields import SeenNumberField, WholeNumberField, whole_number

CHOICES = (
    (StockReason.RECEIVED, _l("Recibir")),
    (StockReason.COUNTED, _l("Contar")),
    (StockReason.DAMAGED, _l("Dar de baja")),
    (StockReason.CORRECTED, _l("Corregir (+ o −)")),
)


class SignedUnitsField(WholeNumberField):
    """Units, which may begin with a sign."""

    def read(self, text: str) -> int | None:
        """Return the units, or raise `ValueError` with the field's message."""
        digits = text.lstrip("+-")
        units = super().read(digits if len(text) - len(digits) <= 1 else text)
        return units if units is None or not text.startswith("-") else -units


class ChangeForm(Form):
    """What happened to units of a variant; `seen` and `counted_at` are what the page showed."""

    reason = SelectField(_l("Movimiento"), choices=[SelectChoice(*choice) for choice in CHOICES], validate_choice=False)
    units = SignedUnitsField(_l("Unidades"), invalid_value_message=message("invalid", "units"))
    stock_note = StringField(_l("Nota"), filters=[clean_line])
    seen = SeenNumberField()
    counted_at = SeenNumberField()

    def validate_reason(self, field: Any) -> None:
        """Refuse what the page does not offer."""
        if field.data not in [str(reason) for reason, _label in CHOICES]:
            raise StopValidation(message("required", "reason"))

    def validate_units(self, field: Any) -> None:
        """Refuse an empty field."""
        if field.data is None and not field.errors:
            raise StopValidation(message("invalid", "units"))


class _CountedField(WholeNumberField):
    """Units that somebody counted; an empty field was not counted."""

    def read(self, text: str) -> int | None:
        """Return the units, None for an empty field, or raise `ValueError` with the field's message."""
        return super().read(text) if text else None


class CountSheet(BaseForm):  # type: ignore[misc]
    """A field for each variant of a count sheet, named by its id, beside what the sheet says of it."""

    def __init__(self, rows: Iterable[Row], *, is_filled: bool = True) -> None:
        self.rows = list(rows)
        wrong = message("invalid", "counted")
        fields = {row.variant.id: _CountedField(invalid_value_message=wrong) for row in self.rows}
        super().__init__(fields, prefix="counted-")
        self.process(request.form if is_filled else None)

    def said(self, row: Row) -> int:
        """Return the units that the sheet said of a variant when it was counted."""
        seen = whole_number(request.form.get(f"at-{row.variant.id}", ""))
        return row.counters.on_hand if seen is None else seen

    def said_of(self, rows: Iterable[Row]) -> dict[str, int]:
        """Return by variant the units that the sheet said when they were counted."""
        return {row.variant.id: self.said(row) for row in rows}

    @property
    def counted(self) -> list[Row]:
        """Return the rows that were counted."""
        return [row for row in self.rows if self[row.variant.id].data is not None]

    @property
    def counts(self) -> list[Count]:
        """Return what was counted."""
        return [
            Count(row.variant.sku, field.data, self.said(row), number)
            for number, row in enumerate(self.rows)
            if (field := self[row.variant.id]).data is not None
        ]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Return (field id, message) for the summary, in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


class NoteForm(Form):
    """The note of a count."""

    stock_note = StringField(_l("Nota"), filters=[clean_line])


def ids_of_sheet() -> list[str]:
    """Return the ids of the variants on the sheet that was sent."""
    return [name.removeprefix("at-") for name in request.form if name.startswith("at-")]
