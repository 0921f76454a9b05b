"""Refunds of second payments that failed, asked for once more: nothing was bought with them, so they go back whole."""

from storefront import clock
from storefront.database import transaction
from storefront.domain import owed_refunds
from storefront.domain.order import lock
from storefront.domain.payment import add_refund
from storefront.domain.refund_sums import PAID_TWICE
from storefront.enums import AuditAction, OrderEventCode
from storefront.errors import WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import refunds


def repeat(order_id: int, *, staff: Actor) -> int:
    """Refund what is owed of an order's second payments; return the amount in minor units.

    Raises `WrongState` where nothing is owed of one, as on a second click, and `NotPermitted` for more than the
    staff's role may give back.
    """
    with transaction():
        order = lock(order_id)
        if not (owed := owed_refunds.of_second_payments(order)):
            raise WrongState(status=order.payment_status)
        before, amount_minor, now = audit.state_of(order), sum(owed.values()), clock.now()
        staff.require_within(amount_minor)
        for payment_id, left_minor in owed.items():
            add_refund(order.id, payment_id, left_minor, PAID_TWICE, now)
            note = f"refund of {left_minor} requested ({PAID_TWICE})"
            order.add_note(OrderEventCode.REFUND_REQUESTED, note, cause=staff.cause, now=now)
        owed_refunds.clear_second_payments(order)
        audit.record_order(staff, AuditAction.REFUNDED, order, before, amount_minor=amount_minor)
    refunds.send_requested(order_id)
    return amount_minor
