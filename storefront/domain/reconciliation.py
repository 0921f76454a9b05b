"""Up to which of the payment provider's events the shop has read."""

from datetime import datetime

from sqlalchemy import CheckConstraint, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db, insert_once

ONLY_ROW = 1


class Reconciliation(Base):
    """The one row that all workers share.

    Every event of the provider's list up to `events_until`, by the provider's clock, was read. `next_round_at` keeps
    two machines from doing the same work; nothing is wrong where they do. `finished_at` is the last round after which
    nothing was left.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    events_until: Mapped[datetime]
    next_round_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


def find() -> Reconciliation | None:
    """Return the row as it is now, None before the first round."""
    statement = select(Reconciliation).execution_options(populate_existing=True)
    return db.session.scalar(statement.where(Reconciliation.id == ONLY_ROW))


def begin(events_until: datetime, now: datetime) -> None:
    """Write the row unless it is there; inside a transaction."""
    values = {"id": ONLY_ROW, "events_until": events_until, "next_round_at": now}
    insert_once(Reconciliation, values, unique="id")


def claim(now: datetime, next_round_at: datetime) -> bool:
    """Take the round that is due, and return whether nobody else did; inside a transaction.

    A time further ahead than one interval was written by a clock that was wrong, and counts as due.
    """
    is_due = or_(Reconciliation.next_round_at <= now, Reconciliation.next_round_at > next_round_at)
    statement = update(Reconciliation).where(Reconciliation.id == ONLY_ROW, is_due)
    claimed = statement.values(next_round_at=next_round_at).returning(Reconciliation.id)
    return db.session.scalar(claimed.execution_options(synchronize_session=False)) is not None


def advance(events_until: datetime) -> None:
    """Note that the events up to a time were read; inside a transaction."""
    statement = update(Reconciliation).where(Reconciliation.events_until < events_until)
    db.session.execute(
        statement.values(events_until=events_until).execution_options(synchronize_session=False),
    )


def finish(now: datetime, *, is_complete: bool) -> None:
    """Note the end of a round; one that left something is followed at once by the next. Inside a transaction."""
    values = {"finished_at": now} if is_complete else {"next_round_at": now}
    db.session.execute(update(Reconciliation).values(values).execution_options(synchronize_session=False))
