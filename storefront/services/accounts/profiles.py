"""A customer's profile: name, phone, document, marketing consent and default address."""

from typing import Any

from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import customer_search
from storefront.domain.buyer_document import BuyerDocument
from storefront.domain.customer import Customer
from storefront.errors import InvalidInput
from storefront.services.accounts import consents
from storefront.services.accounts.addresses import Address, e164, replace_default

MAX_NAME = 60


def change(
    customer_id: str,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    accepts_marketing: bool | None = None,
    address: Address | None = None,
    document: BuyerDocument | None = None,
    forget: tuple[str, ...] = (),
) -> None:
    """Change what is given, empty the fields named in `forget` (phone, document, address), and leave the rest.

    The address is the default one of those that the customer keeps.
    """
    values: dict[str, Any] = {name: None for name in forget if name != "address"}
    problems: dict[str, str] = {}
    for name, text in (("first_name", first_name), ("last_name", last_name)):
        if text is not None:
            values[name] = " ".join(text.split())
            problems |= _name_problem(name, values[name])
    if phone is not None:
        values["phone"] = e164(phone)
        problems |= {} if values["phone"] else {"phone": "invalid_phone"}
    if problems:
        raise InvalidInput(problems)
    if document is not None:
        values["document"] = document.to_dict()
    if language is not None:
        values["language"] = language
    with transaction():
        if values:
            db.session.execute(update(Customer).where(Customer.id == customer_id).values(**values))
            customer_search.refresh(customer_id)
        if address is not None or "address" in forget:
            replace_default(customer_id, address)
        if accepts_marketing is not None:
            reads = language or db.session.scalar(select(Customer.language).where(Customer.id == customer_id)) or "es"
            consents.set_marketing(customer_id, accepts_marketing, language=reads, now=clock.now())


def _name_problem(field: str, name: str) -> dict[str, str]:
    if not name:
        return {field: "required"}
    if len(name) > MAX_NAME:
        return {field: "too_long"}
    return {} if any(char.isalpha() for char in name) else {field: "invalid"}
