"""Who may buy a plan, and how it is tried first; asked for while an order is placed."""

from dataclasses import replace

from sqlalchemy import select

from storefront.database import db
from storefront.domain import subscription
from storefront.domain.basket import Basket
from storefront.domain.catalogue import Variant
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.enums import OrderStatus, PaymentStatus
from storefront.errors import AccountRequired, AlreadySubscribed, InvalidInput
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import lifecycle

MAX_LINES_WITH_PLAN = 20
"""Stripe puts at most so many one-time lines on the first invoice of a plan."""


def admit(basket: Basket, plan: Variant, shopper: Shopper) -> Basket:
    """Return a basket with a plan as this shopper may buy it, inside the transaction that places the order.

    A plan needs an account, and nobody has the same one twice: the customer's row is locked, so two
    orders of one plan come one after the other. Raises `AccountRequired` or `AlreadySubscribed`.
    """
    customer = lifecycle.lock_customer(shopper.customer_id) if shopper.customer_id else None
    if customer is None:
        raise AccountRequired(name=plan.product.name)
    if subscription.find_running(customer.id, plan.product_id) is not None:
        raise AlreadySubscribed(name=plan.product.name)
    return with_trial(basket, customer.id)


def find_open_order(plan: Variant, shopper: Shopper) -> int | None:
    """Return the customer's other order of a plan that can still be paid; it must be closed first."""
    return db.session.scalar(
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.customer_id == shopper.customer_id,
            Order.status == OrderStatus.PENDING,
            Order.review_reason.is_(None),
            Order.payment_status != PaymentStatus.PROCESSING,
            OrderLine.product_id == plan.product_id,
        )
        .limit(1)
    )


def refuse_too_many_lines(basket: Basket, shipping_minor: int) -> None:
    """Raise `InvalidInput` where a plan comes with more lines than the provider takes beside it.

    The freight is a line there, too, unless it is free.
    """
    if len(basket.goods) - 1 + bool(shipping_minor) > MAX_LINES_WITH_PLAN:
        raise InvalidInput({"items": "too_many_with_plan"})


def with_trial(basket: Basket, customer_id: str | None) -> Basket:
    """Return the basket with its plan charged from the first day for somebody who cannot try it; a guest may yet.

    Trying needs a confirmed address whose mailbox never had the plan; whether the card tried it is known afterwards.
    """
    plan = basket.plan
    if plan is None or not plan.trial_days or customer_id is None or subscription.may_try(customer_id, plan.product_id):
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
