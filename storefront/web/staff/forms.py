"""The forms of the staff's pages."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField

from storefront.money import pesos
from storefront.services import fulfilment
from storefront.web.forms import Form, words_of
from storefront.wording import carrier_words, field_message

_WRITTEN_WITH = dict.fromkeys(map(ord, "$., "))
"""What people write in an amount besides its digits."""


class StepForm(Form):
    """A step that asks for nothing; a refusal stands beside its button."""

    step = HiddenField()


class ShipForm(Form):
    """Who carries the parcel, and its number there."""

    carrier = SelectField(_l("Transportadora"), validate_choice=False)
    guide = StringField(_l("Número de guía"), filters=[words_of])
    tracking_url = StringField(_l("Enlace de rastreo"), filters=[words_of])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.carrier.choices = [("", ""), *((name, carrier_words(name)) for name in sorted(fulfilment.TRACKING))]


class CancelForm(Form):
    """Whether the goods return to the shelf."""

    cancel_restocks = BooleanField(_l("Los productos vuelven al inventario"), default=True)


class CloseForm(Form):
    """Why a request ends without its money; a page can have several."""

    note = StringField(_l("Por qué se cierra sin reembolso"), filters=[words_of])

    def __init__(self, sequence: int, **values: Any) -> None:
        super().__init__(**values)
        self.sequence = sequence
        self.note.id = f"note-{sequence}"


class SettleForm(Form):
    """How money that was owed went back without Stripe, or why it is not owed."""

    settle_note = StringField(_l("Cómo quedó saldado"), filters=[words_of])


class RestockForm(Form):
    """Units that came back, beside each line."""

    restock = HiddenField()

    @property
    def seen_on_shelf(self) -> int:
        """Return how many units the page said were on the shelf; without it, no number that can be."""
        typed = self.restock.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 6 else -1

    def units(self, line_ids: Iterable[int]) -> dict[int, int]:
        """Return the units typed beside each line; what is no number is none."""
        typed = {line_id: words_of(request.form.get(f"back-{line_id}")) or "0" for line_id in line_ids}
        return {key: int(n) for key, n in typed.items() if n.isascii() and n.isdigit() and len(n) <= 4}


class RefundForm(Form):
    """Units of lines, an amount in pesos instead, or everything that is left."""

    amount = StringField(_l("Otro valor, en pesos"), filters=[words_of])
    is_restocked = BooleanField(_l("Las unidades vuelven al inventario"), default=True)
    left = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.typed_units: dict[int, str] = {}
        self.wrong_lines: dict[int, str] = {}

    @property
    def is_everything(self) -> bool:
        """Return whether the button for everything was pressed."""
        return "everything" in request.form

    @property
    def seen_left_minor(self) -> int:
        """Return what the page said was left; without it, nothing that can be."""
        typed = self.left.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 15 else -1

    def units(self, line_ids: Iterable[int]) -> dict[int, int]:
        """Return the units typed beside each line, noting what is no number."""
        chosen = {}
        for line_id in line_ids:
            typed = self.typed_units[line_id] = words_of(request.form.get(f"units-{line_id}")) or "0"
            if typed.isascii() and typed.isdigit() and len(typed) <= 4:
                chosen[line_id] = int(typed)
            else:
                self.wrong_lines[line_id] = field_message("out_of_range", "units")
        return {line_id: n for line_id, n in chosen.items() if n}

    def amount_minor(self) -> int | None:
        """Return the amount typed in pesos, None if there is none; dots, commas and signs do not matter."""
        typed = (self.amount.data or "").translate(_WRITTEN_WITH)
        if not typed:
            return None
        if not typed.isascii() or not typed.isdigit() or len(typed) > 10:
            self.refuse({"amount": "invalid"})
            return None
        return pesos(int(typed))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Return (field id, message) for the summary."""
        return [*((f"units-{line_id}", words) for line_id, words in self.wrong_lines.items()), *super().problems]
