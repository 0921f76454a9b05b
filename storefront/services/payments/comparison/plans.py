"""Subscriptions that differ between Stripe and the shop."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.subscription import Subscription
from storefront.enums import PlanStatus
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, SubscriptionSnapshot
from storefront.services.payments.comparison.differences import (
    ACCOUNT,
    CAUSE,
    EVERYTHING,
    Difference,
    Found,
    in_pages,
    name_of,
    orders_with_a_plan,
    rows_by,
)
from storefront.services.subscriptions import lifecycle

_COMPARED = ("status", "cancel_at_period_end", "current_period_end", "price_minor")
_PLAN = (Subscription.provider_id, Subscription.ended_at, Subscription.must_end, Order.id, Order.placed_at)


def find() -> Iterator[Difference]:
    """Yield plans that only one side knows, or that have another status at Stripe."""
    seen: set[str] = set()
    for page in in_pages(payments().list_subscriptions()):
        yield from _compare(page, seen)
    yield from _find_unknown_at_stripe(seen)


def _compare(page: tuple[SubscriptionSnapshot, ...], seen: set[str]) -> list[Difference]:
    columns = (*_PLAN, *(getattr(Subscription, name) for name in _COMPARED))
    statement = select(*columns).join(Order, Order.id == Subscription.order_id)
    known = rows_by("provider_id", statement.where(Subscription.provider_id.in_([state.id for state in page])))
    seen.update(known)
    unknown = [state.order_id for state in page if state.id not in known and state.order_id]
    orders = rows_by("public_id", orders_with_a_plan().where(Order.public_id.in_(unknown)))
    found = [_compare_one(known.get(state.id), orders.get(state.order_id or ""), state) for state in page]
    return [difference for difference in found if difference is not None]


def _compare_one(plan: Found | None, order: Found | None, state: SubscriptionSnapshot) -> Difference | None:
    if plan is None and order is None:
        return None  # it is not ours
    if plan is None:
        assert order is not None
        what = f"{name_of(order)}: plan {state.id}, which is {state.status}, is known to Stripe only"
        return Difference(what, EVERYTHING, order.id, _following(state))
    if plan.ended_at is not None:
        is_running = state.status != PlanStatus.CANCELLED and not plan.must_end
        what = f"{name_of(plan)}: plan {state.id} is {state.status} at Stripe and over here"
        return Difference(what, "end it at Stripe") if is_running else None
    other = [name for name in _COMPARED if getattr(plan, name) != getattr(state, name)]
    if not other:
        return None
    there = ", ".join(f"{name} {getattr(state, name)} (here {getattr(plan, name)})" for name in other)
    return Difference(f"{name_of(plan)}: plan {state.id} has {there}", EVERYTHING, plan.id, _following(state))


def _find_unknown_at_stripe(seen: set[str]) -> Iterator[Difference]:
    running = select(*_PLAN).join(Order, Order.id == Subscription.order_id).where(Subscription.ended_at.is_(None))
    for plan in db.session.execute(running).all():
        if plan.provider_id in seen:
            continue
        try:
            payments().fetch_subscription(plan.provider_id)
        except PaymentRefused as refusal:
            if refusal.is_passing:
                raise
            yield Difference(f"{name_of(plan)}: Stripe does not know plan {plan.provider_id}", ACCOUNT)


def _following(state: SubscriptionSnapshot) -> Callable[[Order, datetime], None]:
    def change(order: Order, now: datetime) -> None:
        lifecycle.apply_snapshot(order, state, None, cause=CAUSE, now=now)

    return change
