"""The forms about customers: a note, a request about data, the erasure, and a block."""

from datetime import date
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import StopValidation
from wtforms.widgets import TextArea

from storefront.enums import BlockKind, DataRequestKind
from storefront.i18n import block_kind_label, data_request_label, field_message
from storefront.web.admin.days import day_of
from storefront.web.forms import Form, clean_line, clean_lines

Member = TypeVar("Member", DataRequestKind, BlockKind)


class DayField(StringField):  # type: ignore[misc]
    """A day; what is no day is shown again, with the message."""

    @property
    def day(self) -> date | None:
        """Return the day, None for an empty field or for what is none."""
        try:
            return day_of(self.data or "")
        except ValueError:
            return None

    def pre_validate(self, form: Form) -> None:
        """Refuse what is no day."""
        if self.data and self.day is None:
            raise StopValidation(field_message("invalid", self.name))


class CustomerNoteForm(Form):
    """An internal note about a customer."""

    customer_note = StringField(_l("Nota interna"), filters=[clean_lines], widget=TextArea())


class DataRequestForm(Form):
    """What somebody asks about their data, and when it arrived."""

    request_kind = SelectField(_l("Qué pide"), validate_choice=False)
    received_on = DayField(_l("Llegó el"), filters=[clean_line])

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        kinds = ((str(kind), data_request_label(kind)) for kind in DataRequestKind)
        self.request_kind.choices = [("", ""), *kinds]

    @property
    def kind(self) -> DataRequestKind | None:
        """Return what is asked, if it is one of the list."""
        return _member(DataRequestKind, self.request_kind.data)


class EraseForm(Form):
    """That what stays was read."""

    is_sure = BooleanField(_l("Comprobé quién lo pide y leí qué se queda y por qué"))


class BlockForm(Form):
    """What is blocked, why, and until which day."""

    block_kind = SelectField(_l("Qué bloqueas"), validate_choice=False)
    block_value = StringField(_l("Correo, número o red"), filters=[clean_line])
    block_reason = StringField(_l("Por qué"), filters=[clean_line])
    last_day = DayField(_l("Hasta el"), filters=[clean_line])

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.block_kind.choices = [("", ""), *((str(kind), block_kind_label(kind)) for kind in BlockKind)]

    @property
    def kind(self) -> BlockKind | None:
        """Return what is blocked, if it is one of the list."""
        return _member(BlockKind, self.block_kind.data)


def _member(kinds: type[Member], text: str | None) -> Member | None:
    return kinds(text) if text in list(kinds) else None
