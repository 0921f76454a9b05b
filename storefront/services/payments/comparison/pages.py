"""Payment pages that Stripe and the shop do not agree about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.payment import CheckoutSession
from storefront.enums import OrderStatus
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, SessionSnapshot
from storefront.services.payments import restore_order, settlement
from storefront.services.payments.comparison.differences import (
    ACCOUNT,
    BY_HAND,
    CAUSE,
    EVERYTHING,
    RECONCILE,
    Difference,
    Found,
    in_pages,
    name_of,
    rows_by,
)

_ORDER = (
    Order.id, Order.public_id, Order.placed_at, Order.status, Order.paid_at, Order.review_reason, Order.payment_id,
    Order.paid_minor,
)  # fmt: skip


def find() -> Iterator[Difference]:
    """Yield pages that are paid at Stripe only, or for another sum, or that only one side knows."""
    seen: set[str] = set()
    for page in in_pages(payments().list_checkouts()):
        yield from _compare(page, seen)
    yield from _find_unknown_at_stripe(seen)


def _compare(page: tuple[SessionSnapshot, ...], seen: set[str]) -> list[Difference]:
    sessions = select(CheckoutSession.session_id, *_ORDER).join(Order, Order.id == CheckoutSession.order_id)
    known = rows_by("session_id", sessions.where(CheckoutSession.session_id.in_([one.id for one in page])))
    seen.update(known)
    lost = [one for one in page if one.id not in known and one.is_paid and one.order_id and one.quote_hash]
    orders = rows_by("public_id", select(*_ORDER).where(Order.public_id.in_([one.order_id for one in lost])))
    found = [_compare_one(known[one.id], one) for one in page if one.id in known]
    found += [_missing(orders.get(one.order_id or ""), one) for one in lost]
    return [difference for difference in found if difference is not None]


def _compare_one(order: Found, page: SessionSnapshot) -> Difference | None:
    is_settled = order.paid_at is not None or order.review_reason is not None
    if page.is_paid and not is_settled:
        repair = RECONCILE if order.status == OrderStatus.PENDING else EVERYTHING
        return Difference(f"{name_of(order)} is paid at Stripe only", repair, order.id, _syncing(page))
    is_its_payment = page.is_paid and order.paid_at is not None and page.payment_id == order.payment_id
    if is_its_payment and page.total_minor != order.paid_minor:
        return Difference(f"{name_of(order)}: Stripe took {page.total_minor}", BY_HAND)
    return None


def _missing(order: Found | None, page: SessionSnapshot) -> Difference | None:
    if order is None:
        return LostOrder(f"page {page.id} is paid at Stripe, and its order is not here", EVERYTHING, page=page)
    if order.paid_at is not None or order.review_reason is not None:
        return None
    what = f"{name_of(order)} is paid at Stripe by page {page.id}, which is not known here"
    return Difference(what, EVERYTHING, order.id, _syncing(page))


def _syncing(page: SessionSnapshot) -> Any:
    def change(order: Order, now: datetime) -> None:
        settlement.sync_from_session(order, page, cause=CAUSE, now=now)

    return change


@dataclass(frozen=True)
class LostOrder(Difference):
    """A paid page whose order is not here any more."""

    page: SessionSnapshot | None = None

    def follow(self) -> bool:
        """Make the order again and settle it."""
        assert self.page is not None
        order_id = restore_order.order_of(self.page)
        return Difference(self.what, self.repair, order_id, _syncing(self.page)).follow()


def _find_unknown_at_stripe(seen: set[str]) -> Iterator[Difference]:
    """Yield pages that the shop opened and that Stripe, asked again, does not know."""
    statement = select(CheckoutSession.session_id, Order.id, Order.placed_at).join(Order)
    rows = db.session.execute(statement.where(CheckoutSession.session_id.like("cs_%")))
    for row in [row for row in rows if row.session_id not in seen]:
        try:
            payments().fetch_checkout(row.session_id)
        except PaymentRefused as refusal:
            if refusal.is_passing:
                raise
            yield Difference(f"{name_of(row)}: Stripe does not know {row.session_id}", ACCOUNT)
