"""What a customer keeps about themselves."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.errors import InvalidInput
from storefront.services.addresses import Address, e164

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
    forget: tuple[str, ...] = (),
) -> None:
    """Change what is given, empty the fields named in `forget` (phone, address), and leave the rest."""
    values: dict[str, Any] = dict.fromkeys(forget)
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
    values |= _given(language=language, accepts_marketing=accepts_marketing)
    if address is not None:
        values["address"] = address.to_dict()
    if values:
        with transaction():
            db.session.execute(update(Customer).where(Customer.id == customer_id).values(**values))


def _given(**values: Any) -> Mapping[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _name_problem(field: str, name: str) -> dict[str, str]:
    if not name:
        return {field: "required"}
    if len(name) > MAX_NAME:
        return {field: "too_long"}
    return {} if any(char.isalpha() for char in name) else {field: "invalid"}
