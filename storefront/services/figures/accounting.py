"""The accountant's file: one row for each line of the orders that were paid in some days, to the centavo.

Its sums are those of the receipts (`total`, `tax`, `refunded`) and of the payments at Stripe (`received`, `refunded`).
What belongs to the whole order (`shipping`, `received`) stands in the row of its first line. A refund stands in the
rows of the lines that it was for, as on the receipt, with the day of the last one.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import selectinload, undefer

from storefront import clock
from storefront.database import db, leave_transaction, transaction
from storefront.domain import job as jobs
from storefront.domain.job import Claim, Job
from storefront.domain.order import Order, OrderLine
from storefront.domain.payment import RefundRecord
from storefront.domain.refund_shares import RefundShares
from storefront.domain.refund_sums import ARRIVED
from storefront.enums import AuditAction, AuditObject, JobKind, JobState, TaxRate
from storefront.errors import NotFound
from storefront.money import comma_text
from storefront.services import audit, job_claims
from storefront.services.audit import Actor
from storefront.services.figures.periods import Span
from storefront.spreadsheets import BEGINNING, Number, lines_of

MOST_AT_ONCE = 10_000
"""Rows up to which a page sends the file itself; beyond, the worker makes it."""

COLUMNS = (
    "order", "paid_at", "buyer", "document", "product", "sku", "units", "base", "tax_rate", "tax", "discount",
    "shipping", "total", "received", "refunded", "refunded_at", "payment_id",
)  # fmt: skip
_ORDERS_AT_ONCE = 500
_KINDS = (JobKind.ACCOUNTING_EXPORT,)
_CHUNK = 64 * 1024


@dataclass(slots=True)
class _Back:
    """What went back of a line, with its freight if it is the first one, and when it was the last time."""

    amount_minor: int = 0
    at: datetime | None = None

    def add(self, amount_minor: int, at: datetime) -> None:
        if amount_minor > 0:
            self.amount_minor, self.at = self.amount_minor + amount_minor, at


@dataclass(slots=True)
class _Place:
    """Where the next orders begin: after the last one, by the time of its payment."""

    after: tuple[datetime, int] | None = None
    rows: int = field(default=0)


def count_rows(span: Span) -> int:
    """Return how many rows the file of some days has."""
    lines = select(func.count()).select_from(OrderLine).join(Order, Order.id == OrderLine.order_id)
    return db.session.scalar(lines.where(*_paid_in(span))) or 0


def export(span: Span, *, staff: Actor) -> Iterator[str]:
    """Write down who takes the file, and return it in parts."""
    with transaction():
        _record(span, staff)
    return _parts(span, _Place())


def enqueue(span: Span, *, staff: Actor) -> str:
    """Have the worker make the file, and return the job's id."""
    with transaction() as session:
        wanted = {"first": span.first.isoformat(), "last": span.last.isoformat()}
        job = Job(
            kind=JobKind.ACCOUNTING_EXPORT,
            actor_id=staff.customer_id,
            actor_name=staff.name,
            file_name=file_name(span),
            content=zlib.compress(json.dumps(wanted).encode()),
            created_at=clock.now(),
        )
        session.add(job)
        _record(span, staff)
    return job.id


def file_name(span: Span) -> str:
    """Return the name of the file of some days."""
    return f"contabilidad-{span.first}-{span.last}.csv"


def get(job_id: str, *, actor: Actor) -> Job:
    """Return the job of a file that this member of the staff asked for, or raise `NotFound`."""
    return _get(job_id, actor, has_file=False)


def file_of(job_id: str, *, actor: Actor) -> tuple[str, Iterator[bytes]]:
    """Return the name of a file that was made and the file in parts, or raise `NotFound`."""
    job = _get(job_id, actor, has_file=True)
    if job.output is None:
        raise NotFound(job_id=job_id)
    return job.file_name, _unpacked(job.output)


def latest(*, actor: Actor, limit: int = 10) -> Sequence[Job]:
    """Return the newest files that this member of the staff asked for."""
    own = select(Job).where(Job.kind.in_(_KINDS), Job.actor_id == actor.customer_id)
    return db.session.scalars(own.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)).all()


def run_due() -> int:
    """Make the oldest file that waits, and return how many were made."""
    return job_claims.run_due(_KINDS, _run)


def _run(claimed: Claim) -> None:
    wanted = json.loads(zlib.decompress(claimed.content))
    span = Span(date.fromisoformat(wanted["first"]), date.fromisoformat(wanted["last"]))
    total, place, packed = count_rows(span), _Place(), zlib.compressobj()
    made = bytearray()
    with job_claims.kept(claimed) as progress:
        for part in _parts(span, place):
            made += packed.compress(part.encode())
            progress("rows", min(place.rows, total), total)
    made += packed.flush()
    with transaction():
        if not jobs.finish(claimed, JobState.DONE, {"rows": place.rows}, bytes(made)):
            raise job_claims.ClaimLost()


def _get(job_id: str, actor: Actor, *, has_file: bool) -> Job:
    own = (Job.id == job_id, Job.kind.in_(_KINDS), Job.actor_id == actor.customer_id)
    job = db.session.scalar(select(Job).where(*own).options(*([undefer(Job.output)] if has_file else [])))
    if job is None:
        raise NotFound(job_id=job_id)
    return job


def _record(span: Span, staff: Actor) -> None:
    name = file_name(span)
    audit.record(staff, AuditAction.CREATED, AuditObject.FILE, name, after={"file_name": name})


def _unpacked(packed: bytes) -> Iterator[bytes]:
    unpacking = zlib.decompressobj()
    for start in range(0, len(packed), _CHUNK):
        yield unpacking.decompress(packed[start : start + _CHUNK])
    yield unpacking.flush()


def _paid_in(span: Span) -> tuple[Any, ...]:
    return Order.paid_at >= span.begin, Order.paid_at < span.end


def _parts(span: Span, place: _Place) -> Iterator[str]:
    """Yield the file in parts, in the order of the payments; the first one begins with the header."""
    yield BEGINNING + lines_of([COLUMNS])
    statement = select(Order).where(*_paid_in(span)).order_by(Order.paid_at, Order.id).limit(_ORDERS_AT_ONCE)
    while True:
        orders = db.session.scalars(statement.where(_later_than(place)).options(selectinload(Order.lines))).all()
        refunds = _refunds_of(orders)
        rows = [row for order in orders for row in _rows(order, refunds[order.id])]
        is_last = len(orders) < _ORDERS_AT_ONCE
        if orders and (paid_at := orders[-1].paid_at):
            place.after = paid_at, orders[-1].id
        place.rows += len(rows)
        db.session.expunge_all()  # a year of orders need not be in memory
        leave_transaction()  # a slow reader must hold nothing open
        yield lines_of(rows)
        if is_last:
            return


def _later_than(place: _Place) -> Any:
    if place.after is None:
        return Order.id > 0
    paid_at, order_id = place.after
    return or_(Order.paid_at > paid_at, and_(Order.paid_at == paid_at, Order.id > order_id))


def _refunds_of(orders: Sequence[Order]) -> dict[int, list[RefundRecord]]:
    """Return by order the refunds of its payment that arrived, as they are on its receipt, in one statement."""
    payments = {order.id: (order.payment_id, order.invoice_id) for order in orders}
    arrived = (RefundRecord.order_id.in_(payments), RefundRecord.status.in_(ARRIVED))
    found: dict[int, list[RefundRecord]] = defaultdict(list)
    for row in db.session.scalars(select(RefundRecord).where(*arrived).order_by(RefundRecord.created_at)):
        if row.payment_id in payments[row.order_id]:
            found[row.order_id].append(row)
    return found


def _rows(order: Order, refunds: Sequence[RefundRecord]) -> list[list[str]]:
    """Return the rows of an order."""
    back, shares = {line.id: _Back() for line in order.lines}, RefundShares(order)
    first = order.lines[0].id if order.lines else None
    for refund in refunds:
        taken, rest = shares.take(refund), refund.amount_minor
        for share in taken.lines:
            back[share.line.id].add(share.amount_minor, refund.created_at)
            rest -= share.amount_minor
        if first is not None:  # the freight, and what was paid beyond the price
            back[first].add(rest, refund.created_at)
    return [_row(order, line, back[line.id], is_first=line.id == first) for line in order.lines]


def _row(order: Order, line: OrderLine, back: _Back, *, is_first: bool) -> list[str]:
    shipping, received = (order.shipping_minor, order.paid_minor) if is_first else (0, 0)
    address = order.address or {}
    buyer = " ".join(part for name in ("first_name", "last_name") if (part := address.get(name)))
    document = f"{order.document_type} {order.document_number}" if order.document_type else ""
    options = ", ".join(line.options.values())
    return [
        order.number,
        _day(order.paid_at),
        buyer or order.email,
        document,
        f"{line.name} ({options})" if options else line.name,
        line.sku,
        Number(line.quantity),
        _amount(line.net_minor - line.tax_minor),
        _rate(line),
        _amount(line.tax_minor),
        _amount(line.discount_minor),
        _amount(shipping),
        _amount(line.net_minor + shipping),
        _amount(received),
        _amount(back.amount_minor),
        _day(back.at),
        order.payment_reference or "",
    ]


def _rate(line: OrderLine) -> str:
    """Return the rate in percent; without IVA there are two kinds, and goods excluded from it are no base of it."""
    if line.tax_rate == TaxRate.EXCLUDED:
        return TaxRate.EXCLUDED
    return Number(f"{line.tax_basis_points / 100:g}".replace(".", ","))


def _amount(amount_minor: int) -> Number:
    return Number(comma_text(amount_minor))


def _day(moment: datetime | None) -> str:
    return clock.day_of(moment).isoformat() if moment else ""
