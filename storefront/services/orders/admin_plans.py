"""One plan for staff: what was charged, what failed, and its end, at once or with its period, with or without money."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.failed_charge import FailedCharge
from storefront.domain.order import Order, OrderEvent, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.subscription import Subscription
from storefront.enums import AuditAction, OrderEventCode, PlanStatus, ProductKind
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.gateways import payments
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import refunds
from storefront.services.subscriptions import lifecycle, management, overview
from storefront.services.subscriptions.overview import Paid, SubscriptionOverview

_ABOUT_PLANS = (
    OrderEventCode.PLAN_CHANGED,
    OrderEventCode.PLAN_ENDED,
    OrderEventCode.TRIAL_REFUSED,
    OrderEventCode.REFUND_REQUESTED,
)
"""What an order's history tells of its plan and the plan's money."""

_DECIDED = (OrderEventCode.PLAN_CHANGED, OrderEventCode.PLAN_ENDED)


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A charge that failed; `paid_by` is the number of the order that a later try of the same invoice paid."""

    charge: FailedCharge
    paid_by: str | None


@dataclass(frozen=True, slots=True)
class LastCharge:
    """The newest charge of a plan that can be given back, and how much of it."""

    order_id: int
    number: str
    amount_minor: int
    units: dict[int, int]


@dataclass(frozen=True, slots=True)
class Details:
    """A plan with its owner, its charges, failed ones, and what happened to it, the newest first."""

    row: Subscription
    owner: Customer
    plan: SubscriptionOverview
    first_order: str
    failed: Sequence[FailedTry]
    history: Sequence[OrderEvent]
    last_charge: LastCharge | None

    @property
    def charges(self) -> Sequence[Paid]:
        """Return what was paid, the newest first."""
        return self.plan.invoices

    @property
    def newest_event(self) -> int:
        """Return how far the history goes, for a form to say what its page showed."""
        return self.history[0].id if self.history else 0

    @property
    def can_end_later(self) -> bool:
        """Return whether it can be ended with its period: it runs, its charge did not fail, and it does not end yet."""
        row = self.row
        is_ending = row.cancel_at_period_end or row.must_end or row.ended_at is not None
        return not is_ending and row.status != PlanStatus.PAST_DUE

    @property
    def can_resume(self) -> bool:
        """Return whether an end with the period can be taken back."""
        return self.row.ended_at is None and not self.row.must_end and self.row.cancel_at_period_end


def get(subscription_id: str, *, language: str) -> Details:
    """Return a plan, or raise `NotFound`; the same number of statements whatever its age."""
    row = _row(subscription_id)
    owner = db.session.get_one(Customer, row.customer_id)
    plans = overview.list_for(row.customer_id, language=language)
    plan = next(one for one in plans if one.subscription_id == row.id)
    order_ids = {row.order_id, *(paid.order_id for paid in plan.invoices)}
    about = (OrderEvent.order_id.in_(order_ids), OrderEvent.code.in_(_ABOUT_PLANS))
    history = db.session.scalars(select(OrderEvent).where(*about).order_by(OrderEvent.id.desc())).all()
    first = db.session.get_one(Order, row.order_id)
    return Details(row, owner, plan, first.number, _failed(row), history, _last_charge(plan))


def end_at_once(subscription_id: str, *, staff: Actor) -> None:
    """End a plan at once and without giving money back; raises `WrongState` if it is over already."""
    row = _row(subscription_id)
    management.end_at_once(row.order_id, row.id, cause=staff.cause, staff=staff)


def end_with_refund(subscription_id: str, *, seen_minor: int, staff: Actor) -> None:
    """End a plan at once and give its last charge back, of which staff saw that `seen_minor` are left.

    Both stand in one transaction, with the order that began the plan and the one that was charged locked in the order
    of their keys: whoever comes second gets `WrongState` and gives nothing back. Raises `InvalidInput` if another sum
    is left, and `NotPermitted` for more than their role may give back.
    """
    row = _row(subscription_id)
    key, first_id, provider_id = row.id, row.order_id, row.provider_id
    with transaction():
        first = lock(first_id)
        row = db.session.get_one(Subscription, key, populate_existing=True)
        if row.ended_at is not None:
            raise WrongState(status=row.status)
        plans = overview.list_for(row.customer_id, language=first.language)
        charge = _last_charge(next(plan for plan in plans if plan.subscription_id == key))
        if charge is None or charge.amount_minor != seen_minor:
            raise InvalidInput({"amount": "changed_meanwhile"})
        charged = first if charge.order_id == first_id else lock(charge.order_id)
        refund_id = refunds.promise(charged, units=charge.units, amount_minor=charge.amount_minor, staff=staff)
        if row.ended_at is None:  # the refund of a present period has ended it
            lifecycle.end_now(row, charged, cause=staff.cause, now=clock.now())
        audit.record_order(staff, AuditAction.PLAN_ENDED, first, audit.state_of(first), plan=provider_id)
    refunds.send(refund_id)
    management.end_at_provider(key)


def end_with_period(subscription_id: str, *, staff: Actor) -> None:
    """End a plan with its paid period; until then it can be resumed. Raises `WrongState` where that cannot be."""
    _set_cancellation(subscription_id, at_period_end=True, staff=staff)


def resume(subscription_id: str, *, staff: Actor) -> None:
    """Take an end with the period back; raises `WrongState` where it does not end so."""
    _set_cancellation(subscription_id, at_period_end=False, staff=staff)


def _set_cancellation(subscription_id: str, *, at_period_end: bool, staff: Actor) -> None:
    """Have the provider end the plan with its period or go on, and note who decided it.

    Nothing is locked while the provider is asked. Of two people who want the same at once, the one whose note comes
    second is told; the provider's own event about it may come before either and decides nothing.
    """
    row = _row(subscription_id)
    provider_id, order_id = row.provider_id, row.order_id
    if row.ended_at is not None or row.must_end or row.cancel_at_period_end == at_period_end:
        raise WrongState(status=row.status)
    if at_period_end and row.status == PlanStatus.PAST_DUE:
        raise WrongState(status=row.status)  # it has no paid period to end with
    seen = _newest_decision(order_id)
    state = management.call_stripe(lambda: payments().set_cancellation(provider_id, at_period_end=at_period_end))
    with transaction():
        now, order = clock.now(), lock(order_id)
        if _newest_decision(order_id) != seen:
            raise WrongState(status=row.status)
        lifecycle.apply_snapshot(order, state, None, cause=staff.cause, now=now)
        note = "ends with its period" if at_period_end else "goes on"
        order.add_note(OrderEventCode.PLAN_CHANGED, note, cause=staff.cause, now=now)
        before = {**audit.state_of(order), "ends_with_period": not at_period_end}
        details = {"ends_with_period": at_period_end, "plan": provider_id}
        audit.record_order(staff, AuditAction.CHANGED, order, before, **details)


def _newest_decision(order_id: int) -> int:
    """Return the newest line of a history in which a person decided about the plan."""
    by_people = OrderEvent.cause.like("staff %") | (OrderEvent.cause == "customer")
    about = (OrderEvent.order_id == order_id, OrderEvent.code.in_(_DECIDED), by_people)
    return db.session.scalar(select(OrderEvent.id).where(*about).order_by(OrderEvent.id.desc()).limit(1)) or 0


def _row(subscription_id: str) -> Subscription:
    rows = overview.find(Subscription.id == subscription_id)
    if not rows:
        raise NotFound(subscription_id=subscription_id)
    return rows[0]


def _failed(row: Subscription) -> list[FailedTry]:
    statement = (
        select(FailedCharge, Order)
        .outerjoin(Order, Order.invoice_id == FailedCharge.invoice_id)
        .where(FailedCharge.subscription_id == row.id)
        .order_by(FailedCharge.failed_at.desc(), FailedCharge.id.desc())
    )
    return [FailedTry(charge, order.number if order else None) for charge, order in db.session.execute(statement)]


def _last_charge(plan: SubscriptionOverview) -> LastCharge | None:
    """Return what of the newest charge can be given back: the plan's own part of its order."""
    if not plan.invoices:
        return None
    order = db.session.get_one(Order, plan.invoices[0].order_id, populate_existing=True)
    lines = [line for line in lines_of(order) if line.kind == ProductKind.SUBSCRIPTION]
    units = {line.id: line.quantity - line.refunded for line in lines if line.refunded < line.quantity}
    try:
        left = refunds.refundable_minor(order)
    except WrongState:
        return None
    worth = sum(line.refund_minor(units[line.id]) for line in lines if line.id in units)
    amount = min(worth, left)
    return LastCharge(order.id, order.number, amount, units) if amount > 0 else None
