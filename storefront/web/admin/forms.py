"""The forms of the back office."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, SubmitField
from wtforms.validators import StopValidation

from storefront.i18n import carrier_label, field_message
from storefront.money import pesos
from storefront.services.orders import fulfilment
from storefront.web.forms import Form, OrderLinesForm, clean_line, message
from storefront.web.number_fields import LineUnits, PesosField, SeenNumberField


class StepForm(Form):
    """A step without fields; an error is shown beside its button."""

    step = HiddenField()


class ShipForm(Form):
    """The carrier of a shipment, and its tracking number."""

    carrier = SelectField(_l("Transportadora"), validate_choice=False)
    guide = StringField(_l("Número de guía"), filters=[clean_line])
    tracking_url = StringField(_l("Enlace de rastreo"), filters=[clean_line])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.carrier.choices = [("", ""), *((name, carrier_label(name)) for name in sorted(fulfilment.TRACKING))]


class CancelForm(Form):
    """Whether the goods return to stock."""

    cancel_restocks = BooleanField(_l("Los productos vuelven al inventario"), default=True)


class CloseForm(Form):
    """The reason to close a return request without refund; a page can have several of these forms."""

    note = StringField(_l("Por qué se cierra sin reembolso"), filters=[clean_line])

    def __init__(self, sequence: int, **values: Any) -> None:
        super().__init__(**values)
        self.sequence = sequence
        self.note.id = f"note-{sequence}"


class SettleForm(Form):
    """How an owed refund was paid without Stripe, or why it is not owed."""

    settle_note = StringField(_l("Cómo quedó saldado"), filters=[clean_line])


class RestockForm(OrderLinesForm):
    """Units that came back, beside each line; `restock` is the number of restocked units that the page showed."""

    restock = SeenNumberField()

    def __init__(self, line_ids: Iterable[int], *, is_filled: bool = True) -> None:
        lines = LineUnits("back", dict.fromkeys(line_ids, 0), message("out_of_range", "restock"))
        super().__init__(lines, is_filled=is_filled)


class RefundForm(OrderLinesForm):
    """Units of lines, an amount in pesos instead, or everything that the page showed as refundable."""

    amount = PesosField(_l("Otro valor, en pesos"), invalid_value_message=message("invalid", "amount"))
    is_restocked = BooleanField(_l("Las unidades vuelven al inventario"), default=True)
    left = SeenNumberField()
    everything = SubmitField()

    def __init__(self, units: Mapping[int, int], *, is_filled: bool = True) -> None:
        super().__init__(LineUnits("units", units, message("out_of_range", "units")), is_filled=is_filled)

    @property
    def units(self) -> dict[int, int] | None:
        """Return the units chosen by line id, or None."""
        return {line_id: n for line_id, n in self.lines.units.items() if n} or None

    @property
    def amount_minor(self) -> int | None:
        """Return the amount chosen, or None."""
        return None if self.amount.data is None else pesos(self.amount.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what is chosen, unless everything is."""
        return bool(self.everything.data) or super().validate(extra_validators)

    def validate_amount(self, field: Any) -> None:
        """Refuse both units and an amount, and neither."""
        if not self.lines.errors and not field.errors and (self.units is None) == (field.data is None):
            raise StopValidation(field_message("required", "amount"))
