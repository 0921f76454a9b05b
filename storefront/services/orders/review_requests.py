"""The one mail that asks a buyer for reviews, some days after the order arrived.

It is about the buyer's own order and advertises nothing, so it needs no consent to advertising; each has a link that
stops such mails, and an account that was closed gets none.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, select

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain import order_tokens, outbox
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.outbox import Occasion
from storefront.domain.product_review import ProductReview, ReviewMailStop, ReviewRequest
from storefront.enums import PAID_STATUSES, OrderStatus
from storefront.settings import settings

ASK_AFTER = timedelta(days=10)


def schedule(order: Order, now: datetime) -> None:
    """Have the buyer of a delivered order asked later, inside the caller's transaction."""
    insert_once(ReviewRequest, {"order_id": order.id, "due_at": now + ASK_AFTER}, unique="order_id")


def enqueue_due(limit: int = 50) -> int:
    """Write the mails that are due and return how many requests were done with; each is taken by one worker.

    Nobody is asked about goods that went back, or after stopping these mails, or where everything has its review.
    """
    now = clock.now()
    if db.session.scalar(select(ReviewRequest.order_id).where(ReviewRequest.due_at <= now).limit(1)) is None:
        return 0
    with transaction():
        waiting = select(ReviewRequest.order_id).where(ReviewRequest.due_at <= now).order_by(ReviewRequest.due_at)
        due = waiting.limit(limit).with_for_update(skip_locked=True)
        taken = delete(ReviewRequest).where(ReviewRequest.order_id.in_(due))
        statement = taken.returning(ReviewRequest.order_id).execution_options(synchronize_session=False)
        order_ids = db.session.scalars(statement).all()
        orders = db.session.execute(_to_ask(list(order_ids))).all()
        outbox.enqueue_all("review_asked", [_occasion(order) for order in orders], now=now)
        return len(order_ids)


def links_of(order: Order) -> dict[str, str]:
    """Return where the buyer reviews what was bought, and where the mails that ask for it are stopped."""
    path = f"{settings().BASE_URL}/account/orders/{order.number}/reviews"
    token = order_tokens.token_of(order.public_id)
    return {"reviews_url": f"{path}?token={token}", "stop_reviews_url": f"{path}/stop?token={token}"}


def _occasion(order: Row[*tuple[Any, ...]]) -> Occasion:
    return Occasion(f"review_asked:{order.public_id}", order.email, order.language, {}, order.id)


def _to_ask(order_ids: list[int]) -> Select[int, str, str, str]:
    has_open_line = (
        select(OrderLine.id)
        .where(OrderLine.order_id == Order.id, OrderLine.product_id.is_not(None))
        .where(OrderLine.refunded < OrderLine.quantity)
        .where(OrderLine.id.not_in(select(ProductReview.order_line_id).where(ProductReview.order_id == Order.id)))
    )
    is_stopped = select(ReviewMailStop.person).where(ReviewMailStop.person == Order.person)
    is_closed = select(Customer.id).where(Customer.id == Order.customer_id, Customer.closed_at.is_not(None))
    is_paid = Order.payment_status.in_(PAID_STATUSES)
    return (
        select(Order.id, Order.public_id, Order.email, Order.language)
        .where(Order.id.in_(order_ids), Order.status == OrderStatus.DELIVERED, is_paid)
        .where(has_open_line.exists(), ~is_stopped.exists(), ~is_closed.exists())
    )
