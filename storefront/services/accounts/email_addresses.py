"""Checking an e-mail address before mail is sent to it."""

from email_validator import EmailNotValidError, validate_email

from storefront.domain.customer import normalise_email
from storefront.errors import InvalidInput
from storefront.text import clean

MAX_EMAIL = 254


def check_email(email: str) -> str:
    """Return an address that mail can be sent to, normalised, or raise `InvalidInput`; no name server is asked.

    Letters beyond ASCII before the `@` need an extension of SMTP that many servers lack (RFC 6531), and mail programs
    read `=?` as the beginning of an encoded word (RFC 2047).
    """
    text = clean(email)
    if not text:
        raise InvalidInput({"email": "required"})
    try:
        if len(text) > MAX_EMAIL or "=?" in text:
            raise InvalidInput({"email": "invalid_email"})
        return normalise_email(validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized)
    except EmailNotValidError:
        raise InvalidInput({"email": "invalid_email"}) from None
