"""Settlement of payments: the one code behind webhook, return page, reconciliation and cleanup.

Every function works inside the caller's transaction on an order whose row is locked, and takes the
locks that follow in one order everywhere: order, cart, coupon, stock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, insert, select, update

from storefront.clock import day_of
from storefront.database import db
from storefront.domain import coupon as coupons
from storefront.domain import download, inventory, outbox, owed_refunds, refund_sums, restocking, returns
from storefront.domain.cart import Cart, CartLine
from storefront.domain.checkout_session import find_latest_session, finish_session, has_open_session
from storefront.domain.customer import ERASED_ADDRESS, is_closed
from storefront.domain.download import Entitlement
from storefront.domain.order import Order, OrderLine
from storefront.domain.order_lines import lines_of
from storefront.domain.payment import RefundRecord, add_refund
from storefront.domain.refund_sums import occasion_of
from storefront.domain.shipment import Shipment
from storefront.enums import (
    CheckoutSessionState,
    CheckoutStatus,
    OrderEventCode,
    OrderStatus,
    PaymentStatus,
    ProductKind,
    ReviewReason,
)
from storefront.errors import OutOfStock
from storefront.gateways.payments import SessionSnapshot
from storefront.observability import metrics
from storefront.services.subscriptions import lifecycle
from storefront.settings import settings

DELAYED_HOLD = timedelta(days=7)
"""How long stock is kept for a payment method that confirms days later."""

REVIEW_HOLD = timedelta(days=3)
"""How long stock is kept for a payment that waits for staff; the money waits for them after that, too."""


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """Money that arrived: the provider's payment (none for a free order), amount in minor units, currency.

    A plan's money is known by its invoice first.
    """

    payment_id: str | None
    amount_minor: int
    currency: str
    invoice_id: str | None = None
    subscription_id: str | None = None

    @classmethod
    def of(cls, checkout: SessionSnapshot) -> "ReceivedPayment":
        """Return the payment of a paid session."""
        sums = (checkout.payment_id, checkout.total_minor, checkout.currency)
        return cls(*sums, checkout.invoice_id, checkout.subscription_id)

    @property
    def reference(self) -> str | None:
        """Return what leads to the money at the provider."""
        return self.payment_id or self.invoice_id

    def is_of(self, order: Order) -> bool:
        """Return whether this is the money that the order is known by."""
        return self.reference in (None, order.payment_id, order.invoice_id)


def sync_from_session(
    order: Order, checkout: SessionSnapshot, *, cause: str, now: datetime, code: OrderEventCode = OrderEventCode.EXPIRED
) -> None:
    """Apply the state of a checkout session to the order; a second time changes nothing."""
    if checkout.is_paid:
        finish_session(checkout.id, CheckoutSessionState.PAID)
        settle(order, ReceivedPayment.of(checkout), cause=cause, now=now)
    elif checkout.status == CheckoutStatus.EXPIRED:
        finish_session(checkout.id, CheckoutSessionState.CLOSED)
        if not has_open_session(order.id):
            cancel_unpaid(order, cause=cause, now=now, code=code)
    elif checkout.status == CheckoutStatus.COMPLETE:
        _await_delayed(order, cause=cause, now=now)


def settle(order: Order, receipt: ReceivedPayment, *, cause: str, now: datetime) -> None:
    """Record that an order is paid, with everything that follows from it, once.

    The wrong amount or currency is held for review and fulfils nothing; money for goods that are gone,
    or a second payment for the same order, is given back.
    """
    if order.payment_reference is not None or order.is_paid:
        if not receipt.is_of(order):
            request_refund(order, receipt.reference, receipt.amount_minor, refund_sums.PAID_TWICE, cause=cause, now=now)
        return
    lines = lines_of(order)
    order.payment_id, order.invoice_id = receipt.payment_id, receipt.invoice_id
    order.checkout_key = None
    if (receipt.amount_minor, receipt.currency) != (order.total_minor, order.currency):
        _hold_for_review(order, receipt, cause=cause, now=now)
        return
    if order.status == OrderStatus.CANCELLED and (is_closed(order.customer_id) or not reserve_again(order, lines, now)):
        _return_late_money(order, receipt, cause=cause, now=now)
        return
    complete(order, lines, receipt, cause=cause, now=now)


def complete(order: Order, lines: list[OrderLine], receipt: ReceivedPayment, *, cause: str, now: datetime) -> None:
    """Confirm an order whose money is there and whose goods are held, with everything that follows from it."""
    order.move_payment(PaymentStatus.PAID, cause=cause, now=now)
    order.move(OrderStatus.CONFIRMED, cause=cause, now=now)
    order.paid_at, order.hold_until = now, None
    metrics.steps.labels("paid").inc()
    _start_fulfilment(order, lines, now)
    enqueue_email(order, "order_confirmed", now)
    if granted := download.grant(order, lines, now):
        enqueue_download_email(order, granted, now)
    _empty_cart(order, lines, now)
    _start_plan(order, lines, receipt, cause=cause, now=now)
    inventory.sell(order.id, now)


def cancel_unpaid(
    order: Order, *, cause: str, now: datetime, note: str = "", code: OrderEventCode = OrderEventCode.EXPIRED
) -> None:
    """Cancel a pending order and give stock and coupon back; anything else is left alone."""
    if order.status != OrderStatus.PENDING or order.is_paid or order.review_reason:
        return
    order.move(OrderStatus.CANCELLED, cause=cause, now=now, note=note, code=code)
    metrics.steps.labels("cancelled").inc()
    order.checkout_key, order.hold_until = None, None
    coupons.give_back(order.id, now)
    inventory.release(order.id, now)


def fail_payment(order: Order, *, cause: str, now: datetime, note: str = "") -> None:
    """Note a declined try; the hosted page stays payable, so nothing is released.

    Declines come late and in any order: one that comes after the end is still noted, without a mail,
    and one that comes while a slower payment is on its way does not affect that.
    """
    if order.is_paid or order.review_reason:
        return
    if order.payment_status not in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        return
    _note_failure(order, cause=cause, now=now, note=note)


def refuse_delayed(order: Order, *, cause: str, now: datetime) -> None:
    """Note that a delayed payment did not arrive: nothing can be paid any more, so everything is released."""
    if order.is_paid or order.review_reason or order.status != OrderStatus.PENDING:
        return
    _fail(order, cause=cause, now=now)
    enqueue_email(order, "payment_not_received", now)
    cancel_unpaid(order, cause=cause, now=now, code=OrderEventCode.DECLINED)


def _note_failure(order: Order, *, cause: str, now: datetime, note: str = "") -> None:
    _fail(order, cause=cause, now=now, note=note)
    if order.status == OrderStatus.PENDING:
        session = find_latest_session(order.id)
        enqueue_email(order, "payment_failed", now, occasion=session.id if session else order.public_id)


def _fail(order: Order, *, cause: str, now: datetime, note: str = "") -> None:
    if order.payment_status != PaymentStatus.FAILED:
        order.move_payment(PaymentStatus.FAILED, cause=cause, now=now, note=note, code=OrderEventCode.DECLINED)


def record_refund(order: Order, refunded_minor: int, *, cause: str, now: datetime) -> None:
    """Bring the order to a cumulative refunded amount; an amount below the known one is an outdated event."""
    known, back = order.refunded_minor, min(refunded_minor - order.overpaid_minor, order.captured_minor)
    if back <= known:
        return
    order.refunded_minor = back
    owed_refunds.clear_own(order)
    is_all = back == order.captured_minor
    amount = refunded_minor if is_all and not known and order.status == OrderStatus.CANCELLED else back - known
    if is_all:
        returns.settle_all(order.id, now)
    ended = [returns.number_of(order.number, request) for request in returns.end_untold(order.id, now)]
    enqueue_email(order, "refund", now, occasion=occasion_of(order), amount_minor=amount, requests=ended)
    if not is_all:
        if order.payment_status == PaymentStatus.PAID:
            order.move_payment(PaymentStatus.PARTIALLY_REFUNDED, cause=cause, now=now)
        return
    order.move_payment(PaymentStatus.REFUNDED, cause=cause, now=now)
    download.revoke(order, now, reason="refunded")
    lifecycle.end_refunded(order, cause=cause, now=now)
    is_unsent = order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING)
    if is_unsent or order.status == OrderStatus.CANCELLED:
        coupons.give_back(order.id, now)
    if order.status == OrderStatus.CANCELLED:
        return
    order.move(OrderStatus.REFUNDED, cause=cause, now=now)
    if is_unsent:
        # What was shipped already comes back, if at all, through the hands of staff.
        restocking.restock_rest(order, lines_of(order), now)


def request_refund(
    order: Order, payment_id: str | None, amount_minor: int, reason: str, *, cause: str, now: datetime
) -> None:
    """Store a refund to be made; the cleanup job sends it to the provider, with this row's id as key."""
    if payment_id is None or amount_minor == 0:
        return
    known = select(RefundRecord.id).where(RefundRecord.payment_id == payment_id, RefundRecord.reason == reason)
    if db.session.scalar(known.limit(1)) is None:
        add_refund(order.id, payment_id, amount_minor, reason, now)
        order.add_note(OrderEventCode.REFUND_REQUESTED, f"refund requested: {reason}", cause=cause, now=now)


def _await_delayed(order: Order, *, cause: str, now: datetime) -> None:
    """Wait for a payment that takes days, or end the wait when its time is over; money that comes later counts."""
    if order.status != OrderStatus.PENDING:
        return
    if order.payment_status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        order.move_payment(PaymentStatus.PROCESSING, cause=cause, now=now)
        # The buyer has done everything: the page cannot be closed any more, so the cart is free for another order.
        order.checkout_key, order.hold_until = None, now + DELAYED_HOLD
        enqueue_email(order, "payment_awaited", now)
    elif order.hold_until is not None and order.hold_until < now:
        refuse_delayed(order, cause=cause, now=now)


def _hold_for_review(order: Order, receipt: ReceivedPayment, *, cause: str, now: datetime) -> None:
    order.review_reason = ReviewReason.AMOUNT_MISMATCH
    order.received_minor, order.received_currency = receipt.amount_minor, receipt.currency
    order.hold_until = None if order.status == OrderStatus.CANCELLED else now + REVIEW_HOLD
    paid_in = "" if receipt.currency == order.currency else receipt.currency
    enqueue_staff_email(order, "payment_held", now, amount_minor=receipt.amount_minor, paid_in=paid_in)
    note = f"paid {receipt.amount_minor} {receipt.currency}, due {order.total_minor} {order.currency}"
    if order.payment_status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        order.move_payment(
            PaymentStatus.PROCESSING, cause=cause, now=now, note=note, code=OrderEventCode.AMOUNT_DIFFERS
        )
    else:
        order.add_note(OrderEventCode.AMOUNT_DIFFERS, note, cause=cause, now=now)


def reserve_again(order: Order, lines: list[OrderLine], now: datetime) -> bool:
    """Hold goods and coupon anew, and return whether there were enough."""
    wanted = {line.variant_id: line.quantity for line in lines if line.kind == ProductKind.PHYSICAL and line.variant_id}
    db.session.execute(select(Cart.id).where(Cart.id == order.cart_id).with_for_update())  # before coupon and stock
    try:
        with db.session.begin_nested():
            coupons.retake(order.id)
            inventory.reserve(order.id, wanted, now)
    except OutOfStock:
        return False
    return True


def _return_late_money(order: Order, receipt: ReceivedPayment, *, cause: str, now: datetime) -> None:
    """Give money back that came for a cancelled order whose goods are gone, or whose buyer was erased since."""
    order.move_payment(PaymentStatus.PAID, cause=cause, now=now, code=OrderEventCode.PAID_LATE)
    order.paid_at = now
    request_refund(order, receipt.reference, receipt.amount_minor, "out_of_stock", cause=cause, now=now)
    if receipt.subscription_id is not None:
        lifecycle.end_for(order)
    enqueue_email(order, "order_cancelled_late_payment", now, amount_minor=receipt.amount_minor)


def _start_plan(order: Order, lines: list[OrderLine], receipt: ReceivedPayment, *, cause: str, now: datetime) -> None:
    """Begin the plan among the lines; the money for one that the customer has already goes back."""
    line = lifecycle.plan_line(lines)
    if line is not None and lifecycle.start(order, line, receipt.subscription_id, now=now):
        request_refund(order, receipt.reference, line.net_minor, "already_subscribed", cause=cause, now=now)


def _start_fulfilment(order: Order, lines: list[OrderLine], now: datetime) -> None:
    if not any(line.kind == ProductKind.PHYSICAL for line in lines):
        return
    db.session.connection().execute(_WRITE_SHIPMENT, {"order_id": order.id, "created_at": now})
    enqueue_staff_email(order, "warehouse_new_order", now)


_WRITE_SHIPMENT = insert(Shipment).inline()  # as an object it was an eighth of a paid webhook's processor time


def enqueue_email(order: Order, template: str, now: datetime, *, occasion: str = "", **context: object) -> None:
    """Write a mail to the buyer, once per template and occasion; nobody is behind an address that was erased."""
    if order.email.endswith(ERASED_ADDRESS):
        return
    _write(order, template, now, occasion, recipient=order.email, language=order.language, **context)


def enqueue_staff_email(order: Order, template: str, now: datetime, *, occasion: str = "", **context: object) -> None:
    """Write a mail to the shop's own people, where they have an address, once per template and occasion."""
    assert template in outbox.TO_STAFF
    if warehouse := settings().WAREHOUSE_EMAIL:
        _write(order, template, now, occasion, recipient=warehouse, language="es", **context)


def _write(order: Order, template: str, now: datetime, occasion: str, **details: Any) -> None:
    key = ":".join(part for part in (template, order.public_id, occasion) if part)
    outbox.enqueue(key, template, order_id=order.id, now=now, **details)


def enqueue_download_email(order: Order, files: Sequence[Entitlement], now: datetime, *, occasion: str = "") -> None:
    """Write the mail that says which files can be downloaded now; a guest's leads to the order's page."""
    listed = [
        {
            "name": entitlement.file.file_name,
            "format": entitlement.file.format,
            "size_bytes": entitlement.file.size_bytes,
            "downloads": entitlement.downloads_left,
            "until": day_of(entitlement.expires_at).isoformat(),
        }
        for entitlement in files
    ]
    enqueue_email(order, "download_ready", now, occasion=occasion, files=listed, is_guest=order.customer_id is None)


def _empty_cart(order: Order, lines: list[OrderLine], now: datetime) -> None:
    """Take what was bought out of the cart that it came from, and leave what was added since."""
    if order.cart_id is None:
        return
    unspent = case((Cart.coupon_code == order.coupon_code, None), else_=Cart.coupon_code)
    db.session.execute(
        update(Cart)
        .where(Cart.id == order.cart_id)
        .values(revision=Cart.revision + 1, coupon_code=unspent, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    bought = [{"cart": order.cart_id, "key": line.variant_id, "n": line.quantity} for line in lines]
    bought_line = (CartLine.cart_id == bindparam("cart"), CartLine.variant_id == bindparam("key"))
    connection = db.session.connection()
    gone = connection.execute(delete(CartLine).where(*bought_line, CartLine.quantity <= bindparam("n")), bought)
    if gone.rowcount < len(bought):
        left = CartLine.quantity - bindparam("n")
        connection.execute(update(CartLine).where(*bought_line).values(quantity=left), bought)
