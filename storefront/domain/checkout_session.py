"""Checkout sessions, our tries to collect an order's money: their table, and every query that looks for them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Select, String, Text, bindparam, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, UtcDateTime, db
from storefront.domain.order import Order
from storefront.enums import CheckoutSessionState, OrderStatus
from storefront.ids import new_id


class CheckoutSession(Base):
    """One Checkout Session of Stripe, a hosted payment page, for an order.

    `request` holds the exact parameters, so that the same key is always sent with the same body.
    States: `asked` (sent or about to be, answer unknown), `open`, `paid`, `closed`, `refused`. `checked_at` is
    when the provider was last asked about it by the reconciliation.
    """

    __tablename__ = "payment_attempts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[CheckoutSessionState] = mapped_column(default=CheckoutSessionState.ASKED, index=True)
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    @property
    def key(self) -> str:
        """Return the idempotency key: it belongs to the checkout session, not to the order."""
        return f"attempt:{self.id}"


_IS_OPEN = CheckoutSession.state.in_((CheckoutSessionState.ASKED, CheckoutSessionState.OPEN))


def sessions_of(order_id: int) -> Sequence[CheckoutSession]:
    """Return every session of an order, oldest first."""
    statement = select(CheckoutSession).where(CheckoutSession.order_id == order_id)
    return db.session.scalars(statement.order_by(CheckoutSession.created_at)).all()


def open_sessions_of(order_id: int) -> Sequence[CheckoutSession]:
    """Return the sessions by which an order can still be paid, as far as we know."""
    return db.session.scalars(select(CheckoutSession).where(CheckoutSession.order_id == order_id, _IS_OPEN)).all()


def has_open_session(order_id: int) -> bool:
    """Return whether the order can still be paid by some session, as far as we know."""
    statement = select(CheckoutSession.id).where(CheckoutSession.order_id == order_id, _IS_OPEN)
    return db.session.scalar(statement.limit(1)) is not None


def find_latest_session(order_id: int) -> CheckoutSession | None:
    """Return the newest session of an order."""
    return _newest(order_id)


def find_open_session(order_id: int, *, ends_after: datetime) -> CheckoutSession | None:
    """Return the newest session by which an order can be paid until some time at least."""
    return _newest(order_id, _IS_OPEN, CheckoutSession.expires_at > ends_after)


def find_asked_session(order_id: int, *, since: datetime) -> CheckoutSession | None:
    """Return the newest session that was asked for since some time and has no answer yet."""
    is_asked = CheckoutSession.state == CheckoutSessionState.ASKED
    return _newest(order_id, is_asked, CheckoutSession.created_at > since)


def find_with_order(session_id: str) -> tuple[Order, CheckoutSession] | None:
    """Return a session by the provider's id, with its order, both as they are in the database now."""
    row = db.session.execute(
        select(Order, CheckoutSession)
        .join(CheckoutSession, CheckoutSession.order_id == Order.id)
        .where(CheckoutSession.session_id == session_id)
        .execution_options(populate_existing=True)
    ).first()
    return (row[0], row[1]) if row else None


def select_unanswered_orders(before: datetime) -> Select[int]:
    """Return what selects the orders with a session that was asked for before some time and never answered."""
    return select(CheckoutSession.order_id).where(*_unanswered(before))


def list_unanswered_sessions(before: datetime) -> Sequence[CheckoutSession]:
    """Return the sessions of pending orders that were asked for before some time and never answered."""
    statement = select(CheckoutSession).where(*_unanswered(before))
    return db.session.scalars(statement.join(Order).where(Order.status == OrderStatus.PENDING)).all()


def select_payable_orders(at: datetime) -> Select[int]:
    """Return what selects the orders with an open session that was there at some time."""
    is_open = CheckoutSession.state == CheckoutSessionState.OPEN
    return select(CheckoutSession.order_id).where(is_open, CheckoutSession.created_at <= at)


def sessions_to_check(checked_before: datetime, limit: int | None) -> Sequence[tuple[str, int, str | None]]:
    """Return id, order and provider's id of open sessions, those first that were not asked about for longest."""
    last_check = func.coalesce(CheckoutSession.checked_at, CheckoutSession.created_at)
    statement = (
        select(CheckoutSession.id, CheckoutSession.order_id, CheckoutSession.session_id)
        .join(Order, Order.id == CheckoutSession.order_id)
        .where(
            CheckoutSession.state == CheckoutSessionState.OPEN,
            Order.status == OrderStatus.PENDING,
            Order.review_reason.is_(None),
        )
        .where(last_check <= checked_before)
        .order_by(last_check, CheckoutSession.id)
    )
    return db.session.execute(statement.limit(limit)).all()


def mark_checked(row_id: str, now: datetime) -> None:
    """Note that the provider is asked about a session; inside a transaction."""
    db.session.execute(update(CheckoutSession).where(CheckoutSession.id == row_id).values(checked_at=now))


def mark_open(row_id: str, session_id: str, url: str | None, expires_at: datetime | None) -> CheckoutSession | None:
    """Note the page that the provider opened for a session, and return the session unless another call was faster."""
    values = {"row_id": row_id, "session": session_id, "page_url": url, "end": expires_at}
    return db.session.scalar(_OPENED, values)


def mark_refused(row_id: str) -> CheckoutSession | None:
    """Note that there is no page for a session, and return the session unless another call was faster."""
    return db.session.scalar(_REFUSED, {"row_id": row_id})


def finish_session(session_id: str, state: CheckoutSessionState) -> None:
    """Note how a page ended, inside a transaction; one that was paid stays paid."""
    db.session.flush()
    db.session.connection().execute(_FINISH, {"session": session_id, "end": state})


def select_orders_of_sessions(session_ids: Iterable[str], columns: Iterable[Any]) -> Select[Any]:
    """Return what selects some sessions by the provider's ids, with columns of their orders."""
    return _with_orders(columns).where(CheckoutSession.session_id.in_(tuple(session_ids)))


def select_orders_of_hosted_sessions(columns: Iterable[Any]) -> Select[Any]:
    """Return what selects all sessions that the provider opened, with columns of their orders."""
    return _with_orders(columns).where(CheckoutSession.session_id.like("cs_%"))


def _with_orders(columns: Iterable[Any]) -> Select[Any]:
    return select(CheckoutSession.session_id, *columns).join(Order, Order.id == CheckoutSession.order_id)


def _newest(order_id: int, *conditions: ColumnElement[bool]) -> CheckoutSession | None:
    statement = select(CheckoutSession).where(CheckoutSession.order_id == order_id, *conditions)
    return db.session.scalar(statement.order_by(CheckoutSession.id.desc()).limit(1))


def _unanswered(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return CheckoutSession.state == CheckoutSessionState.ASKED, CheckoutSession.created_at < before


# A session leaves `asked` once, and is returned to the call that changed it; another call may have been faster.
_ASKED = (
    update(CheckoutSession)
    .where(CheckoutSession.id == bindparam("row_id"), CheckoutSession.state == CheckoutSessionState.ASKED)
    .returning(CheckoutSession)
    .execution_options(synchronize_session=False, populate_existing=True)
)
_OPENED = _ASKED.values(
    state=CheckoutSessionState.OPEN,
    session_id=bindparam("session"),
    url=bindparam("page_url"),
    expires_at=func.coalesce(bindparam("end", type_=UtcDateTime), CheckoutSession.expires_at),
)
_REFUSED = _ASKED.values(state=CheckoutSessionState.REFUSED)
_FINISH = (
    update(CheckoutSession)
    .where(CheckoutSession.session_id == bindparam("session"), CheckoutSession.state != CheckoutSessionState.PAID)
    .values(state=bindparam("end"))
)
