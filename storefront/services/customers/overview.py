"""Everything that staff see of one customer on one page, for accounts and for guests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storefront.database import db
from storefront.domain.buyer_document import BuyerDocument
from storefront.domain.catalogue import Product
from storefront.domain.customer import Consent, Customer
from storefront.domain.data_subject import CustomerNote, DataSubject
from storefront.domain.order import Order
from storefront.domain.product_review import ProductReview
from storefront.services.accounts import consents, devices
from storefront.services.accounts.devices import Device
from storefront.services.customers import blocks, data_requests, notes, subjects
from storefront.services.customers.blocks import BlockRow
from storefront.services.customers.data_requests import Request
from storefront.services.downloads import library
from storefront.services.downloads.library import LibraryItem
from storefront.services.subscriptions import management
from storefront.services.subscriptions.overview import SubscriptionOverview

NEWEST = 20
"""So many orders and reviews are shown; the orders' own list has all of them."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached: names, phones and documents of the account and of the orders, each once."""

    name: str
    phones: Sequence[str]
    documents: Sequence[BuyerDocument]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review and the name of what it is about."""

    review: ProductReview
    product: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """That somebody agreed, with an order, to get digital content at once."""

    order_number: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerOverview:
    """One customer; `account` is None for a guest.

    The same e-mail can have an account and orders of a guest, which nobody has proved to be the same person:
    `other_reference` leads to the other one. `network` is where the newest order came from, while that is known.
    """

    subject: DataSubject
    account: Customer | None
    contact: Contact
    orders: Sequence[Order]
    order_count: int
    plans: Sequence[SubscriptionOverview]
    files: Sequence[LibraryItem]
    reviews: Sequence[Reviewed]
    notes: Sequence[CustomerNote]
    requests: Sequence[Request]
    consents: Sequence[Consent]
    agreements: Sequence[Agreement]
    devices: Sequence[Device]
    blocks: Sequence[BlockRow]
    network: str | None
    other_reference: str | None


def show(reference: str, *, language: str) -> CustomerOverview:
    """Return a customer, in statements whose number does not depend on how much there is; or raise `NotFound`."""
    subject = subjects.get(reference)
    key = subject.customer_id
    account = db.session.get(Customer, key) if key else None
    newest = select(Order).where(subject.orders).order_by(Order.id.desc()).limit(NEWEST)
    orders = db.session.scalars(newest).all()
    contact = _contact(account, orders)
    network = next((order.network for order in orders if order.network), None)
    return CustomerOverview(
        subject=subject,
        account=account,
        contact=contact,
        orders=orders,
        order_count=db.session.scalar(select(func.count()).select_from(Order).where(subject.orders)) or 0,
        plans=management.list_for(key, language=language) if key else (),
        files=library.list_for_subject(subject, language=language),
        reviews=_reviews(subject, language),
        notes=notes.list_for(subject),
        requests=data_requests.list_for(subject),
        consents=consents.list_for(key) if key else (),
        agreements=_agreements(orders),
        devices=devices.list_for(key, current="", is_staff=bool(account and account.active_role)) if key else (),
        blocks=blocks.list_of(subject.person, contact.phones, [network] if network else []),
        network=network,
        other_reference=_other(subject),
    )


def _contact(account: Customer | None, orders: Sequence[Order]) -> Contact:
    addresses = [order.address for order in orders if order.address]
    names = [f"{one.get('first_name', '')} {one.get('last_name', '')}".strip() for one in addresses]
    phones = [one.get("phone", "") for one in addresses]
    documents = [order.document for order in orders]
    if account is not None:
        names.insert(0, f"{account.first_name} {account.last_name}".strip())
        phones.insert(0, account.phone or "")
        documents.insert(0, BuyerDocument.from_dict(account.document))
    return Contact(
        name=next(filter(None, names), ""),
        phones=list(dict.fromkeys(filter(None, phones))),
        documents=list(dict.fromkeys(filter(None, documents))),
    )


def _reviews(subject: DataSubject, language: str) -> list[Reviewed]:
    name = Product.name_en if language == "en" else Product.name
    written = (
        select(ProductReview, name)
        .join(Product, Product.id == ProductReview.product_id)
        .join(Order, Order.id == ProductReview.order_id)
        .where(subject.orders)
        .order_by(ProductReview.created_at.desc(), ProductReview.id.desc())
    )
    return [Reviewed(review, product) for review, product in db.session.execute(written.limit(NEWEST))]


def _agreements(orders: Sequence[Order]) -> list[Agreement]:
    given = [(order, order.consent) for order in orders if order.consent]
    return [Agreement(order.number, str(one["version"]), datetime.fromisoformat(one["at"])) for order, one in given]


def _other(subject: DataSubject) -> str | None:
    if subject.is_guest:
        return subjects.find_account(subject.email)
    guest = subjects.find_guest(subject.email)
    return guest.reference if guest else None
