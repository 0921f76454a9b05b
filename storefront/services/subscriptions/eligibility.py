"""Who may buy a plan, and how it is tried first; asked for while an order is placed."""

from dataclasses import replace

from sqlalchemy import select

from storefront.database import db
from storefront.domain import subscription
from storefront.domain.basket import Basket
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.enums import OrderStatus, PaymentStatus
from storefront.errors import AccountRequired, AlreadySubscribed, InvalidInput
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import lifecycle

MAX_LINES_WITH_PLAN = 20
"""Stripe puts at most so many one-time lines on the first invoice of a plan."""


class OpenSubscriptionOrderExists(Exception):
    """The customer has another order of this plan that can still be paid; it must be closed first."""

    def __init__(self, order_id: int) -> None:
        self.order_id = order_id


def admit(basket: Basket, shopper: Shopper) -> Basket:
    """Return the basket as this shopper may buy it, inside the transaction that places the order.

    A plan needs an account, and nobody has the same one twice: the customer's row is locked, so two
    orders of one plan come one after the other. Raises `AccountRequired`, `AlreadySubscribed` or
    `OpenSubscriptionOrderExists`.
    """
    plan = basket.plan
    if plan is None:
        return basket
    customer = lifecycle.lock_customer(shopper.customer_id) if shopper.customer_id else None
    if customer is None:
        raise AccountRequired(name=plan.name)
    if subscription.find_running(customer.id, plan.id) is not None:
        raise AlreadySubscribed(name=plan.name)
    if (order_id := _find_open_order(customer.id, plan.id)) is not None:
        raise OpenSubscriptionOrderExists(order_id)
    return with_trial(basket, customer.id)


def refuse_too_many_lines(basket: Basket, shipping_minor: int) -> None:
    """Raise `InvalidInput` where a plan comes with more lines than the provider takes beside it.

    The freight is a line there, too, unless it is free.
    """
    lines = len(basket.goods) - 1 + bool(shipping_minor)
    if basket.plan is not None and lines > MAX_LINES_WITH_PLAN:
        raise InvalidInput({"items": "too_many_with_plan"})


def with_trial(basket: Basket, customer_id: str | None) -> Basket:
    """Return the basket with its plan charged from the first day for somebody who cannot try it; a guest may yet.

    Trying needs a confirmed address whose mailbox never had the plan; whether the card tried it is known afterwards.
    """
    plan = basket.plan
    if plan is None or not plan.trial_days or customer_id is None or subscription.may_try(customer_id, plan.id):
        return basket
    return replace(basket, has_trial=False)


def is_confirmed(customer_id: str) -> bool:
    """Return whether a customer's address is confirmed."""
    confirmed = (Customer.id == customer_id, Customer.email_verified_at.is_not(None))
    return db.session.scalar(select(Customer.id).where(*confirmed)) is not None


def require_free(order: Order, lines: list[OrderLine]) -> None:
    """Raise `AlreadySubscribed` if the plan of an unpaid order was bought another way meanwhile."""
    line = lifecycle.plan_line(lines)
    if line is None or order.customer_id is None or line.product_id is None:
        return
    if subscription.find_running(order.customer_id, line.product_id) is not None:
        raise AlreadySubscribed(name=line.name)


def _find_open_order(customer_id: str, product_id: str) -> int | None:
    return db.session.scalar(
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.customer_id == customer_id,
            Order.status == OrderStatus.PENDING,
            Order.review_reason.is_(None),
            Order.payment_status != PaymentStatus.PROCESSING,
            OrderLine.product_id == product_id,
        )
        .limit(1)
    )
