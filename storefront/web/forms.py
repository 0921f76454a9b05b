"""The forms of the pages: what they hold and what is wrong with it, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation

from storefront.errors import InvalidInput
from storefront.services import email_addresses
from storefront.text import clean
from storefront.wording import current_language, field_message
from storefront.wording.consent import consent_text, marketing_text

MAX_QUANTITY = 100
MAX_NOTES = 500


def words_of(text: str | None) -> str:
    """Return what was typed or copied into a line, cleaned."""
    return clean(text or "")


def lines_of(text: str | None) -> str:
    """Return what was typed or copied into a field of several lines, cleaned."""
    return clean(text or "", lines=True)


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose messages are ours; `refuse` adds what only a service could tell."""

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Put machine words of a refusal beside their fields."""
        for name, word in problems.items():
            if name in self._fields:
                self._fields[name].errors = [field_message(word, name)]

    def say(self, name: str, message: str) -> None:
        """Put a finished sentence beside a field."""
        self._fields[name].errors = [message]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Return (field id, message) for the summary, in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors and field.name != "csrf_token"]


class Needed:
    """The field must hold something, and not too much."""

    def __init__(self, most: int = 254) -> None:
        self.most = most
        self.field_flags = {"required": True}

    def __call__(self, form: Form, field: Any) -> None:
        """Refuse an empty or overlong field."""
        if not field.data:
            raise StopValidation(field_message("required", field.name))
        if len(field.data) > self.most:
            raise StopValidation(field_message("too_long", field.name))


def a_mail_address(form: Form, field: Any) -> None:
    """Refuse what mail cannot be sent to; whether the address exists is found out by writing to it."""
    try:
        email_addresses.check_email(field.data)
    except InvalidInput:
        raise StopValidation(field_message("invalid_email", field.name)) from None


class QuantityForm(Form):
    """How many units; the field keeps what was typed, whatever it is."""

    quantity = StringField(_l("Cantidad"), default="1", filters=[words_of])
    once = HiddenField()

    def units(self, least: int) -> int | None:
        """Return the units typed, or None after saying what is wrong."""
        typed = self.quantity.data or ""
        if typed.isascii() and typed.isdigit() and len(typed) <= 9 and least <= int(typed) <= MAX_QUANTITY:
            return int(typed)
        self.refuse({"quantity": "out_of_range"})
        return None


class CouponForm(Form):
    """A coupon's code."""

    code = StringField(_l("Código del cupón"), filters=[words_of], validators=[Needed(40)])


class EmailForm(Form):
    """Where the download and the receipt go, when nothing ships."""

    email = StringField(_l("Correo electrónico"), filters=[words_of], validators=[Needed(), a_mail_address])


class AddressForm(Form):
    """Who receives a parcel, and where."""

    full_name = StringField(_l("Nombre y apellido"), filters=[words_of], validators=[Needed(120)])
    phone = StringField(_l("Celular"), filters=[words_of], validators=[Needed(40)])
    department = SelectField(_l("Departamento"), validate_choice=False)
    city = StringField(_l("Ciudad o municipio"), filters=[words_of])
    street = StringField(_l("Dirección"), filters=[words_of])
    complement = StringField(_l("Apartamento, torre o barrio"), filters=[words_of])
    zip_code = StringField(_l("Código postal"), filters=[words_of])


class ShippingForm(EmailForm, AddressForm):
    """Who receives the parcel, where, and how it travels."""

    method = RadioField(_l("¿Cómo quieres recibirlo?"), validate_choice=False)


class ReviewForm(Form):
    """The last look: notes, consent for digital content, and the total and the day of delivery that were seen."""

    notes = TextAreaField(_l("Notas para la entrega"), filters=[lines_of])
    consent = BooleanField(LazyString(lambda: consent_text(current_language())))
    expected_total = HiddenField()
    expected_delivery = HiddenField()

    def validate_notes(self, field: Any) -> None:
        """Refuse more than the parcel's label can say."""
        if len(field.data) > MAX_NOTES:
            raise StopValidation(field_message("too_long", "notes"))

    @property
    def seen_total_minor(self) -> int | None:
        """Return the total that the page showed, or None if the form does not say."""
        typed = self.expected_total.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 15 else None


class LoginForm(EmailForm):
    """E-mail and password."""

    password = PasswordField(_l("Contraseña"), validators=[Needed(1000)])


class GuestAccountForm(Form):
    """The one field between a guest and an account."""

    password = PasswordField(_l("Elige una contraseña"), validators=[Needed(1000)])


class RegisterForm(EmailForm):
    """A new account."""

    first_name = StringField(_l("Nombre"), filters=[words_of], validators=[Needed(60)])
    last_name = StringField(_l("Apellido"), filters=[words_of], validators=[Needed(60)])
    password = PasswordField(_l("Contraseña"), validators=[Needed(1000)])
    marketing = BooleanField(LazyString(lambda: marketing_text(current_language())))
