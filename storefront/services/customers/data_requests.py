"""What people ask about their own data, with the days that the law gives, and the answers: a copy, or the erasure.

Ley 1581 of 2012: a consulta is answered within ten business days (article 14), a reclamo within fifteen (article 15),
counted from the day after it arrived. Staff make sure before who asks.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain.data_subject import DataRequest, DataSubject
from storefront.domain.deadlines import Deadlines, counted
from storefront.domain.shipping.calendar import add_business_days
from storefront.enums import AuditAction, AuditObject, DataRequestKind
from storefront.errors import InvalidInput, NotFound
from storefront.services import audit
from storefront.services.accounts import data_export, erasure
from storefront.services.accounts.data_export import Document
from storefront.services.audit import Actor
from storefront.services.customers import subjects

DAYS = {DataRequestKind.ACCESS: 10, DataRequestKind.CORRECTION: 15, DataRequestKind.ERASURE: 15}
"""Business days in Colombia, by what is asked."""

OLDEST = timedelta(days=366)
"""A request that arrived earlier was written down wrongly."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its days as dates; `reference` names who asks, empty where nobody is behind it any more."""

    row: DataRequest
    received_on: date
    due_on: date
    reference: str = ""

    @property
    def is_late(self) -> bool:
        """Return whether it is open and its last day is over."""
        return self.row.done_at is None and self.due_on < clock.day_of(clock.now())


def due_on(kind: DataRequestKind, received_on: date) -> date:
    """Return the last day to answer what arrived on a day."""
    return add_business_days(received_on, DAYS[kind])


def list_for(subject: DataSubject) -> list[Request]:
    """Return what somebody asked, newest first."""
    own = select(DataRequest).where(subject.rows_of(DataRequest)).order_by(DataRequest.id.desc())
    return [_request(row) for row in db.session.scalars(own)]


def list_open(limit: int = 50) -> list[Request]:
    """Return the requests that wait for an answer, what is due first; in two statements."""
    waiting = select(DataRequest).where(DataRequest.done_at.is_(None)).order_by(DataRequest.due_on, DataRequest.id)
    rows = db.session.scalars(waiting.limit(limit)).all()
    guests = subjects.references_of({row.email for row in rows if row.email})
    return [_request(row, row.customer_id or guests.get(row.email or "", "")) for row in rows]


def count_open() -> Deadlines:
    """Return how many requests wait for an answer, in one statement."""
    columns = counted(DataRequest.due_on, clock.day_of(clock.now()))
    waiting = select(*columns).select_from(DataRequest).where(DataRequest.done_at.is_(None))
    return Deadlines(*db.session.execute(waiting).one())


def _request(row: DataRequest, reference: str = "") -> Request:
    return Request(row, date.fromisoformat(row.received_on), date.fromisoformat(row.due_on), reference)


def add(subject: DataSubject, kind: DataRequestKind | None, received_on: date | None, *, staff: Actor) -> date:
    """Write down what somebody asks and return the last day to answer; raise `InvalidInput`."""
    now = clock.now()
    today = clock.day_of(now)
    problems = {} if kind else {"request_kind": "required"}
    if received_on is None or not today - OLDEST <= received_on <= today:
        problems["received_on"] = "required" if received_on is None else "out_of_range"
    if problems or kind is None or received_on is None:
        raise InvalidInput(problems)
    last = due_on(kind, received_on)
    days = {"received_on": received_on.isoformat(), "due_on": last.isoformat()}
    with transaction():
        subjects.require_present(subject)
        db.session.add(DataRequest(**subject.key, **days, kind=kind, author=staff.name, created_at=now))
        _record(AuditAction.DATA_REQUESTED, subject, staff, {"data_request": kind, **days})
    return last


def close(subject: DataSubject, request_id: int, *, staff: Actor) -> None:
    """Count a request as answered; raise `NotFound` for one that is not theirs or was answered."""
    own = (DataRequest.id == request_id, subject.rows_of(DataRequest), DataRequest.done_at.is_(None))
    with transaction():
        kind = db.session.scalar(select(DataRequest.kind).where(*own))
        if kind is None or not rows_changed(update(DataRequest).where(*own).values(done_at=clock.now())):
            raise NotFound(request_id=request_id)
        _record(AuditAction.DATA_ANSWERED, subject, staff, {"data_request": kind})


def export(subject: DataSubject, *, staff: Actor) -> Document:
    """Return the copy of somebody's data for who asked for it; open requests for it count as answered.

    Raises `InvalidInput` for an account whose address is not confirmed.
    """
    document = data_export.export_of(subject)
    asked = (subject.rows_of(DataRequest), DataRequest.kind == DataRequestKind.ACCESS, DataRequest.done_at.is_(None))
    with transaction():
        rows_changed(update(DataRequest).where(*asked).values(done_at=clock.now()))
        _record(AuditAction.DATA_EXPORTED, subject, staff)
    return document


def erase(subject: DataSubject, *, is_sure: bool, staff: Actor) -> None:
    """Erase somebody; raise `InvalidInput` unless staff said that they read what stays, or as `erase_on_request`."""
    if not is_sure:
        raise InvalidInput({"is_sure": "required"})
    erasure.erase_on_request(subject, staff=staff)


def _record(action: AuditAction, subject: DataSubject, staff: Actor, after: dict[str, object] | None = None) -> None:
    audit.record(staff, action, AuditObject.CUSTOMER, subject.reference, after=after)
