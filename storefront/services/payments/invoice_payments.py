"""Which payment settled an invoice: the provider reports it a little later than the charge."""

import logging
from datetime import timedelta

from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order, lock
from storefront.domain.payment import RefundRecord
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown

logger = logging.getLogger(__name__)

UNTOLD = timedelta(minutes=2)
"""After this time we ask which payment settled an invoice; the event that tells it comes within seconds."""


def learn_payment(order: Order, payment_id: str) -> None:
    """Remember which payment settled the order's invoice; inside a transaction, the order locked."""
    if order.payment_id is None and order.invoice_id is not None:
        order.payment_id = payment_id
        name_payment(order.invoice_id, payment_id)


def name_payment(invoice_id: str, payment_id: str) -> None:
    """Have refunds that name the invoice name its payment; inside a transaction."""
    names_invoice = RefundRecord.payment_id == invoice_id
    db.session.execute(update(RefundRecord).where(names_invoice).values(payment_id=payment_id))


def learn_payments(limit: int = 100) -> int:
    """Ask which payments settled the invoices of which no event told it, and return how many were learned."""
    now = clock.now()
    untold = (Order.invoice_id.is_not(None), Order.payment_id.is_(None), Order.total_minor > 0)
    # A renewal has the provider's time, whose clock may be ahead of ours.
    is_due = (Order.paid_at < now - UNTOLD) | (Order.paid_at > now + UNTOLD)
    statement = select(Order.id, Order.invoice_id).where(*untold, is_due)
    learned = 0
    for order_id, invoice_id in db.session.execute(statement.limit(limit)).all():
        try:
            payment_id = payments().payment_of_invoice(invoice_id or "")
        except (PaymentRefused, PaymentUnknown) as error:
            logger.warning("invoice %s not answered: %s", invoice_id, error)
            continue
        if payment_id is not None:
            with transaction():
                learn_payment(lock(order_id), payment_id)
            learned += 1
    return learned
