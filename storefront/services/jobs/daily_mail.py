"""The mail of the morning to the owners: what waits for somebody, with the figures of the page of the day.

There is one for each owner and day at most, between `FIRST_HOUR` and `LAST_HOUR` in Colombia, and none on a day on
which nothing waits. Each owner can switch their own off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import literal, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.customer import Customer
from storefront.domain.outbox import OutboxMail
from storefront.enums import AuditAction, AuditObject, StaffRole
from storefront.errors import NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.customer_requests import handling
from storefront.services.customers import data_requests
from storefront.services.figures import sales
from storefront.services.figures.periods import Span
from storefront.services.mail import mail_delivery
from storefront.services.orders import today as desk
from storefront.services.payments import webhook_events
from storefront.services.stock import listing as stock
from storefront.settings import settings

FIRST_HOUR, LAST_HOUR = 6, 11
"""In Colombia. A worker that was away in the morning does not send a morning's mail in the evening."""


@dataclass(frozen=True, slots=True)
class _Owner:
    customer_id: str
    email: str
    language: str


def tell() -> int:
    """Write today's mail to each owner who wants it and has none yet, and return how many were written."""
    now = clock.now()
    if not FIRST_HOUR <= now.astimezone(clock.BOGOTA).hour < LAST_HOUR:
        return 0
    owners = _not_mailed(now)
    waiting = _waiting(now) if owners else None
    if waiting is None:
        return 0
    written = 0
    with transaction():
        for owner in owners:
            written += outbox.enqueue(
                _key(now, owner.customer_id),
                "daily_summary",
                recipient=owner.email,
                language=owner.language,
                now=now,
                **waiting,
            )  # of two workers at this moment, one writes it
    return written


def is_wanted(customer_id: str) -> bool:
    """Return whether an owner wants the mail."""
    return db.session.scalar(select(Customer.has_daily_mail).where(Customer.id == customer_id)) is True


def set_wanted(is_on: bool, *, staff: Actor) -> None:
    """Switch one's own mail on or off; raise `NotFound` for somebody who is no owner and gets none anyway."""
    with transaction():
        own = select(Customer).where(Customer.id == staff.customer_id).with_for_update()
        person = db.session.scalar(own.execution_options(populate_existing=True))
        if person is None or person.active_role != StaffRole.OWNER:
            raise NotFound()
        before, person.has_daily_mail = person.has_daily_mail, is_on
        facts = {"before": {"has_daily_mail": before}, "after": {"has_daily_mail": is_on}}
        audit.record(staff, AuditAction.CHANGED, AuditObject.STAFF, person.email, **facts)


def _key(now: datetime, customer_id: str) -> str:
    return f"{_day_key(now)}{customer_id}"


def _day_key(now: datetime) -> str:
    return f"daily_summary:{clock.day_of(now).isoformat()}:"


def _not_mailed(now: datetime) -> Sequence[_Owner]:
    """Return the owners who want the mail and have no row of today's, in one statement."""
    is_owner = (Customer.staff_role == StaffRole.OWNER, Customer.staff_disabled_at.is_(None))
    is_reached = (Customer.email_verified_at.is_not(None), Customer.closed_at.is_(None), Customer.has_daily_mail)
    mailed = select(OutboxMail.id).where(OutboxMail.key == literal(_day_key(now)) + Customer.id).exists()
    wanted = select(Customer.id, Customer.email, Customer.language).where(*is_owner, *is_reached, ~mailed)
    return [_Owner(*row) for row in db.session.execute(wanted.order_by(Customer.id))]


def _waiting(now: datetime) -> dict[str, Any] | None:
    """Return what waits, as on the page of the day, with the sales of yesterday; None where nothing does."""
    prepare, decisions, (low, _variants) = desk.to_prepare(), desk.to_decide(), stock.running_low()
    mails, events = mail_delivery.count_given_up(), webhook_events.count_failed()
    petitions, data = handling.count_open(), data_requests.count_open()
    is_pressing = petitions.is_pressing or data.is_pressing
    if not (prepare.total or decisions.total or is_pressing or low or mails or events):
        return None
    yesterday = clock.day_of(now) - timedelta(days=1)
    sold = sales.total(sales.by_day(Span(yesterday, yesterday)))
    return {
        "to_prepare": prepare.total,
        "late_orders": [order.number for order in prepare.orders if prepare.is_due(order)],
        "held": decisions.held,
        "owed": decisions.owed,
        "disputed": decisions.disputed,
        "returns": decisions.returns,
        "overdue_requests": petitions.overdue,
        "due_requests": petitions.due_soon,
        "overdue_data_requests": data.overdue,
        "due_data_requests": data.due_soon,
        "low": low,
        "failed_mails": mails,
        "failed_events": events,
        "sold_minor": sold.paid_minor,
        "sold_orders": sold.orders,
        "today_url": f"{settings().BASE_URL}/staff/",
        "switch_url": f"{settings().BASE_URL}/staff/security",
    }
