"""The end of an order that cost nothing: there is no money to give back, and all else comes back as with money."""

from collections.abc import Mapping

from storefront import clock
from storefront.database import transaction
from storefront.domain import coupon as coupons
from storefront.domain import download, returns
from storefront.domain.order import lock
from storefront.domain.order_lines import lines_of
from storefront.enums import AuditAction, OrderEventCode, OrderStatus
from storefront.errors import WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import refunds
from storefront.services.subscriptions import lifecycle


def cancel(
    order_id: int, *, units: Mapping[int, int] | None = None, is_restocked: bool = True, staff: Actor | None = None
) -> None:
    """Cancel an order that was not sent, with `units` by line or all; `staff` is None where the buyer asks.

    The coupon's use comes back with all that was left of the order.
    """
    with transaction():
        now, cause = clock.now(), staff.cause if staff else "customer"
        order = lock(order_id)
        if order.total_minor > 0 or not order.is_paid:
            raise WrongState(status=order.payment_status)
        before, lines = audit.state_of(order), lines_of(order)
        order.move(OrderStatus.CANCELLED, cause=cause, now=now, code=OrderEventCode.CANCELLED)
        left = [(line, line.quantity - line.refunded) for line in lines if line.refunded < line.quantity]
        chosen = [(line, n) for line, n in left if units is None or line.id in units]
        if len(chosen) == len(left):
            coupons.give_back(order.id, now)
        refunds.take_back(order, lines, chosen, is_restocked)
        returns.settle(order.id, {line.id: n for line, n in chosen}, now)
        gone = [line for line, _ in chosen]
        download.revoke(order, now, reason="cancelled", lines=gone)
        if lifecycle.plan_line(gone) is not None:
            lifecycle.end_refunded(order, cause=cause, now=now)
        if staff is not None:
            details = {"amount_minor": 0, "units": {line.name: n for line, n in chosen}}
            audit.record_order(staff, AuditAction.CANCELLED, order, before, **details, is_restocked=is_restocked)
