"""The forms of the back office."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import session
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, SubmitField
from wtforms.validators import StopValidation
from wtforms.widgets import TextArea

from storefront.i18n import carrier_label, field_message
from storefront.money import pesos
from storefront.services.delivery import carriers
from storefront.services.orders import parcels
from storefront.web.forms import AddressForm, Form, OrderLinesForm, clean_line, clean_lines, message
from storefront.web.number_fields import LineUnits, PesosField, SeenNumberField, SignedNumberField


class StepForm(Form):
    """A step without fields; an error is shown beside its button."""

    step = HiddenField()


class ParcelForm(Form):
    """The carrier of a parcel, and its tracking number; a page can have several of these forms."""

    carrier = SelectField(_l("Transportadora"), validate_choice=False)
    guide = StringField(_l("Número de guía"), filters=[clean_line])
    tracking_url = StringField(_l("Enlace de rastreo"), filters=[clean_line])

    def __init__(self, sequence: int, **values: Any) -> None:
        super().__init__(**values)
        self.sequence = sequence
        self.carrier.choices = _carriers(is_active=False)
        for field in (self.carrier, self.guide, self.tracking_url):
            field.id = f"{field.name}-{sequence}"

    @property
    def how(self) -> dict[str, Any]:
        """Return how the parcel travels, in the services' words."""
        return _how(self)


class ShipForm(OrderLinesForm):
    """A parcel with units of lines, all that are left unless fewer are chosen; `parcels` are the known ones."""

    carrier = SelectField(_l("Transportadora"), validate_choice=False)
    guide = StringField(_l("Número de guía"), filters=[clean_line])
    tracking_url = StringField(_l("Enlace de rastreo"), filters=[clean_line])
    parcels = SeenNumberField()

    def __init__(self, left: Mapping[int, int], *, is_filled: bool = True) -> None:
        super().__init__(LineUnits("parcel", left, message("out_of_range", "parcel")), is_filled=is_filled)
        self.carrier.choices = _carriers(is_active=True)
        if not is_filled:
            self.carrier.data = last_carrier()

    @property
    def how(self) -> dict[str, Any]:
        """Return how the parcel travels, in the services' words."""
        return _how(self)


def last_carrier() -> str:
    """Return the carrier that this member of the staff sent with last, since they signed in."""
    return str(session.get("carrier", ""))


def remember_carrier(code: str) -> None:
    """Choose a carrier beforehand in the forms that follow."""
    session["carrier"] = code


def _carriers(*, is_active: bool) -> list[tuple[str, str]]:
    known = carriers.choices(is_active=is_active)
    return [("", ""), *known, (parcels.MESSENGER, carrier_label(parcels.MESSENGER))]


def _how(form: ParcelForm | ShipForm) -> dict[str, Any]:
    number, address = form.guide.data or "", form.tracking_url.data or None
    return {"carrier": form.carrier.data or "", "tracking_number": number, "tracking_url": address}


class ShippingListForm(Form):
    """A pasted list of order numbers with tracking numbers; `apply` sends what the preview showed."""

    carrier = SelectField(_l("Transportadora"), validate_choice=False)
    list = StringField(_l("Pedidos y guías"), filters=[clean_lines], widget=TextArea())
    apply = HiddenField()

    def __init__(self, *, is_filled: bool = True) -> None:
        super().__init__(**({} if is_filled else {"formdata": None}))
        self.carrier.choices = _carriers(is_active=True)
        if not is_filled:
            self.carrier.data = last_carrier()


class OrderAddressForm(AddressForm):
    """Where an order goes; `difference` is what delivery there costs more, as the page showed it."""

    difference = SignedNumberField()


class NoteForm(Form):
    """An internal note about an order."""

    order_note = StringField(_l("Nota interna"), filters=[clean_lines], widget=TextArea())


class MailForm(Form):
    """A mail to send again; `sent` is how many the page showed."""

    sent = SeenNumberField()


class EndPlanForm(Form):
    """How a plan ends; `sum` is what goes back and `seen` how far its history went, as the page showed them."""

    how = HiddenField()
    sum = SeenNumberField()
    seen = SeenNumberField()


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
    """Units of lines and the freight, an amount in pesos instead, or everything that the page showed as refundable.

    `sum` is what the page that asks for a confirmation showed, and `change` leads back from there.
    """

    amount = PesosField(_l("Otro valor, en pesos"), invalid_value_message=message("invalid", "amount"))
    is_restocked = BooleanField(_l("Las unidades vuelven al inventario"), default=True)
    has_freight = BooleanField(_l("También el envío"))
    left = SeenNumberField()
    sum = SeenNumberField()
    everything = SubmitField()
    change = SubmitField()

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
        """Refuse an amount beside units or freight, and nothing of all these."""
        is_chosen = self.units is not None or bool(self.has_freight.data)
        if not self.lines.errors and not field.errors and is_chosen != (field.data is None):
            raise StopValidation(field_message("required", "amount"))
