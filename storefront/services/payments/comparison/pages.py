"""Checkout sessions that differ between Stripe and the shop."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storefront.database import db
from storefront.domain.checkout_session import select_orders_of_hosted_sessions, select_orders_of_sessions
from storefront.domain.order import Order
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
    """Yield sessions that are paid at Stripe only, or for another sum, or that only one side has."""
    seen: set[str] = set()
    for listed in in_pages(payments().list_checkouts()):
        yield from _compare(listed, seen)
    yield from _find_unknown_at_stripe(seen)


def _compare(listed: tuple[SessionSnapshot, ...], seen: set[str]) -> list[Difference]:
    known = rows_by("session_id", select_orders_of_sessions([one.id for one in listed], _ORDER))
    seen.update(known)
    lost = [one for one in listed if one.id not in known and one.is_paid and one.order_id and one.quote_hash]
    orders = rows_by("public_id", select(*_ORDER).where(Order.public_id.in_([one.order_id for one in lost])))
    found = [_compare_one(known[one.id], one) for one in listed if one.id in known]
    found += [_missing(orders.get(one.order_id or ""), one) for one in lost]
    return [difference for difference in found if difference is not None]


def _compare_one(order: Found, checkout: SessionSnapshot) -> Difference | None:
    is_settled = order.paid_at is not None or order.review_reason is not None
    if checkout.is_paid and not is_settled:
        repair = RECONCILE if order.status == OrderStatus.PENDING else EVERYTHING
        return Difference(f"{name_of(order)} is paid at Stripe only", repair, order.id, _sync_change(checkout))
    is_its_payment = checkout.is_paid and order.paid_at is not None and checkout.payment_id == order.payment_id
    if is_its_payment and checkout.total_minor != order.paid_minor:
        return Difference(f"{name_of(order)}: Stripe took {checkout.total_minor}", BY_HAND)
    return None


def _missing(order: Found | None, checkout: SessionSnapshot) -> Difference | None:
    if order is None:
        return LostOrder(
            f"page {checkout.id} is paid at Stripe, and its order is not here", EVERYTHING, checkout=checkout
        )
    if order.paid_at is not None or order.review_reason is not None:
        return None
    what = f"{name_of(order)} is paid at Stripe by page {checkout.id}, which is not known here"
    return Difference(what, EVERYTHING, order.id, _sync_change(checkout))


def _sync_change(checkout: SessionSnapshot) -> Any:
    def change(order: Order, now: datetime) -> None:
        settlement.sync_from_session(order, checkout, cause=CAUSE, now=now)

    return change


@dataclass(frozen=True)
class LostOrder(Difference):
    """A paid session whose order is missing here."""

    checkout: SessionSnapshot | None = None

    def apply(self) -> bool:
        """Restore the order and settle it."""
        assert self.checkout is not None
        order_id = restore_order.order_of(self.checkout)
        return Difference(self.what, self.repair, order_id, _sync_change(self.checkout)).apply()


def _find_unknown_at_stripe(seen: set[str]) -> Iterator[Difference]:
    """Yield pages that the shop opened and that Stripe, asked again, does not know."""
    rows = db.session.execute(select_orders_of_hosted_sessions((Order.id, Order.placed_at)))
    for row in [row for row in rows if row.session_id not in seen]:
        try:
            payments().fetch_checkout(row.session_id)
        except PaymentRefused as refusal:
            if refusal.is_passing:
                raise
            yield Difference(f"{name_of(row)}: Stripe does not know {row.session_id}", ACCOUNT)
