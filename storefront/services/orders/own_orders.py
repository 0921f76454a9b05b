"""Looking at orders: one's own, and nobody else's."""

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from storefront.database import db
from storefront.domain import order_tokens
from storefront.domain.order import Order
from storefront.enums import OrderStatus, PaymentStatus
from storefront.errors import NotFound
from storefront.services.catalogue import Page
from storefront.services.orders import admin_orders
from storefront.services.shopper import Shopper


def list_for(customer_id: str, *, status: str | None = None, page: int = 1, limit: int = 20) -> Page[Order]:
    """Return a customer's orders, newest first, with their lines."""
    conditions = [Order.customer_id == customer_id]
    if status:
        conditions.append(Order.status == status)
    # Counted in the index, and not by reading every order as a window would.
    counted = select(Order.id).where(*conditions).subquery()
    count = select(func.count()).select_from(counted)
    statement = select(Order, count.scalar_subquery()).where(*conditions).options(selectinload(Order.lines))
    rows = db.session.execute(statement.order_by(Order.id.desc()).limit(limit).offset((page - 1) * limit)).all()
    total = rows[0][1] if rows else 0 if page == 1 else db.session.scalar(count) or 0
    return Page([row[0] for row in rows], page, limit, total)


def get(shopper: Shopper, reference: str, *, token: str | None = None) -> Order:
    """Return an order by public id or number, with lines, history and shipment.

    It must be the shopper's, or `token` the order's own secret from a mail; else `NotFound`, as if
    there were none.
    """
    order = admin_orders.get(reference)
    if not shopper.owns(order) and not order_tokens.is_token_of(order, token):
        raise NotFound(order_id=reference)
    return order


def find_unpaid(shopper: Shopper) -> Order | None:
    """Return the newest of the shopper's orders that waits for payment, for the page after giving up."""
    is_payable = (Order.status == OrderStatus.PENDING, Order.payment_status != PaymentStatus.PROCESSING)
    statement = select(Order).where(shopper.owned, *is_payable, Order.review_reason.is_(None))
    return db.session.scalar(statement.options(selectinload(Order.lines)).order_by(Order.id.desc()).limit(1))


__all__ = ["Order", "find_unpaid", "get", "list_for"]
