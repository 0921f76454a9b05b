"""The library: what one bought as files, a link to each, and another round of downloads from staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import download, order_tokens
from storefront.domain.catalogue import Product
from storefront.domain.data_subject import DataSubject
from storefront.domain.download import ContentFile, Entitlement
from storefront.domain.order import Order, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.order_numbers import number_of
from storefront.enums import PAID_STATUSES, AuditAction, EntitlementState, OrderEventCode
from storefront.errors import NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.downloads import links
from storefront.services.downloads.links import Link
from storefront.services.payments import settlement
from storefront.services.shopper import Shopper


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryItem:
    """One file in somebody's library; `state` is `ready`, `used_up`, `expired` or `revoked`."""

    entitlement_id: str
    order_number: str
    product_id: str
    name: str
    file_name: str
    format: str
    size_bytes: int
    downloads_left: int
    expires_at: datetime
    source: str
    state: str


def list_for(customer_id: str, *, language: str) -> list[LibraryItem]:
    """Return a customer's files, those of the newest order first."""
    return _items(Order.customer_id == customer_id, language)


def list_for_order(order: Order, *, language: str) -> list[LibraryItem]:
    """Return the files of one order; the caller checks whose order it is."""
    return _items(Order.id == order.id, language)


def list_for_subject(subject: DataSubject, *, language: str) -> list[LibraryItem]:
    """Return the files of an account holder or of a guest, for staff."""
    return _items(subject.orders, language)


def make_link(shopper: Shopper, entitlement_id: str, *, token: str | None = None) -> Link:
    """Return a link that downloads one file and needs no other proof.

    The file must be of the shopper's order, or `token` that order's own secret; else `NotFound`. Raises
    `DownloadOver` where no download can begin.
    """
    row = db.session.execute(
        select(Entitlement, Order)
        .join(Order, Order.id == Entitlement.order_id)
        .where(Entitlement.id == entitlement_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None or not (shopper.owns(row[1]) or order_tokens.is_token_of(row[1], token)):
        raise NotFound(entitlement_id=entitlement_id)
    row[0].require(EntitlementState.READY, now=clock.now())
    return links.issue(entitlement_id)


def reissue(order_id: int, *, staff: Actor) -> int:
    """Give a paid order's files their full downloads and time again, and what was added to its products since.

    A refunded line stays revoked. The buyer gets the mail again. Returns how many files that are.
    """
    with transaction():
        now = clock.now()
        order = lock(order_id)
        if order.payment_status in PAID_STATUSES:
            download.grant(order, lines_of(order), now)
        renewed = download.renew(order, now)
        if renewed:
            order.add_note(OrderEventCode.DOWNLOADS_RENEWED, "downloads issued again", cause=staff.cause, now=now)
            state = audit.state_of(order)
            audit.record_order(staff, AuditAction.DOWNLOADS_RENEWED, order, state, files=len(renewed))
            settlement.enqueue_download_email(order, renewed, now, occasion=now.isoformat())
        return len(renewed)


def _items(condition: ColumnElement[bool], language: str) -> list[LibraryItem]:
    now = clock.now()
    name = Product.name_en if language == "en" else Product.name
    rows = db.session.execute(
        select(Entitlement, ContentFile, name, Order.id, Order.placed_at)
        .join(Order, Order.id == Entitlement.order_id)
        .join(ContentFile, ContentFile.id == Entitlement.file_id)
        .join(Product, Product.id == ContentFile.product_id)
        .where(condition)
        .order_by(Order.id.desc(), name, ContentFile.file_name)
        .execution_options(populate_existing=True)
    )
    return [_item(right, file, name, number_of(key, placed_at), now) for right, file, name, key, placed_at in rows]


def _item(entitlement: Entitlement, file: ContentFile, name: str, order_number: str, now: datetime) -> LibraryItem:
    state = entitlement.standing(now)
    return LibraryItem(
        entitlement_id=entitlement.id,
        order_number=order_number,
        product_id=file.product_id,
        name=name,
        file_name=file.file_name,
        format=file.format,
        size_bytes=file.size_bytes,
        downloads_left=0 if state == EntitlementState.REVOKED else entitlement.downloads_left,
        expires_at=entitlement.expires_at,
        source=entitlement.source,
        state=state,
    )


__all__ = ["LibraryItem", "Link", "Order", "list_for", "list_for_order", "list_for_subject", "make_link", "reissue"]
