"""Stock: units on hand, units reserved, and the ledger of movements that proves both."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Insert,
    Integer,
    Row,
    Select,
    String,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db
from storefront.enums import StockReason
from storefront.errors import OutOfStock


class Stock(Base):
    """The units of one variant of a physical product: `available = on_hand - reserved`, never below zero."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("on_hand >= reserved", name="never_oversold"),
        CheckConstraint("initial >= 0", name="initial_not_negative"),
    )

    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    initial: Mapped[int]
    on_hand: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)

    @property
    def available(self) -> int:
        """Return the units that are not reserved."""
        return self.on_hand - self.reserved


class StockHold(Base):
    """Units reserved for an unpaid order; the row is deleted when they are sold or released."""

    __tablename__ = "stock_holds"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True, index=True)
    quantity: Mapped[int]


class StockMovement(Base):
    """One line of the ledger: `initial + sum(on_hand_delta) = on_hand`, `sum(reserved_delta) = reserved`.

    `actor` is who of the staff moved units, with a `note`; both are empty for what an order moved.
    """

    __tablename__ = "stock_movements"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    reason: Mapped[StockReason]
    on_hand_delta: Mapped[int] = mapped_column(default=0)
    reserved_delta: Mapped[int] = mapped_column(default=0)
    actor: Mapped[str] = mapped_column(String(254), default="", server_default="")
    note: Mapped[str] = mapped_column(String(300), default="", server_default="")
    at: Mapped[datetime]


def reserve(order_id: int, wanted: Mapping[str, int], now: datetime) -> None:
    """Reserve units for an order, all variants or none.

    The guarded UPDATE is the lock: it waits for a concurrent transaction and then sees what that left. It comes last,
    so that a variant that everybody wants is locked for one statement and the commit. Variants go in the
    order of their ids, so that two carts never wait for each other. Raises `OutOfStock`, and then the
    caller's transaction or savepoint has to end.
    """
    if not wanted:
        return
    amounts = dict(sorted(wanted.items()))
    db.session.flush()  # everything else is written before the stock's rows are locked
    _write_holds(order_id, amounts, now)
    if _change(_RESERVE, amounts) != len(amounts):
        raise OutOfStock(shortages=shortages(amounts, order_id))


def sell(order_id: int, now: datetime) -> dict[str, int]:
    """Turn an order's hold into a sale and return the units sold; an order without a hold sells nothing."""
    held = _take_holds(StockReason.SALE, order_id, now, on_hand=-1)
    if held:
        _change(_SELL, held)
    return held


def release(order_id: int, now: datetime) -> dict[str, int]:
    """Release an order's hold and return the units."""
    held = _take_holds(StockReason.RELEASE, order_id, now)
    if held:
        _change(_RELEASE, held)
    return held


def restock(order_id: int, units: Mapping[str, int], now: datetime) -> None:
    """Put sold units back into stock; the caller guards that no unit comes back twice."""
    amounts = {key: n for key, n in sorted(units.items()) if n}
    if amounts:
        _record(StockReason.RESTOCK, order_id, amounts, now, on_hand=1)
        _change(_RESTOCK, amounts)


def is_sold(order_id: int) -> bool:
    """Return whether an order took units out of the stock, as the ledger says."""
    sales = (StockMovement.order_id == order_id, StockMovement.reason == StockReason.SALE)
    return db.session.scalar(select(StockMovement.id).where(*sales).limit(1)) is not None


def shortages(wanted: Mapping[str, int], order_id: int | None = None) -> list[tuple[str, int, int]]:
    """Return (variant id, units wanted, units available) for what cannot be had now.

    What `order_id` itself holds counts as available: where one variant is short, the others were just promised to it.
    """
    held = select(func.coalesce(func.sum(StockHold.quantity), 0)).where(StockHold.variant_id == Stock.variant_id)
    by_others = held.where(StockHold.order_id.is_distinct_from(order_id)).scalar_subquery()
    rows = db.session.execute(select(Stock.variant_id, Stock.on_hand - by_others).where(Stock.variant_id.in_(wanted)))
    available: dict[str, int] = {row[0]: row[1] for row in rows}
    return [(key, n, available.get(key, 0)) for key, n in wanted.items() if available.get(key, 0) < n]


def _write_holds(order_id: int, amounts: Mapping[str, int], now: datetime) -> None:
    """Write an order's holds, with a line of the ledger for each; one statement if it can be."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        rows = [{"order_id": order_id, "variant_id": key, "quantity": n} for key, n in amounts.items()]
        connection.execute(insert(StockHold), rows)
        _record(StockReason.HOLD, order_id, amounts, now, reserved=1)
    else:
        rows = [{"order": order_id, "variant": key, "n": n, "at": now} for key, n in amounts.items()]
        connection.execute(_HOLD_IN_WRITING, rows)


def _hold_in_writing() -> Insert:
    of_hold: dict[str, Any] = {
        "order_id": bindparam("order"),
        "variant_id": bindparam("variant"),
        "quantity": bindparam("n"),
    }
    held = insert(StockHold).values(of_hold).returning(StockHold.variant_id, StockHold.order_id, StockHold.quantity)
    new = held.cte("held")
    columns = ("variant_id", "order_id", "reason", "on_hand_delta", "reserved_delta", "at")
    moved = (literal(StockReason.HOLD, StockMovement.reason.type), literal(0), new.c.quantity)
    at = bindparam("at", type_=StockMovement.__table__.c["at"].type)
    values = select(new.c.variant_id, new.c.order_id, *moved, at)
    return insert(StockMovement).from_select(columns, values, include_defaults=False)


def _take_holds(reason: StockReason, order_id: int, now: datetime, *, on_hand: int = 0) -> dict[str, int]:
    """End an order's holds, with a line of the ledger for each, and return the units; one statement if it can be."""
    db.session.flush()
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        held = _sorted(connection.execute(_END_HOLDS, {"order": order_id}))
        if held:
            _record(reason, order_id, held, now, on_hand=on_hand, reserved=-1)
        return held
    values = {"order": order_id, "reason": reason, "sign": on_hand, "at": now}
    return _sorted(connection.execute(_END_HOLDS_IN_WRITING, values))


def _sorted(rows: Iterable[Row[Any]]) -> dict[str, int]:
    return dict(sorted((row.variant_id, row.quantity) for row in rows))


def _end_holds_in_writing() -> Select[tuple[str, int]]:
    ended = _END_HOLDS.cte("ended")
    parameters = (bindparam("order", type_=Integer), bindparam("reason", type_=StockMovement.reason.type))
    moved = (ended.c.quantity * bindparam("sign", type_=Integer), -ended.c.quantity)
    columns = ("variant_id", "order_id", "reason", "on_hand_delta", "reserved_delta", "at")
    values = select(
        ended.c.variant_id, *parameters, *moved, bindparam("at", type_=StockMovement.__table__.c["at"].type)
    )
    written = insert(StockMovement).from_select(columns, values, include_defaults=False).cte("written")
    return select(ended.c.variant_id, ended.c.quantity).add_cte(written)


# Written once: putting a statement together costs as much as sending it.
_OF_ONE = update(Stock).where(Stock.variant_id == bindparam("key"))
_RESERVE = _OF_ONE.where(Stock.on_hand - Stock.reserved >= bindparam("n")).values(
    reserved=Stock.reserved + bindparam("n")
)
_RELEASE = _OF_ONE.values(reserved=Stock.reserved - bindparam("n"))
_SELL = _OF_ONE.values(on_hand=Stock.on_hand - bindparam("n"), reserved=Stock.reserved - bindparam("n"))
_RESTOCK = _OF_ONE.values(on_hand=Stock.on_hand + bindparam("n"))
_END_HOLDS = (
    delete(StockHold)
    .where(StockHold.order_id == bindparam("order"))
    .returning(StockHold.variant_id, StockHold.quantity)
)
_HOLD_IN_WRITING = _hold_in_writing()
_END_HOLDS_IN_WRITING = _end_holds_in_writing()


def _change(statement: Update, amounts: Mapping[str, int]) -> int:
    rows = [{"key": key, "n": n} for key, n in amounts.items()]
    result = db.session.connection().execute(statement, rows)
    return cast("CursorResult[object]", result).rowcount


def _record(
    reason: StockReason,
    order_id: int,
    amounts: Mapping[str, int],
    now: datetime,
    *,
    on_hand: int = 0,
    reserved: int = 0,
) -> None:
    rows = [
        {
            "variant_id": key,
            "order_id": order_id,
            "reason": reason,
            "on_hand_delta": on_hand * n,
            "reserved_delta": reserved * n,
            "at": now,
        }
        for key, n in amounts.items()
    ]
    db.session.connection().execute(insert(StockMovement), rows)
