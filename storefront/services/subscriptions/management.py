"""A customer's plans: list, cancel, resume, change the card; and what the worker does about all plans."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import subscription
from storefront.domain.customer import Customer
from storefront.domain.order import Order, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.subscription import Subscription
from storefront.enums import AuditAction, PlanStatus
from storefront.errors import NotFound, PaymentProviderError, PlanOver, WrongState
from storefront.gateways import payments
from storefront.gateways.payments import CustomerMissing, PaymentRefused, PaymentUnknown, SubscriptionSnapshot
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.subscriptions import lifecycle, overview, stripe_customers
from storefront.services.subscriptions.overview import SubscriptionOverview
from storefront.settings import settings

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


OVERDUE = timedelta(days=1)
"""A period that ended so long ago without a word from Stripe is asked about; a renewal takes an hour."""


def list_for(customer_id: str, *, language: str) -> list[SubscriptionOverview]:
    """Return a customer's plans, the newest first, each with what was paid for it."""
    return overview.list_for(customer_id, language=language)


def get(customer_id: str, subscription_id: str, *, language: str) -> SubscriptionOverview:
    """Return one plan of the customer's, or raise `NotFound`."""
    return overview.show(_own(customer_id, subscription_id), language)


def has(customer_id: str, product_id: str) -> bool:
    """Return whether the customer has a plan that runs."""
    return subscription.find_running(customer_id, product_id) is not None


def cancel(customer_id: str, subscription_id: str, *, language: str) -> SubscriptionOverview:
    """End a plan with its paid period; until then it can be resumed. Cancelled twice is cancelled once.

    A plan whose charge failed has no paid period: it ends at once, and what is open is not charged any more.
    Raises `NotFound` for somebody else's, `PlanOver` for one that ended, `PaymentProviderError`.
    """
    row = _own(customer_id, subscription_id)
    if row.status != PlanStatus.PAST_DUE:
        return _set_cancellation(customer_id, subscription_id, language, at_period_end=True)
    end_at_once(row.order_id, subscription_id, cause="customer")
    return overview.show(_own(customer_id, subscription_id), language)


def end(order: Order, *, staff: Actor) -> None:
    """End the running plan that an order began or renewed, at once and without giving money back; for staff.

    Raises `WrongState` where it has none.
    """
    row = plan_of(order)
    if row is None or row.ended_at is not None:
        raise WrongState(status=row.status if row else order.status)
    end_at_once(row.order_id, row.id, cause=staff.cause, staff=staff)


def plan_of(order: Order) -> Subscription | None:
    """Return the plan that an order began or renewed, as it stands now."""
    line = lifecycle.plan_line(lines_of(order))
    if line is None or order.customer_id is None:
        return None
    condition = (Subscription.customer_id == order.customer_id) & (Subscription.product_id == line.product_id)
    return next((row for row in overview.find(condition) if row.order_id <= order.id), None)


def resume(customer_id: str, subscription_id: str, *, language: str) -> SubscriptionOverview:
    """Go on with a plan that was to end; raises like `cancel`."""
    return _set_cancellation(customer_id, subscription_id, language, at_period_end=False)


def portal_url(customer_id: str, *, return_url: str, language: str) -> str:
    """Return where the provider lets the customer change the card; `NotFound` for somebody who never had a plan."""
    provider_id = db.session.scalar(select(Customer.provider_id).where(Customer.id == customer_id))
    if provider_id is None:
        raise NotFound(customer_id=customer_id)
    visit = {"shop": settings().BASE_URL, "return_url": return_url, "language": language}

    def open_portal() -> str:
        try:
            return payments().portal_url(provider_id, **visit)
        except CustomerMissing:
            return payments().portal_url(stripe_customers.replace_stripe_customer(customer_id, provider_id), **visit)

    return call_stripe(open_portal)


def refresh(provider_id: str) -> bool:
    """Bring a plan to what the provider says now, and return whether it answered."""
    row = subscription.find(provider_id)
    if row is None or row.ended_at is not None:
        return False
    order_id = row.order_id
    try:
        state = payments().fetch_subscription(provider_id)
    except (PaymentRefused, PaymentUnknown) as error:
        logger.warning("subscription %s not answered: %s", provider_id, error)
        return False
    _apply_snapshot(order_id, state, cause="asked")
    return True


def find_cardless(provider_id: str) -> Subscription | None:
    """Return a running plan whose card is not known."""
    row = subscription.find(provider_id)
    return row if row is not None and row.ended_at is None and row.card_last4 is None else None


def end_due(limit: int = 100) -> int:
    """Have the provider end the plans that are over in the shop, and return how many it ended."""
    due = db.session.scalars(select(Subscription.id).where(Subscription.must_end).limit(limit)).all()
    return sum(end_at_provider(subscription_id) for subscription_id in due)


def end_at_provider(subscription_id: str) -> bool:
    """Have the provider end one plan, and return whether it did."""
    provider_id = db.session.get_one(Subscription, subscription_id).provider_id
    try:
        payments().end_subscription(provider_id)
    except (PaymentRefused, PaymentUnknown) as error:
        logger.warning("subscription %s not ended: %s", provider_id, error)
        return False
    with transaction():
        db.session.get_one(Subscription, subscription_id, populate_existing=True).must_end = False
    return True


def _set_cancellation(
    customer_id: str, subscription_id: str, language: str, *, at_period_end: bool
) -> SubscriptionOverview:
    row = _own(customer_id, subscription_id)
    if row.ended_at is not None:
        raise PlanOver(subscription_id=subscription_id)
    if row.cancel_at_period_end != at_period_end:
        provider_id, order_id = row.provider_id, row.order_id
        state = call_stripe(lambda: payments().set_cancellation(provider_id, at_period_end=at_period_end))
        _apply_snapshot(order_id, state, cause="customer")
        row = _own(customer_id, subscription_id)
    return overview.show(row, language)


def end_at_once(order_id: int, subscription_id: str, *, cause: str, staff: Actor | None = None) -> None:
    """End a plan, here and then at the provider; where that does not answer, the worker retries soon.

    Raises `WrongState` for staff who come second; for its owner, who wanted just that, it changes nothing.
    """
    with transaction():
        order = lock(order_id)
        row = db.session.get_one(Subscription, subscription_id, populate_existing=True)
        if row.ended_at is not None:
            if staff is not None:
                raise WrongState(status=row.status)
            return
        lifecycle.end_now(row, order, cause=cause, now=clock.now())
        if staff is not None:
            audit.record_order(staff, AuditAction.PLAN_ENDED, order, audit.state_of(order), plan=row.provider_id)
    end_at_provider(subscription_id)


def _apply_snapshot(order_id: int, state: SubscriptionSnapshot, *, cause: str) -> None:
    with transaction():
        lifecycle.apply_snapshot(lock(order_id), state, None, cause=cause, now=clock.now())


def call_stripe(call: Callable[[], Answer]) -> Answer:
    """Return what the provider answers, or raise `PaymentProviderError`."""
    try:
        return call()
    except (PaymentRefused, PaymentUnknown) as error:
        raise PaymentProviderError(reason=str(error), about="plan") from error


def _own(customer_id: str, subscription_id: str) -> Subscription:
    rows = overview.find((Subscription.id == subscription_id) & (Subscription.customer_id == customer_id))
    if not rows:
        raise NotFound(subscription_id=subscription_id)
    return rows[0]


def refresh_silent(limit: int = 100) -> int:
    """Ask about plans whose card is not known, and about those that should have been renewed or ended by now."""
    ended = Subscription.current_period_end < clock.now() - OVERDUE
    is_overdue = Subscription.status.in_((PlanStatus.ACTIVE, PlanStatus.TRIALING)) & ended
    wanted = select(Subscription.provider_id).where(Subscription.card_last4.is_(None) | is_overdue)
    keys = db.session.scalars(wanted.where(Subscription.ended_at.is_(None)).limit(limit)).all()
    return sum(refresh(key) for key in keys)
