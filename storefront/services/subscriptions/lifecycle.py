"""Subscriptions inside a transaction: begun by an order, changed by the provider's states, with emails to the owner.

Every function works on the order that began the plan, its row locked; the customer's row comes after
the order's and the cart's.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update

from storefront.database import db
from storefront.domain import outbox, plan_content, subscription
from storefront.domain.checkout_session import find_latest_session
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.order_lines import lines_of
from storefront.domain.subscription import Subscription, Verdict
from storefront.enums import BillingInterval, OrderEventCode, OrderStatus, PlanStatus, ProductKind
from storefront.gateways.payments import Invoice, SubscriptionSnapshot


class AmbiguousState(Exception):
    """Two states of one second differ, so the current one must be read from the provider, outside the transaction."""


def plan_line(lines: Iterable[OrderLine]) -> OrderLine | None:
    """Return the line of an order that is a plan, if there is one."""
    return next((line for line in lines if line.kind == ProductKind.SUBSCRIPTION), None)


def start(order: Order, line: OrderLine, provider_id: str | None, *, now: datetime) -> bool:
    """Begin the plan of an order that was just paid; return whether it is one too many, so that its money goes back.

    Until the provider's state arrives, the plan has the order's terms.
    """
    row = known(order, line, provider_id, now)
    if row is None:
        return False
    if row.is_surplus:
        return True
    _serve(row, order, line, now)
    return False


def known(order: Order, line: OrderLine, provider_id: str | None, now: datetime) -> Subscription | None:
    """Return the plan that an order began, created with the order's terms if its event is still to come."""
    if provider_id is None or order.customer_id is None:
        return None
    return subscription.find(provider_id) or _open(order, line, _promised(line, provider_id, now), now)


def apply_snapshot(
    order: Order, state: SubscriptionSnapshot, at: datetime | None, *, cause: str, now: datetime
) -> None:
    """Bring a plan to a state of the provider's, of the time `at`, or an answer to a call just made where that is None.

    Raises `AmbiguousState` where two states of one second differ and the provider was not asked yet.
    """
    line = plan_line(lines_of(order))
    if line is None or order.customer_id is None:
        return
    row = subscription.find(state.id) or _open(order, line, state, now)
    verdict = row.judge(state, at)
    if verdict == Verdict.DOUBT:
        raise AmbiguousState(state.id)
    if verdict == Verdict.IGNORE or row.is_surplus:
        return
    before, asked_at = (row.status, row.cancel_at_period_end), row.cancelled_at
    row.apply(state, at)
    if before != (row.status, row.cancel_at_period_end) or row.state_at is None:
        ends = ", ends with its period" if row.cancel_at_period_end else ""
        order.add_note(OrderEventCode.PLAN_CHANGED, f"plan {row.status}{ends}", cause=cause, now=now)
    if order.status == OrderStatus.CANCELLED and order.is_paid and row.ended_at is None:
        row.must_end = True
    if _has_tried_before(row, state, now):
        row.is_trial_refused = row.must_end = True
        order.add_note(OrderEventCode.TRIAL_REFUSED, "plan ends: its card had tried it before", cause=cause, now=now)
        enqueue_email(row, order, "subscription_trial_refused", "", now)
    if state.cancelled_at and not row.is_trial_refused:
        enqueue_email(row, order, "subscription_cancelled", second_of(state.cancelled_at), now)
    elif asked_at and before[1] and not row.cancel_at_period_end:
        enqueue_email(row, order, "subscription_resumed", second_of(asked_at), now)
    _serve(row, order, line, now)


def charge(row: Subscription, first: Order, line: OrderLine, invoice: Invoice, now: datetime) -> None:
    """Note what an invoice paid for, and open the content until then; `line` is the plan's in the order that began it.

    Invoices come in any order, so the latest end counts.
    """
    if invoice.period_end is None or row.is_surplus:
        return
    before = row.paid_until
    row.charge(invoice.period_end)
    if row.ended_at is None and row.paid_until != before:
        _serve(row, first, line, now)


def second_of(moment: datetime) -> str:
    """Return a moment as the occasion of a mail."""
    return str(int(moment.timestamp()))


def end_for(order: Order) -> None:
    """Have the provider end what an order began that is not fulfilled."""
    conditions = (Subscription.order_id == order.id, Subscription.ended_at.is_(None))
    db.session.execute(update(Subscription).where(*conditions).values(must_end=True))


def end_refunded(order: Order, *, cause: str, now: datetime) -> None:
    """End the plan whose present period an order paid for, once that money goes back; an older period's says nothing.

    It is one rule for the first order and for renewals, whoever gives the money back and wherever.
    """
    line = plan_line(lines_of(order))
    if line is None or order.customer_id is None or line.product_id is None:
        return
    row = subscription.find_running(order.customer_id, line.product_id)
    if row is None or not (row.order_id == order.id or _is_renewal(order, since=row.order_id)):
        return
    if not _is_paid_later(order, line.product_id):
        end_now(row, order, cause=cause, now=now)


def end_now(row: Subscription, order: Order, *, cause: str, now: datetime) -> None:
    """End a plan in the shop at once, files and all; `subscriptions.end_due` ends it at the provider, after the commit.

    `order` gets the note, and is what the mail to the plan's owner is about.
    """
    row.status, row.ended_at, row.must_end = PlanStatus.CANCELLED, now, True
    order.add_note(OrderEventCode.PLAN_ENDED, "plan ended at once", cause=cause, now=now)
    plan_content.end(row.order_id, row.product_id, now)
    enqueue_email(row, order, "subscription_cancelled", "at-once", now)


def _is_renewal(order: Order, *, since: int) -> bool:
    """Return whether an order renewed the plan that another one began; what has a page of its own was bought anew."""
    return order.id > since and find_latest_session(order.id) is None


def _is_paid_later(order: Order, product_id: str) -> bool:
    """Return whether another order paid for a later period of the plan."""
    later = (
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.customer_id == order.customer_id, OrderLine.product_id == product_id, Order.id > order.id)
        .where(OrderLine.interval.is_not(None), Order.paid_at.is_not(None))
        .where(~exists().where(Subscription.order_id == Order.id))  # what it began is another plan
    )
    return db.session.scalar(later.limit(1)) is not None


def enqueue_email(
    row: Subscription, order: Order, template: str, occasion: str, now: datetime, **context: object
) -> None:
    """Write a mail about a plan to its owner as the account is now, once per template and occasion."""
    owner = db.session.get(Customer, row.customer_id)
    outbox.enqueue(
        f"{template}:{row.provider_id}:{occasion}",
        template,
        recipient=owner.email if owner else order.email,
        language=owner.language if owner else order.language,
        order_id=order.id,
        now=now,
        subscription_id=row.id,
        **context,
    )


def lock_customer(customer_id: str) -> Customer | None:
    """Return the customer, whose plans nobody else begins meanwhile."""
    statement = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
    return db.session.scalar(statement.execution_options(populate_existing=True))


def _open(order: Order, line: OrderLine, state: SubscriptionSnapshot, now: datetime) -> Subscription:
    """Write a plan that we did not know; beside a running one it is a duplicate, and ends."""
    assert order.customer_id is not None
    assert line.product_id is not None
    lock_customer(order.customer_id)
    is_surplus = subscription.find_running(order.customer_id, line.product_id) is not None
    row = Subscription(
        provider_id=state.id,
        customer_id=order.customer_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        order_id=order.id,
        created_at=now,
        is_surplus=is_surplus,
        must_end=is_surplus,
    )
    row.apply(state, None)
    if is_surplus:
        row.status, row.ended_at = PlanStatus.CANCELLED, row.ended_at or now
        row.must_end = state.ended_at is None
        order.add_note(OrderEventCode.PLAN_DUPLICATE, "plan paid for beside a running one", cause="plans", now=now)
    db.session.add(row)
    db.session.flush()  # the content and the mails look for it
    return row


def _has_tried_before(row: Subscription, state: SubscriptionSnapshot, now: datetime) -> bool:
    """Return whether a running trial is paid by a card that had one of this plan; an answer of the provider tells."""
    if state.status != PlanStatus.TRIALING or state.card_fingerprint is None or row.is_trial_refused:
        return False
    return not subscription.claim_trial(row, state.card_fingerprint, now)


def _serve(row: Subscription, order: Order, line: OrderLine, now: datetime) -> None:
    """Open the plan's content and email its owner, if its order is paid; close it when the plan is over."""
    if row.ended_at is not None or row.is_trial_refused:
        plan_content.end(order.id, row.product_id, now)
    elif order.is_paid and not order.review_reason and order.status != OrderStatus.CANCELLED:
        plan_content.open_until(line, row.content_until, now)
        enqueue_email(row, order, "subscription_started", "", now)


def _promised(line: OrderLine, provider_id: str, now: datetime) -> SubscriptionSnapshot:
    interval = line.interval or BillingInterval.MONTH
    trial_ends_at = now + timedelta(days=line.trial_days) if line.trial_days else None
    end = trial_ends_at or subscription.period_end(now, interval)
    return SubscriptionSnapshot(
        id=provider_id,
        order_id=None,
        status=PlanStatus.TRIALING if trial_ends_at else PlanStatus.ACTIVE,
        price_minor=line.recurring_minor or line.unit_price_minor,
        currency="COP",
        interval=interval,
        current_period_end=end,
        paid_until=end,
        cancel_at_period_end=False,
        trial_ends_at=trial_ends_at,
        cancelled_at=None,
        ended_at=None,
    )
