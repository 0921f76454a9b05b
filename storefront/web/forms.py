"""The forms of the pages, with messages in the user's language."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, StopValidation

from storefront.errors import InvalidInput
from storefront.i18n import current_language, document_types, field_message
from storefront.i18n import translate as _
from storefront.i18n.consent import consent_text, marketing_text
from storefront.services.accounts import email_addresses
from storefront.text import clean
from storefront.web.number_fields import LineUnits, SeenNumberField, WholeNumberField

MAX_QUANTITY = 100
MAX_NOTES = 500


def clean_line(text: str | None) -> str:
    """Return the cleaned text of a single-line field."""
    return clean(text or "")


def clean_lines(text: str | None) -> str:
    """Return the cleaned text of a multi-line field."""
    return clean(text or "", lines=True)


def message(code: str, field: str = "") -> LazyString:
    """Return the lazy message for an error code."""
    return LazyString(lambda: field_message(code, field))


def filled(field: str, most: int = 254) -> list[Any]:
    """Return the validators of a required text with a maximum length."""
    return [DataRequired(message("required", field)), Length(max=most, message=message("too_long", field))]


def valid_password(field: str = "password") -> list[Any]:
    """Return the validators of a required password, which may consist of spaces."""
    return [InputRequired(message("required", field)), Length(max=1000, message=message("too_long", field))]


class Form(FlaskForm):  # type: ignore[misc]
    """A form with translated messages; `refuse` adds the errors of a service."""

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Add error codes of a service as errors of their fields."""
        for field in self.all_fields():
            if field.name in problems:
                field.errors = [field_message(problems[field.name], field.name.partition("-")[0])]

    def say(self, name: str, message: str) -> None:
        """Set the message of a field."""
        self._fields[name].errors = [message]

    def ask(self, name: str, question: str) -> bool:
        """Ask about what looks odd in a field and return whether this is the first time; sent again, it is kept."""
        field, seen = self._fields[name], self._fields[f"seen_{name}"]
        if seen.data == field.data:
            return False
        seen.data = field.data
        self.say(name, question)
        return True

    def all_fields(self) -> Iterator[Any]:
        """Return the fields in the order of the page."""
        return iter(self)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Return (field id, message) for the summary, in the order of the page."""
        fields = (field for field in self.all_fields() if field.errors and field.name != "csrf_token")
        return [(field.id, str(field.errors[0])) for field in fields]


class OrderLinesForm(Form):
    """A form with the units of an order's lines before its own fields."""

    def __init__(self, lines: LineUnits, *, is_filled: bool = True) -> None:
        super().__init__(**({} if is_filled else {"formdata": None}))
        self.lines = lines
        self.lines.process(request.form if is_filled else None)

    def all_fields(self) -> Iterator[Any]:
        """Return the fields of the lines, and then the others."""
        yield from self.lines
        yield from self

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the units, too."""
        are_units_right = self.lines.validate()
        return bool(super().validate(extra_validators)) and are_units_right


def a_mail_address(form: Form, field: Any) -> None:
    """Refuse an invalid email address; whether it exists is not checked here."""
    if field.errors:
        return
    try:
        email_addresses.check_email(field.data)
    except InvalidInput:
        raise StopValidation(field_message("invalid_email", field.name)) from None


def _quantity(least: int) -> WholeNumberField:
    wrong = message("out_of_range", "quantity")
    return WholeNumberField(_l("Cantidad"), [NumberRange(least, MAX_QUANTITY, wrong)], wrong, default=1)


class QuantityForm(Form):
    """The quantity to buy."""

    quantity = _quantity(1)
    once = HiddenField()


class LineQuantityForm(QuantityForm):
    """The quantity of a cart line; 0 removes it."""

    quantity = _quantity(0)


class CouponForm(Form):
    """A coupon's code."""

    code = StringField(_l("Código del cupón"), filters=[clean_line], validators=filled("code", 40))


class EmailForm(Form):
    """The email address for downloads and receipt, when nothing ships."""

    email = StringField(_l("Correo electrónico"), filters=[clean_line], validators=[*filled("email"), a_mail_address])


class AddressForm(Form):
    """Recipient and address of a shipment."""

    full_name = StringField(_l("Nombre y apellido"), filters=[clean_line], validators=filled("full_name", 120))
    phone = StringField(_l("Celular"), filters=[clean_line], validators=filled("phone", 40))
    department = SelectField(_l("Departamento"), validate_choice=False)
    city = StringField(_l("Ciudad o municipio"), filters=[clean_line])
    street = StringField(_l("Dirección"), filters=[clean_line])
    complement = StringField(_l("Apartamento, torre o barrio"), filters=[clean_line])
    zip_code = StringField(_l("Código postal"), filters=[clean_line])


def _document_choices() -> list[tuple[str, str]]:
    return [("", _("Elige…")), *document_types()]


class DocumentForm(Form):
    """The buyer's document, which may be left out."""

    document_type = SelectField(_l("Tipo de documento"), choices=_document_choices, validate_choice=False)
    document_number = StringField(_l("Número del documento"), filters=[clean_line])


class ContactForm(EmailForm, DocumentForm):
    """E-mail and document, when nothing ships; `seen_email` is one that was asked about and kept."""

    seen_email = HiddenField()


class ShippingForm(EmailForm, AddressForm, DocumentForm):
    """Recipient, address, document and delivery method; `seen_place` is the municipality of the prices shown."""

    way = RadioField(_l("¿Cómo quieres recibirlo?"), validate_choice=False)
    method = RadioField(_l("Tipo de envío"), validate_choice=False)
    seen_total = SeenNumberField()
    seen_place = HiddenField()
    seen_email = HiddenField()
    seen_street = HiddenField()


class ReviewForm(Form):
    """Notes, consent for digital content, and the total and delivery date that the page showed."""

    notes = TextAreaField(
        _l("Notas para la entrega"),
        filters=[clean_lines],
        validators=[Length(max=MAX_NOTES, message=message("too_long", "notes"))],
    )
    consent = BooleanField(LazyString(lambda: consent_text(current_language())))
    expected_total = SeenNumberField()
    expected_delivery = HiddenField()


class LoginForm(EmailForm):
    """Email and password."""

    password = PasswordField(_l("Contraseña"), validators=valid_password())


def code_field() -> StringField:
    """Return the field for a code of a second factor; a form has its fields in the order of its lines."""
    return StringField(_l("Código"), filters=[clean_line], validators=filled("one_time_code", 40))


class CodeForm(Form):
    """A code of a second factor."""

    one_time_code = code_field()


class GuestAccountForm(Form):
    """The password with which a guest creates an account."""

    password = PasswordField(_l("Elige una contraseña"), validators=valid_password())


class RegisterForm(EmailForm):
    """A new account."""

    first_name = StringField(
        lazy_pgettext("person", "Nombre"), filters=[clean_line], validators=filled("first_name", 60)
    )
    last_name = StringField(_l("Apellido"), filters=[clean_line], validators=filled("last_name", 60))
    password = PasswordField(_l("Contraseña"), validators=valid_password())
    marketing = BooleanField(LazyString(lambda: marketing_text(current_language())))
