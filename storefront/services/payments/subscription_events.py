"""What the provider's events about plans do; the ledger and the transaction are those of every event."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from storefront.domain.checkout_session import select_payable_orders
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.subscription import Subscription as Row
from storefront.enums import OrderStatus
from storefront.gateways import payments
from storefront.gateways.payments import (
    Invoice,
    InvoicePayment,
    Payment,
    PaymentEvent,
    SessionSnapshot,
    SubscriptionSnapshot,
)
from storefront.services.payments import invoice_payments, settlement
from storefront.services.payments.settlement import ReceivedPayment
from storefront.services.subscriptions import lifecycle, management, renewals

FIRST = "subscription_create"
_SECOND = timedelta(seconds=1)
"""The provider's times are cut to the second."""


def order_of(subject: SubscriptionSnapshot | Invoice | InvoicePayment) -> ColumnElement[bool] | None:
    """Return what finds the order that an event is about: the one that began the plan, or the one a payment settled."""
    if isinstance(subject, InvoicePayment):
        return Order.invoice_id == subject.invoice_id
    if subject.order_id:
        return Order.public_id == subject.order_id
    provider_id = subject.id if isinstance(subject, SubscriptionSnapshot) else subject.subscription_id
    if provider_id is None:
        return None
    return Order.id == select(Row.order_id).where(Row.provider_id == provider_id).scalar_subquery()


def first_try(event: PaymentEvent) -> ColumnElement[bool] | None:
    """Return what finds the order whose plan somebody tries to pay for; a declined card names the customer only.

    The order is the customer's newest with a plan and an open page for exactly this sum.
    """
    payment = event.subject
    if not isinstance(payment, Payment) or event.type != "payment_intent.payment_failed" or not payment.customer_id:
        return None
    waits = (
        select(Order.id)
        .join(Customer, Customer.id == Order.customer_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Customer.provider_id == payment.customer_id, Order.status == OrderStatus.PENDING)
        .where(Order.total_minor == payment.amount_minor, OrderLine.interval.is_not(None))
        .where(Order.id.in_(select_payable_orders(event.created_at + _SECOND)))
        .order_by(Order.id.desc())
        .limit(1)
    )
    return Order.id == waits.scalar_subquery()


def invoice_of(subject: object) -> str | None:
    """Return the invoice that an event about a page or an invoice made known."""
    if isinstance(subject, SessionSnapshot):
        return subject.invoice_id
    return subject.id if isinstance(subject, Invoice) else None


def reread(event: PaymentEvent) -> PaymentEvent:
    """Return a subscription's event with its state as it is now, for one whose second leaves a doubt."""
    assert isinstance(event.subject, SubscriptionSnapshot)
    return event.about(payments().fetch_subscription(event.subject.id))


def after(event: PaymentEvent) -> None:
    """Ask the provider, after the commit, for what an event does not say: the card, and how bad a failure is."""
    subject = event.subject
    if isinstance(subject, SubscriptionSnapshot) and management.find_cardless(subject.id):
        management.refresh(subject.id)
    elif isinstance(subject, Invoice) and event.type == "invoice.payment_failed" and subject.subscription_id:
        management.refresh(subject.subscription_id)


def _changed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    assert isinstance(event.subject, SubscriptionSnapshot)
    lifecycle.apply_snapshot(order, event.subject, event.created_at, cause=cause, now=now)


def _paid(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    assert isinstance(event.subject, Invoice)
    record_payment(order, event.subject, cause=cause, now=now)


def record_payment(order: Order, invoice: Invoice, *, cause: str, now: datetime) -> None:
    """Settle the order that began a plan with its first invoice, or write the order of a later one."""
    if invoice.reason == FIRST:
        receipt = ReceivedPayment(None, invoice.paid_minor, invoice.currency, invoice.id, invoice.subscription_id)
        settlement.settle(order, receipt, cause=cause, now=now)
        renewals.note_first(order, invoice, now=now)
    elif is_renewal(invoice):
        renewals.renew(order, invoice, cause=cause, now=now)


def is_renewal(invoice: Invoice) -> bool:
    """Return whether a paid invoice has an order of its own."""
    return invoice.reason != FIRST and bool(invoice.paid_minor or invoice.reason == "subscription_cycle")


def _failed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    invoice = event.subject
    assert isinstance(invoice, Invoice)
    if invoice.status == "paid":
        return  # read anew after the payment
    if invoice.reason == FIRST:
        settlement.fail_payment(order, cause=cause, now=now)
    else:
        renewals.fail(order, invoice, at=event.created_at, now=now)


def _payment_known(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    assert isinstance(event.subject, InvoicePayment)
    if event.subject.payment_id:
        invoice_payments.learn_payment(order, event.subject.payment_id)


HANDLERS: dict[str, Callable[[Order, PaymentEvent, str, datetime], None]] = {
    "customer.subscription.created": _changed,
    "customer.subscription.updated": _changed,
    "customer.subscription.deleted": _changed,
    "customer.subscription.paused": _changed,
    "customer.subscription.resumed": _changed,
    "invoice.paid": _paid,
    "invoice.payment_failed": _failed,
    "invoice_payment.paid": _payment_known,
}
