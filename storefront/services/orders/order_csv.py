"""The list of orders as a file for a spreadsheet: one row an order, newest first."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from storefront import clock
from storefront.database import db, leave_transaction
from storefront.domain.order import Order
from storefront.money import comma_text
from storefront.services.orders.listing import MOST_COUNTED, Wanted, conditions_of
from storefront.spreadsheets import BEGINNING, lines_of

COLUMNS = (
    "order", "placed_at", "paid_at", "status", "payment_status", "shipping_method", "email", "first_name",
    "last_name", "document_type", "document_number", "phone", "street", "city", "department", "carrier",
    "tracking_number", "coupon", "subtotal", "discount", "shipping", "tax", "total", "refunded", "payment_id",
)  # fmt: skip
_AT_ONCE = 500
_NAMES = ("first_name", "last_name")
_IN_ADDRESS = ("phone", "street", "city", "department")


def export(wanted: Wanted) -> Iterator[str]:
    """Yield the file of the orders that match, up to `MOST_COUNTED`, in parts; the first one begins with the header.

    It is separated by `;` and begins with a byte order mark, which is what Excel opens as it is in Colombia.
    """
    yield BEGINNING + lines_of([COLUMNS])
    conditions, left, before = conditions_of(wanted), MOST_COUNTED, None
    statement = select(Order).where(*conditions).order_by(Order.id.desc()).options(joinedload(Order.shipment))
    while left > 0:
        earlier = statement if before is None else statement.where(Order.id < before)
        orders = db.session.scalars(earlier.limit(min(_AT_ONCE, left))).all()
        part, left = lines_of(_cells(order) for order in orders), left - len(orders)
        before = orders[-1].id if orders else 0
        db.session.expunge_all()  # ten thousand orders need not be in memory
        leave_transaction()  # a slow reader must hold nothing open
        if len(orders) < _AT_ONCE:
            left = 0
        yield part


def _cells(order: Order) -> list[str]:
    address, shipment = order.address or {}, order.shipment
    cells = [order.number, _moment(order.placed_at), _moment(order.paid_at), order.status, order.payment_status]
    cells += [order.shipping_method or "", order.email, *(address.get(name, "") for name in _NAMES)]
    cells += [order.document_type or "", order.document_number or ""]
    cells += [address.get(name, "") for name in _IN_ADDRESS]
    cells += [(shipment.carrier if shipment else "") or "", (shipment.tracking_number if shipment else "") or ""]
    amounts = (order.subtotal_minor, order.discount_minor, order.shipping_minor, order.tax_minor)
    cells += [order.coupon_code or "", *(comma_text(amount) for amount in amounts)]
    return [*cells, comma_text(order.total_minor), comma_text(order.refunded_minor), order.payment_id or ""]


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(clock.BOGOTA).strftime("%Y-%m-%d %H:%M") if moment else ""
