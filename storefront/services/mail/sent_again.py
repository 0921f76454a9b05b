"""Mails about an order that staff send to its buyer once more."""

from collections.abc import Sequence

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.customer import Customer
from storefront.domain.order import Order, lock
from storefront.domain.outbox import TO_STAFF, WHILE_PLAN_RUNS, OutboxMail
from storefront.domain.subscription import Subscription
from storefront.enums import AuditAction, OrderEventCode
from storefront.errors import InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor

_AGAIN = "again:"


def mails_about(order: Order) -> Sequence[OutboxMail]:
    """Return the mails to the buyer of an order, oldest first."""
    own = (OutboxMail.order_id == order.id, OutboxMail.template.not_in(TO_STAFF))
    return db.session.scalars(select(OutboxMail).where(*own).order_by(OutboxMail.created_at, OutboxMail.id)).all()


def mails_about_plan(plan: Subscription) -> Sequence[OutboxMail]:
    """Return the mails to the owner of a plan about it, oldest first, whichever of its orders they belong to."""
    its_orders = select(Order.id).where(Order.customer_id == plan.customer_id)
    is_about_it = OutboxMail.context["subscription_id"].as_string() == plan.id
    about = (OutboxMail.order_id.in_(its_orders), OutboxMail.template.like("subscription_%"), is_about_it)
    return db.session.scalars(select(OutboxMail).where(*about).order_by(OutboxMail.created_at, OutboxMail.id)).all()


def can_leave(mail: OutboxMail, plan: Subscription) -> bool:
    """Return whether a mail about a plan would still leave: one about a coming charge does not, once it is over."""
    return plan.ended_at is None or mail.template not in WHILE_PLAN_RUNS


def send(order_id: int, mail_id: str, *, staff: Actor, seen: int | None) -> None:
    """Write a mail into the outbox once more, to the order's address of now.

    `seen` is how many mails staff saw, so that the same click twice sends none twice.
    """
    with transaction():
        order = lock(order_id)
        _write(order, mails_about(order), mail_id, recipient=order.email, seen=seen, staff=staff)


def send_about_plan(subscription_id: str, mail_id: str, *, staff: Actor, seen: int | None) -> None:
    """Write a mail about a plan into the outbox once more, to its owner's address of now; else like `send`."""
    with transaction():
        plan = db.session.get(Subscription, subscription_id)
        if plan is None:
            raise NotFound(subscription_id=subscription_id)
        order, owner = lock(plan.order_id), db.session.get_one(Customer, plan.customer_id)
        _write(order, mails_about_plan(plan), mail_id, recipient=owner.email, seen=seen, staff=staff)


def _write(
    order: Order, mails: Sequence[OutboxMail], mail_id: str, *, recipient: str, seen: int | None, staff: Actor
) -> None:
    mail, now = next((one for one in mails if one.id == mail_id), None), clock.now()
    if mail is None:
        raise NotFound(mail_id=mail_id)
    if seen != len(mails):
        raise InvalidInput({"sent": "changed_meanwhile"})
    outbox.enqueue(
        f"{_AGAIN}{mail.id}:{seen}",
        mail.template,
        recipient=recipient,
        language=mail.language,
        now=now,
        order_id=mail.order_id,
        **mail.context,
    )
    order.add_note(OrderEventCode.MAIL_SENT_AGAIN, mail.template, cause=staff.cause, now=now)
    audit.record_order(staff, AuditAction.RETRIED, order, audit.state_of(order), mail=mail.template)
