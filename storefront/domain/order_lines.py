"""Reading the lines of an order."""

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order, OrderLine


def lines_of(order: Order) -> list[OrderLine]:
    """Return the order's lines, without a statement where they were read together with the order."""
    if "lines" in order.__dict__:
        return order.lines
    return list(db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)))
