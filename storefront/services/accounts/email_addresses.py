"""Checking an e-mail address before mail is sent to it."""

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from storefront.domain.customer import normalise_email
from storefront.errors import InvalidInput
from storefront.text import clean

MAX_EMAIL = 254

# Where people in Colombia have their mail, as the sign-in pages of these services name them.
USUAL_DOMAINS = (
    "aol.com", "etb.net.co", "gmail.com", "gmx.com", "googlemail.com", "hotmail.com", "hotmail.es", "icloud.com",
    "live.com", "mail.com", "me.com", "msn.com", "outlook.com", "outlook.es", "proton.me", "protonmail.com",
    "une.net.co", "yahoo.com", "yahoo.es", "ymail.com", "zoho.com",
)  # fmt: skip
_FAR = 8
"""A domain with so many letters may have two slips of the finger, a shorter one only one."""


def likely_address(email: str) -> str:
    """Return the address that was probably meant, gmail.com for gmial.com; an empty text if nothing looks mistyped."""
    name, _at, domain = email.rpartition("@")
    if not name or domain in USUAL_DOMAINS:
        return ""
    most = 2 if len(domain) > _FAR else 1
    distances = {known: OSA.distance(domain, known, score_cutoff=most) for known in USUAL_DOMAINS}
    closest = min(distances, key=lambda known: distances[known])
    return f"{name}@{closest}" if distances[closest] <= most else ""


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
