"""Filing a request: checked, kept with its deadline, and its number mailed to the address that was given.

The mail repeats nothing of what was typed: the form takes anybody's address, and must not carry texts to strangers.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain import outbox
from storefront.domain.customer_request import (
    ANSWER_WITHIN,
    MAX_NAME,
    MAX_ORDER_NUMBER,
    MAX_TEXT,
    CustomerRequest,
)
from storefront.domain.persons import canonical_email
from storefront.domain.shipping.address import e164
from storefront.domain.shipping.calendar import add_business_days
from storefront.enums import RequestKind
from storefront.errors import InvalidInput
from storefront.ids import digest
from storefront.services.accounts.email_addresses import check_email
from storefront.text import line_problem, one_line_break

__all__ = ["MAX_NAME", "MAX_ORDER_NUMBER", "MAX_TEXT", "Filing", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A request as it is typed; phone and order number may be empty."""

    kind: RequestKind | None
    name: str
    email: str
    phone: str = ""
    order_number: str = ""
    text: str
    language: str


def file(filing: Filing) -> str:
    """Keep a request and return its filing number; the same one on the same day is not filed twice.

    Raises `InvalidInput` with the form's fields.
    """
    filing = replace(filing, text=one_line_break(filing.text).replace("\t", " "))
    problems = _problems_of(filing)
    phone = e164(filing.phone) if filing.phone else None
    if filing.phone and phone is None:
        problems["phone"] = "invalid_phone"
    try:
        email = check_email(filing.email)
    except InvalidInput as refusal:
        raise InvalidInput({**problems, **refusal.problems}) from None
    if problems:
        raise InvalidInput(problems)
    now = clock.now()
    today = clock.day_of(now)
    form_digest = digest("\n".join((str(filing.kind), email, filing.order_number, filing.text, today.isoformat())))
    with transaction():
        values = {
            "digest": form_digest,
            "kind": filing.kind,
            "name": filing.name,
            "email": email,
            "person": canonical_email(email),
            "phone": phone,
            "order_number": filing.order_number,
            "text": filing.text,
            "language": filing.language,
            "created_at": now,
            "due_on": add_business_days(today, ANSWER_WITHIN).isoformat(),
        }
        insert_once(CustomerRequest, values, unique="digest")
        request = db.session.scalars(select(CustomerRequest).where(CustomerRequest.digest == form_digest)).one()
        outbox.enqueue(
            f"request_received:{request.id}",
            "request_received",
            recipient=email,
            language=filing.language,
            now=now,
            request_id=request.id,
        )
        return request.number


def _problems_of(filing: Filing) -> dict[str, str]:
    text = filing.text.replace("\n", "")
    codes = {
        "kind": "" if filing.kind else "required",
        "name": line_problem(filing.name, MAX_NAME),
        "order_number": line_problem(filing.order_number, MAX_ORDER_NUMBER, is_required=False),
        "text": "required" if not text else "too_long" if len(filing.text) > MAX_TEXT else "",
    }
    if text and not codes["text"] and not text.isprintable():
        codes["text"] = "invalid"
    return {field: code for field, code in codes.items() if code}
