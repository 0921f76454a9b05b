"""What was sold in some days, net of refunds: by day, product, category, coupon and city, one statement for each.

All is computed from the paid orders' own columns. A refund is taken off the day on which its order was paid, so that
the figures of a day are those of its orders, whenever money went back; refunds on their way count once they arrived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from storefront.database import db
from storefront.domain.catalogue import Category, Product
from storefront.domain.colombian_day import colombian_day
from storefront.domain.order import Order, OrderLine
from storefront.money import PESO
from storefront.services.figures.periods import Span

MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Sales:
    """Paid orders, what was paid for them, and how much of that went back."""

    orders: int
    paid_minor: int
    refunded_minor: int

    @property
    def net_minor(self) -> int:
        """Return what the shop keeps."""
        return self.paid_minor - self.refunded_minor

    @property
    def average_minor(self) -> int:
        """Return what an order brings, in whole pesos."""
        return self.net_minor // self.orders // PESO * PESO if self.orders else 0


@dataclass(frozen=True, slots=True)
class DaySales:
    """The sales of one day."""

    day: date
    sales: Sales


@dataclass(frozen=True, slots=True)
class Buyers:
    """How many people bought, and how many of them had bought before."""

    total: int
    returning: int


@dataclass(frozen=True, slots=True)
class Group:
    """The sales of a product, category, coupon or city; `key` is None for what has none.

    `names` are those in Spanish and in English, `units` those that were not given back, where units are counted.
    """

    key: str | None
    names: tuple[str, str]
    orders: int
    net_minor: int
    units: int | None = None
    discount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups with the most sales, best first; `others` and `others_minor` are those beyond."""

    items: Sequence[Group]
    others: int
    others_minor: int


def by_day(span: Span) -> list[DaySales]:
    """Return the sales of each day, those without any included."""
    day = colombian_day(Order.paid_at).label("day")
    statement = select(day, *_sums()).where(*_paid_in(span)).group_by(day)
    found = {row[0]: Sales(*(int(number) for number in row[1:])) for row in db.session.execute(statement)}
    return [DaySales(one, found.get(one, Sales(0, 0, 0))) for one in span.days]


def total(days: Sequence[DaySales]) -> Sales:
    """Return the sum of some days."""
    rows = [one.sales for one in days]
    return Sales(
        sum(row.orders for row in rows), sum(row.paid_minor for row in rows), sum(row.refunded_minor for row in rows)
    )


def buyers(span: Span) -> Buyers:
    """Return who bought, a mailbox being one person however its address is written."""
    times = (func.min(Order.paid_at).label("first_at"), func.max(Order.paid_at).label("last_at"))
    people = select(Order.person, *times).where(*_paid_in(span)).group_by(Order.person).subquery()
    earlier = aliased(Order)
    was_here = select(earlier.id).where(earlier.person == people.c.person, earlier.paid_at < span.begin).exists()
    is_returning = or_(people.c.first_at < people.c.last_at, was_here)
    row = db.session.execute(select(func.count(), func.count(case((is_returning, 1)))).select_from(people)).one()
    return Buyers(row[0], row[1])


def by_product(span: Span, limit: int = MOST_ROWS) -> Groups:
    """Return the sales of each product, without delivery and without refunds that are of no product."""
    names = (func.max(func.coalesce(Product.name, OrderLine.name)), func.max(func.coalesce(Product.name_en, "")))
    statement = _line_sums(OrderLine.slug, *names).group_by(OrderLine.slug)
    return _best(statement.where(*_paid_in(span)), limit, has_units=True)


def by_category(span: Span, limit: int = MOST_ROWS) -> Groups:
    """Return the sales of the categories in which the products are now."""
    names = (func.max(Category.name), func.max(Category.name_en))
    statement = _line_sums(Category.slug, *names).outerjoin(Category, Category.id == Product.category_id)
    return _best(statement.where(*_paid_in(span)).group_by(Category.slug), limit, has_units=True)


def by_coupon(span: Span, limit: int = MOST_ROWS) -> Groups:
    """Return the sales with each coupon and those with none, delivery included."""
    code = Order.coupon_code
    statement = _order_sums(code, code, func.sum(Order.discount_minor)).group_by(code)
    return _best(statement.where(*_paid_in(span)), limit, has_discount=True)


def by_city(span: Span, limit: int = MOST_ROWS) -> Groups:
    """Return the sales by the municipality that they went to; those that nobody brought anywhere have none."""
    city, department = (
        func.nullif(Order.address[name].as_string(), "", type_=Order.email.type) for name in ("city", "department")
    )
    key = case((city == department, city), else_=city + ", " + department).label("key")
    return _best(_order_sums(key, key).where(*_paid_in(span)).group_by(key), limit)


def _captured() -> ColumnElement[int]:
    """Return what was paid for the order: its total, or the less that was accepted; what was too much went back."""
    return case((Order.received_minor < Order.total_minor, Order.received_minor), else_=Order.total_minor)


def _sums() -> tuple[ColumnElement[Any], ...]:
    return func.count(Order.id), func.sum(_captured()), func.sum(Order.refunded_minor)


def _paid_in(span: Span) -> tuple[ColumnElement[bool], ...]:
    return Order.paid_at >= span.begin, Order.paid_at < span.end


def _line_sums(key: Any, name: Any, name_en: Any) -> Select[Any]:
    """Return sums of the lines: orders, net money, units; as in `OrderLine.worth_minor`."""
    paid = OrderLine.total_minor - OrderLine.discount_minor
    part = paid * OrderLine.refunded // OrderLine.quantity // PESO * PESO
    back = case((OrderLine.refunded == OrderLine.quantity, paid), else_=part)
    sums = (func.count(Order.id.distinct()), func.sum(paid - back), func.sum(OrderLine.quantity - OrderLine.refunded))
    joined = select(key.label("key"), name, name_en, *sums).join_from(OrderLine, Order)
    return joined.outerjoin(Product, Product.id == OrderLine.product_id)


def _order_sums(key: Any, name: Any, *more: Any) -> Select[Any]:
    net = func.sum(_captured() - Order.refunded_minor)
    return select(key, name, name, func.count(Order.id), net, *more).select_from(Order)


def _best(statement: Select[Any], limit: int, *, has_units: bool = False, has_discount: bool = False) -> Groups:
    """Return the first groups by their money, and the sums of the others, in the same statement."""
    net = statement.selected_columns[4]
    counted = statement.add_columns(func.count().over(), func.sum(net).over())
    rows = db.session.execute(counted.order_by(net.desc(), statement.selected_columns[0]).limit(limit)).all()
    items = [
        Group(
            row[0],
            (row[1] or "", row[2] or row[1] or ""),
            row[3],
            int(row[4]),
            units=int(row[5]) if has_units else None,
            discount_minor=int(row[5]) if has_discount else None,
        )
        for row in rows
    ]
    every, whole = (rows[0][-2], int(rows[0][-1])) if rows else (0, 0)
    return Groups(items, every - len(items), whole - sum(one.net_minor for one in items))
