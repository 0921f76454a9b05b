"""Finding whose page it is: an account by its id, or a guest by the public id of one of their orders."""

from collections.abc import Collection

from sqlalchemy import func, select

from storefront.database import db
from storefront.domain.customer import Customer
from storefront.domain.data_subject import DataSubject
from storefront.domain.order import Order
from storefront.errors import NotFound
from storefront.services.accounts.data_export import subject_of


def get(reference: str) -> DataSubject:
    """Return an account holder or a guest, or raise `NotFound`; a closed account is nobody's.

    An e-mail is never part of an address, so a guest is named by an order; every order of theirs leads to them.
    """
    person = db.session.get(Customer, reference)
    if person is not None and person.closed_at is None:
        return subject_of(person)
    is_guests = (Order.public_id == reference, Order.customer_id.is_(None))
    if (email := db.session.scalar(select(Order.email).where(*is_guests))) is None:
        raise NotFound(reference=reference)
    newest = find_guest(email)
    return newest or DataSubject(reference, email)


def require_present(subject: DataSubject) -> None:
    """Lock what makes somebody known, inside the caller's transaction; raise `NotFound` if they were erased meanwhile.

    An erasure that is under way is waited for.
    """
    account = select(Customer.id).where(Customer.id == subject.customer_id, Customer.closed_at.is_(None))
    order = select(Order.id).where(subject.orders).order_by(Order.id).limit(1)
    known = (order if subject.is_guest else account).with_for_update()
    if db.session.scalar(known) is None:
        raise NotFound(reference=subject.reference)


def find_guest(email: str) -> DataSubject | None:
    """Return the guest who bought with an e-mail, or None; orders that an account has are not theirs."""
    own = select(Order.public_id).where(Order.email == email, Order.customer_id.is_(None))
    reference = db.session.scalar(own.order_by(Order.id.desc()).limit(1))
    return DataSubject(reference, email) if reference else None


def references_of(emails: Collection[str]) -> dict[str, str]:
    """Return by e-mail what names each of these guests, in one statement."""
    own = select(func.max(Order.id)).where(Order.email.in_(emails), Order.customer_id.is_(None)).group_by(Order.email)
    newest = select(Order.email, Order.public_id).where(Order.id.in_(own))
    return {row.email: row.public_id for row in db.session.execute(newest)} if emails else {}


def find_account(email: str) -> str | None:
    """Return the id of the account with an e-mail, or None."""
    return db.session.scalar(select(Customer.id).where(Customer.email == email, Customer.closed_at.is_(None)))


def reference_of(order: Order) -> str | None:
    """Return what names the buyer of an order, or None where nobody is behind it any more."""
    if order.customer_id is None:
        return order.public_id
    return db.session.scalar(select(Customer.id).where(Customer.id == order.customer_id, Customer.closed_at.is_(None)))
