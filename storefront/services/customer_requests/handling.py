"""What staff do with requests: find those that wait, answer by mail, and close; each change is in the audit."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain import outbox
from storefront.domain.customer_request import MAX_ANSWER, MAX_NOTE, CustomerRequest, RequestAnswer, id_of
from storefront.domain.deadlines import Deadlines, counted
from storefront.enums import AuditAction, AuditObject, RequestStatus
from storefront.errors import EditConflict, InvalidInput, NotFound, WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue.browsing import Page

_A_PAGE = 30
_MOST_URGENT = 5
_ERASED_AFTER = timedelta(days=7)
"""So long its last mail may still be under way."""


def count_open() -> Deadlines:
    """Return how many requests wait for an answer, in one statement."""
    columns = counted(CustomerRequest.due_on, clock.day_of(clock.now()))
    waiting = select(*columns).select_from(CustomerRequest).where(CustomerRequest.status == RequestStatus.OPEN)
    return Deadlines(*db.session.execute(waiting).one())


def waiting() -> tuple[Deadlines, list[CustomerRequest]]:
    """Return how many requests wait for an answer, and the few that are due first, in one statement."""
    columns = (column.over() for column in counted(CustomerRequest.due_on, clock.day_of(clock.now())))
    first = (CustomerRequest.due_on, CustomerRequest.id)
    statement = select(CustomerRequest, *columns).where(CustomerRequest.status == RequestStatus.OPEN)
    rows = db.session.execute(statement.order_by(*first).limit(_MOST_URGENT)).all()
    return Deadlines(*rows[0][1:]) if rows else Deadlines(0, 0, 0), [row[0] for row in rows]


def find(status: RequestStatus, text: str = "", page: int = 1) -> Page[CustomerRequest]:
    """Return one page of the requests in a state, those that are due first at the top, closed ones newest first.

    `text` is a filing number, an e-mail, an order's number, or part of a name.
    """
    conditions = [_matches(text)] if text else [CustomerRequest.status == status]
    total = db.session.scalar(select(func.count(CustomerRequest.id)).where(*conditions)) or 0
    is_over = status == RequestStatus.CLOSED
    order = (CustomerRequest.id.desc(),) if is_over else (CustomerRequest.due_on, CustomerRequest.id)
    rows = db.session.scalars(
        select(CustomerRequest).where(*conditions).order_by(*order).limit(_A_PAGE).offset((page - 1) * _A_PAGE)
    )
    return Page(list(rows), page, _A_PAGE, total)


def is_overdue(request: CustomerRequest) -> bool:
    """Return whether nobody answered in time."""
    return request.status == RequestStatus.OPEN and request.due_on < _today()


def get(number: str) -> CustomerRequest:
    """Return a request with its answers, or raise `NotFound`."""
    request = db.session.scalar(_with_answers().where(CustomerRequest.id == id_of(number)))
    if request is None or request.number != number.strip().upper():
        raise NotFound(number=number)
    return request


def answer(number: str, text: str, *, version: int, staff: Actor) -> None:
    """Mail an answer to who wrote the request and keep its text.

    Raises `InvalidInput`, `WrongState` for a request that is closed, and `EditConflict` where somebody else answered
    or closed it since it was read at `version`.
    """
    if problem := _text_problem(text, MAX_ANSWER):
        raise InvalidInput({"request_answer": problem})
    with transaction():
        request, now = _locked(number, version), clock.now()
        before = {"status": request.status}
        row = RequestAnswer(request_id=request.id, text=text, author=staff.name[:254], at=now)
        db.session.add(row)
        request.status = RequestStatus.ANSWERED
        db.session.flush()  # the mail's key needs the answer's id
        outbox.enqueue(
            f"request_answered:{row.id}",
            "request_answered",
            recipient=request.email,
            language=request.language,
            now=now,
            request_id=request.id,
            answer_id=row.id,
        )
        _record(AuditAction.ANSWERED, staff, request, before)


def close(number: str, note: str, *, version: int, staff: Actor) -> None:
    """End a request; one that nobody answered needs a note that says why. Raises as `answer`."""
    is_note_needed = get(number).status == RequestStatus.OPEN
    if (problem := _text_problem(note, MAX_NOTE)) and (note or is_note_needed):
        raise InvalidInput({"closing_note": problem})
    with transaction():
        request = _locked(number, version)  # at another version the need for a note was another one, too
        before = {"status": request.status}
        request.status, request.closed_at, request.closing_note = RequestStatus.CLOSED, clock.now(), note
        _record(AuditAction.CLOSED, staff, request, before)


def for_mail(request_id: int, answer_id: int | None) -> dict[str, Any] | None:
    """Return what the mails about a request say of it, None where it or its answer is gone."""
    request = db.session.scalar(_with_answers().where(CustomerRequest.id == request_id))
    if request is None:
        return None
    answered = next((one.text for one in request.answers if one.id == answer_id), None)
    if answer_id is not None and answered is None:
        return None
    return {"request_number": request.number, "due": request.due_on, "answer_text": answered or ""}


def forget() -> int:
    """Delete closed requests whose authors asked for their data to go; return how many."""
    is_over = CustomerRequest.closed_at < clock.now() - _ERASED_AFTER
    named = select(CustomerRequest.id).where(CustomerRequest.erasure_asked_at.is_not(None), is_over)
    if not (keys := db.session.scalars(named.limit(200)).all()):
        return 0
    with transaction():
        rows_changed(delete(RequestAnswer).where(RequestAnswer.request_id.in_(keys)))
        return rows_changed(delete(CustomerRequest).where(CustomerRequest.id.in_(keys)))


def _today() -> str:
    return clock.day_of(clock.now()).isoformat()


def _with_answers() -> Select[CustomerRequest]:
    return select(CustomerRequest).options(selectinload(CustomerRequest.answers))


def _matches(text: str) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [
        CustomerRequest.email == text.lower(),
        CustomerRequest.order_number == text,
        CustomerRequest.name.icontains(text, autoescape=True),
    ]
    if (request_id := id_of(text)) is not None:
        conditions.append(CustomerRequest.id == request_id)
    return or_(*conditions)


def _locked(number: str, version: int) -> CustomerRequest:
    statement = select(CustomerRequest).where(CustomerRequest.id == id_of(number)).with_for_update()
    request = db.session.scalar(statement.execution_options(populate_existing=True))
    if request is None or request.number != number.strip().upper():
        raise NotFound(number=number)
    if request.version != version:
        raise EditConflict(version=request.version)
    if request.status == RequestStatus.CLOSED:
        raise WrongState(status=request.status, wanted=RequestStatus.ANSWERED)
    request.version += 1
    return request


def _record(action: AuditAction, staff: Actor, request: CustomerRequest, before: dict[str, Any]) -> None:
    after = {"status": request.status}
    audit.record(staff, action, AuditObject.REQUEST, request.number, before=before, after=after)


def _text_problem(text: str, most: int) -> str:
    if not text:
        return "required"
    if len(text) > most:
        return "too_long"
    return "" if text.replace("\n", "").isprintable() else "invalid"
