"""A plan as its owner sees it, on a page, in the API and in a mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload

from storefront.database import db
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.subscription import Subscription
from storefront.enums import BillingInterval
from storefront.settings import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCard:
    """The card that is charged."""

    brand: str
    last4: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What an order paid for a plan, without the goods that were bought beside it, and what of that went back."""

    order_id: int
    public_id: str
    number: str
    paid_at: datetime
    amount_minor: int
    refunded_minor: int
    period_start: datetime | None
    period_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionOverview:
    """A plan as its owner sees it; `invoices` are what was paid for it, newest first."""

    subscription_id: str
    product_id: str
    slug: str
    name: str
    image: str
    status: str
    price_minor: int
    currency: str
    interval: BillingInterval
    current_period_end: datetime
    paid_until: datetime
    cancel_at_period_end: bool
    trial_ends_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    is_on_sale: bool
    card: PaymentCard | None
    invoices: tuple[Paid, ...] = ()

    @property
    def is_running(self) -> bool:
        """Return whether it is not over."""
        return self.ended_at is None


def list_for(customer_id: str, *, language: str) -> list[SubscriptionOverview]:
    """Return a customer's plans, the newest first, each with the orders that paid for it."""
    rows = find(Subscription.customer_id == customer_id)
    paid = _orders_of(customer_id) if rows else []
    return [show(row, language, _paid_by(row, rows, paid)) for row in rows]


def for_mail(subscription_id: str, language: str) -> dict[str, object]:
    """Return what a mail about a plan needs, as it stands when the mail is written.

    `coupon_code` is the coupon that lowered the first charge, and no later one.
    """
    plan = show(find(Subscription.id == subscription_id)[0], language)
    owner = select(Customer.first_name, Order.coupon_code).join(Order, Order.customer_id == Customer.id)
    lowered = (OrderLine.interval.is_not(None), OrderLine.discount_minor > 0)
    row = db.session.execute(
        owner.add_columns(OrderLine.id)
        .join(Subscription, Subscription.order_id == Order.id)
        .outerjoin(OrderLine, (OrderLine.order_id == Order.id) & and_(*lowered))
        .where(Subscription.id == subscription_id)
        .limit(1)
    ).one_or_none()
    first_name, code, lowered_line = row or ("", None, None)
    base = settings().BASE_URL
    return {
        "plan": plan,
        "first_name": first_name,
        "coupon_code": code if lowered_line else None,
        "plans_url": f"{base}/account/subscriptions",
        "again_url": f"{base}/products/{plan.slug}" if plan.is_on_sale else f"{base}/?kind=subscription",
    }


def find(condition: ColumnElement[bool]) -> Sequence[Subscription]:
    """Return plans with their products, the newest first; those that are one too many are nobody's."""
    statement = select(Subscription).where(condition, Subscription.is_surplus.is_(False))
    found = statement.options(joinedload(Subscription.product)).order_by(Subscription.order_id.desc())
    return db.session.scalars(found.execution_options(populate_existing=True)).unique().all()


def show(row: Subscription, language: str, invoices: tuple[Paid, ...] = ()) -> SubscriptionOverview:
    """Return a plan in a language."""
    product = row.product
    return SubscriptionOverview(
        subscription_id=row.id,
        product_id=row.product_id,
        slug=product.slug,
        name=product.name_in(language),
        image=product.picture,
        status=row.status,
        price_minor=row.price_minor,
        currency=row.currency,
        interval=row.interval,
        current_period_end=row.current_period_end,
        paid_until=row.paid_until,
        cancel_at_period_end=row.cancel_at_period_end,
        trial_ends_at=row.trial_ends_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        is_on_sale=product.is_published,
        card=PaymentCard(brand=row.card_brand, last4=row.card_last4) if row.card_brand and row.card_last4 else None,
        invoices=invoices,
    )


def _orders_of(customer_id: str) -> list[tuple[Order, OrderLine]]:
    """Return every order of the customer's that an invoice paid, with each line of its plan."""
    rows = db.session.execute(
        select(Order, OrderLine)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.customer_id == customer_id, Order.invoice_id.is_not(None), OrderLine.interval.is_not(None))
        .order_by(Order.id.desc())
    )
    return [(order, line) for order, line in rows]


def _paid_by(
    row: Subscription, rows: Sequence[Subscription], paid: Sequence[tuple[Order, OrderLine]]
) -> tuple[Paid, ...]:
    """Return what paid for a plan: orders since its first, up to the first of the same plan's next subscription."""
    later = [other.order_id for other in rows if other.product_id == row.product_id and other.order_id > row.order_id]
    lines: dict[int, list[OrderLine]] = {}
    orders = {order.id: order for order, _ in paid}
    for order, line in paid:
        if line.product_id == row.product_id and order.id >= row.order_id and (not later or order.id < min(later)):
            lines.setdefault(order.id, []).append(line)
    return tuple(_share(orders[key], own_lines) for key, own_lines in lines.items())


def _share(order: Order, lines: list[OrderLine]) -> Paid:
    """Return a plan's part of an order; of a refund, what its own lines got back, or else no more than that part."""
    amount = sum(line.net_minor for line in lines)
    others = order.total_minor - amount
    is_back = any(line.refunded for line in lines)
    back = min(order.refunded_minor, amount) if is_back or not others else max(0, order.refunded_minor - others)
    return Paid(
        order_id=order.id,
        public_id=order.public_id,
        number=order.number,
        paid_at=order.paid_at or order.placed_at,
        amount_minor=amount,
        refunded_minor=back,
        period_start=lines[0].period_start,
        period_end=lines[0].period_end,
    )
