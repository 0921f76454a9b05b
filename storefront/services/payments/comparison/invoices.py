"""Paid invoices of plans that differ between Stripe and the shop."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import select

from storefront.domain.order import Order
from storefront.domain.subscription import Subscription
from storefront.gateways import payments
from storefront.gateways.payments import Invoice
from storefront.services.payments import subscription_events
from storefront.services.payments.comparison.differences import (
    BY_HAND,
    CAUSE,
    EVERYTHING,
    Difference,
    Found,
    in_pages,
    name_of,
    orders_with_a_plan,
    rows_by,
)


def find() -> Iterator[Difference]:
    """Yield renewals that were paid and have no order here, and orders whose sum is not the invoice's."""
    for page in in_pages(payments().list_paid_invoices()):
        yield from _compare(page)


def _compare(page: tuple[Invoice, ...]) -> list[Difference]:
    columns = (Order.id, Order.placed_at, Order.invoice_id, Order.paid_minor, Order.review_reason)
    known = rows_by("invoice_id", select(*columns).where(Order.invoice_id.in_([invoice.id for invoice in page])))
    firsts = _first_orders([invoice for invoice in page if invoice.id not in known])
    found = []
    for invoice in page:
        order, first = known.get(invoice.id), firsts.get(invoice.id)
        if order is not None and order.paid_minor != invoice.paid_minor and order.review_reason is None:
            found.append(Difference(f"{name_of(order)}: Stripe took {invoice.paid_minor} by {invoice.id}", BY_HAND))
        elif order is None and first is not None and subscription_events.is_renewal(invoice):
            what = f"{name_of(first)}: renewal {invoice.id} of {invoice.paid_minor} is known to Stripe only"
            found.append(Difference(what, EVERYTHING, first.id, _recording(invoice)))
    return found


def _first_orders(invoices: list[Invoice]) -> dict[str, Found]:
    """Return, by invoice, the order that began its plan."""
    by_order = orders_with_a_plan().where(Order.public_id.in_([one.order_id for one in invoices if one.order_id]))
    orders = rows_by("public_id", by_order)
    plan_ids = [one.subscription_id for one in invoices if one.subscription_id]
    by_plan = orders_with_a_plan().add_columns(Subscription.provider_id)
    by_plan = by_plan.join(Subscription, Subscription.order_id == Order.id)
    plans = rows_by("provider_id", by_plan.where(Subscription.provider_id.in_(plan_ids)))
    found = {one.id: orders.get(one.order_id or "") or plans.get(one.subscription_id or "") for one in invoices}
    return {key: row for key, row in found.items() if row is not None}


def _recording(invoice: Invoice) -> Callable[[Order, datetime], None]:
    def change(order: Order, now: datetime) -> None:
        subscription_events.record_payment(order, invoice, cause=CAUSE, now=now)

    return change
