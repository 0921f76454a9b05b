"""What the clock makes happen: orders end, unknown outcomes become known, refunds are sent, downloads given back."""

import logging
from datetime import timedelta

from sqlalchemy import or_, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.checkout_session import has_open_session, select_unanswered_orders
from storefront.domain.order import Order, lock
from storefront.enums import OrderStatus
from storefront.errors import DatabaseUnavailable, PaymentProviderError
from storefront.gateways.payments import PaymentUnknown
from storefront.services import carts, idempotency
from storefront.services.accounts import erasure
from storefront.services.admin import product_imports
from storefront.services.customer_requests import handling
from storefront.services.customers import blocks
from storefront.services.downloads import transfers
from storefront.services.jobs import unused_files
from storefront.services.orders import admin_returns, fulfilment, review_requests
from storefront.services.payments import (
    checkout_sessions,
    event_processing,
    invoice_payments,
    refunds,
    reviews,
    settlement,
)
from storefront.services.stock import alerts
from storefront.services.subscriptions import management, notices

logger = logging.getLogger(__name__)

UNANSWERED = timedelta(minutes=2)
"""After this time nobody waits for a page any more whose answer never came."""

SILENT_IN_A_ROW = 3
"""After so many questions without an answer the provider is down, and each more would wait for half a minute."""


def sweep(limit: int = 100) -> int:
    """Do everything that is due and return how much was done; safe to run twice and on two machines at once."""
    plans = management.end_due(limit) + refresh_plans(limit) + notices.remind(limit)
    return expire_unpaid(limit) + refunds.send_all(limit) + plans + tidy(limit) + unused_files.delete_due(limit)


def tidy(limit: int = 100) -> int:
    """Do what needs nobody but the database, and return how much was done."""
    done = (
        transfers.return_unfinished(limit)
        + event_processing.apply_waiting()
        + idempotency.forget_old()
        + carts.forget()
        + product_imports.forget_old()
        + review_requests.enqueue_due(limit)
        + alerts.forget()
        + blocks.forget()
        + handling.forget()
        + erasure.finish(limit)
    )
    return done + admin_returns.remind(limit) + fulfilment.enqueue_arrival_questions(limit) + reviews.release_old(limit)


def refresh_plans(limit: int = 100) -> int:
    """Learn which payments settled which invoices, and ask the provider about plans without expected events."""
    return invoice_payments.learn_payments(limit) + management.refresh_silent(limit)


def expire_unpaid(limit: int = 100) -> int:
    """End unpaid orders whose time is over, asking the provider first, and finish checkout sessions whose process died.

    A provider that does not answer about some orders in a row is not called again until the next round.
    """
    ended, silent = 0, 0
    for order_id in _due_orders(limit):
        try:
            checkout_sessions.close_sessions(order_id, cause="sweeper")
            _cancel_without_session(order_id)
        except PaymentProviderError as error:
            logger.warning("payment provider silent, hold kept", extra={"order_id": order_id})
            silent = silent + 1 if isinstance(error.__cause__, PaymentUnknown) else 0
            if silent == SILENT_IN_A_ROW:
                break
        except DatabaseUnavailable:
            raise
        except Exception:  # whatever is wrong with one order, the others and the refunds go on
            logger.exception("order could not be ended", extra={"order_id": order_id})
        else:
            ended, silent = ended + 1, 0
    return ended


def _due_orders(limit: int) -> list[int]:
    now = clock.now()
    unanswered = select_unanswered_orders(now - UNANSWERED)
    statement = (
        select(Order.id)
        .where(Order.status == OrderStatus.PENDING, Order.review_reason.is_(None))
        .where(or_(Order.hold_until < now, Order.id.in_(unanswered)))
    )
    return list(db.session.scalars(statement.order_by(Order.id).limit(limit)))


def _cancel_without_session(order_id: int) -> None:
    with transaction():
        order = lock(order_id)
        is_over = order.hold_until is not None and order.hold_until < clock.now()
        if is_over and not has_open_session(order_id):
            settlement.cancel_unpaid(order, cause="sweeper", now=clock.now())
