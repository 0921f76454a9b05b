"""Accounts, logins and profiles."""

from typing import Any

from marshmallow import fields

from storefront.api.fields import Boolean, Choice, Part, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.common import AddressSchema, DocumentSchema, KeptAddressSchema, KeptDocumentSchema
from storefront.i18n.babel import LANGUAGES

_PASSWORD = 4096


def _password(**options: Any) -> Text:
    """Return a password's field; how long it may be is the service's rule."""
    return Text(most=_PASSWORD, required=True, raw=True, load_only=True, **options)


class LoginSchema(RequestSchema):
    """E-mail and password."""

    email = Text(most=254, least=1, required=True, metadata={"example": "shopper@example.com"})
    password = _password(metadata={"format": "password"})


class RegisterSchema(LoginSchema):
    """A new account."""

    first_name = Text(most=60, least=1, required=True)
    last_name = Text(most=60, least=1, required=True)


class ForgotPasswordSchema(RequestSchema):
    """The email of the account whose password is forgotten."""

    email = Text(most=254, least=1, required=True)


class ResetPasswordSchema(RequestSchema):
    """The token of the mail's link, and the new password."""

    token = Text(most=200, least=1, required=True)
    password = _password(metadata={"format": "password"})


class VerifyEmailSchema(RequestSchema):
    """The token of the mail's link."""

    token = Text(most=200, least=1, required=True)


class ChangePasswordSchema(RequestSchema):
    """The current and the new password."""

    current_password = _password(metadata={"format": "password"})
    new_password = _password(metadata={"format": "password"})


class CloseSchema(RequestSchema):
    """The password, so that a phone left open closes no account."""

    password = _password(metadata={"format": "password"})


class DataSchema(ResponseSchema):
    """Everything about a customer, as the tables have it; names of columns in camelCase."""

    made_at = fields.String(attribute="madeAt")
    customer = fields.Dict()
    addresses = fields.List(fields.Dict())
    consents = fields.List(fields.Dict())
    logins = fields.List(fields.Dict())
    confirmation_links = fields.List(fields.Dict(), attribute="confirmationLinks")
    carts = fields.List(fields.Dict())
    plans = fields.List(fields.Dict())
    mails = fields.List(fields.Dict())
    orders = fields.List(fields.Dict())


class UserSchema(ResponseSchema):
    """A customer, as they see themselves."""

    user_id = fields.String(attribute="customer_id")
    email = fields.String()
    email_verified = fields.Boolean(attribute="is_verified")
    first_name = fields.String()
    last_name = fields.String()
    phone = fields.String(allow_none=True)
    language = fields.String(metadata={"enum": list(LANGUAGES)})
    marketing_consent = fields.Boolean(attribute="accepts_marketing")
    buyer_document = fields.Nested(KeptDocumentSchema, attribute="document", allow_none=True)
    default_address = fields.Nested(KeptAddressSchema, attribute="address", allow_none=True)


class TokensSchema(ResponseSchema):
    """An access token for fifteen minutes, and a refresh token that is exchanged once."""

    access_token = fields.String()
    refresh_token = fields.String()
    token_type = fields.String(metadata={"example": "Bearer"})
    expires_in = fields.Integer(metadata={"example": 900})
    user = fields.Nested(UserSchema)


class MessageSchema(ResponseSchema):
    """A message for the customer."""

    message = fields.String()


class ProfileSchema(RequestSchema):
    """What changes; what is left out stays. `null` empties the phone, the document or the address."""

    first_name = Text(most=60)
    last_name = Text(most=60)
    phone = Text(most=40, allow_none=True)
    language = Choice(LANGUAGES)
    marketing_consent = Boolean()
    buyer_document = Part(DocumentSchema, allow_none=True)
    default_address = Part(AddressSchema, allow_none=True)
