"""Addresses: checking them for the interfaces, and those that a customer saved."""

from datetime import datetime

from sqlalchemy import delete, func, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer, SavedAddress
from storefront.domain.shipping import (
    Address,
    InvalidAddress,
    check_address,
    departments,
    e164,
    find,
    municipalities_of,
    search_municipalities,
)
from storefront.errors import InvalidInput, NotFound

MAX_ADDRESSES = 20
"""More than a person needs, and few enough to show on one page."""


def list_for(customer_id: str) -> list[SavedAddress]:
    """Return a customer's addresses, the default one first, then the newest."""
    statement = select(SavedAddress).where(SavedAddress.customer_id == customer_id)
    return list(db.session.scalars(statement.order_by(SavedAddress.is_default.desc(), SavedAddress.id.desc())))


def get(customer_id: str, address_id: str) -> SavedAddress:
    """Return one of the customer's addresses, or raise `NotFound`."""
    conditions = (SavedAddress.id == address_id, SavedAddress.customer_id == customer_id)
    found = db.session.scalar(select(SavedAddress).where(*conditions))
    if found is None:
        raise NotFound(address_id=address_id)
    return found


def place_address(city: str, department: str) -> Address | None:
    """Return an address of a municipality and nothing more, for a price; None if there is no such place."""
    place = find(city, department or None)
    if place is None:
        return None
    return Address.from_dict({"city": place.name, "municipality_code": place.code, "department": place.department})


def add(customer_id: str, address: Address, *, is_default: bool = False) -> str:
    """Save an address and return its id; the first one is the default."""
    with transaction():
        kept = _lock(customer_id)
        if kept >= MAX_ADDRESSES:
            raise InvalidInput({"street": "too_many_addresses"})
        return _insert(customer_id, address, is_default or kept == 0, clock.now())


def edit(customer_id: str, address_id: str, address: Address, *, is_default: bool = False) -> None:
    """Replace a saved address."""
    with transaction():
        _lock(customer_id)
        row = get(customer_id, address_id)
        row.address = address.to_dict()
        if is_default:
            _make_default(customer_id, address_id)


def make_default(customer_id: str, address_id: str) -> None:
    """Make this address the default, which the checkout proposes."""
    with transaction():
        _lock(customer_id)
        _make_default(customer_id, get(customer_id, address_id).id)


def remove(customer_id: str, address_id: str) -> None:
    """Delete an address; if it was the default, the newest of the others becomes it."""
    with transaction():
        _lock(customer_id)
        row = get(customer_id, address_id)
        db.session.execute(delete(SavedAddress).where(SavedAddress.id == row.id))
        others = [other for other in list_for(customer_id) if other.id != row.id]
        if row.is_default and others:
            _make_default(customer_id, others[0].id)


def replace_default(customer_id: str, address: Address | None) -> None:
    """Replace or delete the default address, inside a transaction; the others stay."""
    _lock(customer_id)
    conditions = (SavedAddress.customer_id == customer_id, SavedAddress.is_default)
    if address is None:
        db.session.execute(delete(SavedAddress).where(*conditions))
        return
    known = db.session.scalar(
        update(SavedAddress).where(*conditions).values(address=address.to_dict()).returning(SavedAddress.id)
    )
    if known is None:
        _insert(customer_id, address, True, clock.now())


def _lock(customer_id: str) -> int:
    """Lock the customer's row, so that two changes never make two defaults, and return how many addresses there are."""
    db.session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())
    statement = select(func.count()).select_from(SavedAddress).where(SavedAddress.customer_id == customer_id)
    return db.session.scalar(statement) or 0


def _insert(customer_id: str, address: Address, is_default: bool, now: datetime) -> str:
    row = SavedAddress(customer_id=customer_id, address=address.to_dict(), created_at=now)
    db.session.add(row)
    db.session.flush()  # the row's id
    if is_default:
        _make_default(customer_id, row.id)
    return row.id


def _make_default(customer_id: str, address_id: str) -> None:
    is_own = SavedAddress.customer_id == customer_id
    db.session.execute(update(SavedAddress).where(is_own, SavedAddress.id != address_id).values(is_default=False))
    db.session.execute(update(SavedAddress).where(is_own, SavedAddress.id == address_id).values(is_default=True))


__all__ = [
    "Address",
    "InvalidAddress",
    "SavedAddress",
    "add",
    "check_address",
    "departments",
    "e164",
    "edit",
    "find",
    "get",
    "list_for",
    "make_default",
    "municipalities_of",
    "place_address",
    "remove",
    "replace_default",
    "search_municipalities",
]
