"""The audit of the staff's changes: `record` is called inside the transaction of the change; pages read `latest`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, literal, select, tuple_

from storefront import clock
from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.order import Order
from storefront.enums import AuditAction, AuditObject
from storefront.errors import NotPermitted
from storefront.observability import logs

Facts = Mapping[str, Any]
_SECRET = re.compile(
    r"(^|_)(passwords?|hash|secrets?|tokens?|refresh|keys?|links?|cards?|cookies?|totp|recovery_codes?)(_|$)"
)
"""Names of facts that no entry holds."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who changes something for the shop, on a page or by a command.

    `customer_id` is None for a name that was only noted. What they give back of one order's money stays within
    `refund_limit_minor`, if there is one.
    """

    name: str
    customer_id: str | None = None
    refund_limit_minor: int | None = None

    @property
    def cause(self) -> str:
        """Return what an order's history calls them."""
        return f"staff {self.name}"

    def require_within(self, amount_minor: int) -> None:
        """Raise `NotPermitted` for more of an order's money than they may give back."""
        if self.refund_limit_minor is not None and amount_minor > self.refund_limit_minor:
            raise NotPermitted(limit_minor=self.refund_limit_minor)


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one of many things, with the facts before and after."""

    action: AuditAction
    object_id: str
    before: Facts | None
    after: Facts | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are wanted; what is empty excludes none. Days are Colombia's, both included."""

    actor: str = ""
    action: AuditAction | None = None
    object_id: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """Some entries, newest first; `next` is where the older ones begin, None if there are none."""

    items: Sequence[AuditEntry]
    next: tuple[datetime, int] | None


def record(
    actor: Actor,
    action: AuditAction,
    object_type: AuditObject,
    object_id: str,
    *,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Write down a change inside the caller's transaction, with those facts that differ.

    Raises `ValueError` for a fact whose name says that it is a secret, and `RuntimeError` outside a transaction.
    """
    _require_transaction()
    db.session.add(AuditEntry(**_row(actor, object_type, Change(action, object_id, before, after))))


def record_all(actor: Actor, object_type: AuditObject, changes: Iterable[Change]) -> None:
    """Write down many changes in one statement, as `record` does one."""
    _require_transaction()
    if rows := [_row(actor, object_type, change) for change in changes]:
        db.session.execute(insert(AuditEntry), rows)


def _require_transaction() -> None:
    if not db.session.info.get("writing"):
        raise RuntimeError("an audit entry belongs to the transaction of its change")


def _row(actor: Actor, object_type: AuditObject, change: Change) -> dict[str, Any]:
    old, new = _plain(change.before or {}), _plain(change.after or {})
    unchanged = {name for name in old.keys() & new.keys() if old[name] == new[name]}
    return {
        "at": clock.now(),
        "actor_id": actor.customer_id,
        "actor_name": actor.name[:254],
        "request_id": logs.request_id.get(),
        "action": change.action,
        "object_type": object_type,
        "object_id": change.object_id[:255],
        "before": {name: fact for name, fact in old.items() if name not in unchanged} or None,
        "after": {name: fact for name, fact in new.items() if name not in unchanged} or None,
    }


def record_order(actor: Actor, action: AuditAction, order: Order, before: Facts, **details: Any) -> None:
    """Write down a change of an order, which was `before`, inside the caller's transaction; see `state_of`."""
    record(actor, action, AuditObject.ORDER, order.number, before=before, after={**state_of(order), **details})


def state_of(order: Order) -> Facts:
    """Return what an entry says of an order before and after each change."""
    return {"status": order.status, "payment_status": order.payment_status}


def latest(filters: Filters, *, after: tuple[datetime, int] | None = None, limit: int = 50) -> Entries:
    """Return the newest entries, or those older than `after`, in one statement whose cost does not grow."""
    conditions = list(_matching(filters))
    if after is not None:
        place = tuple_(literal(after[0], AuditEntry.at.type), literal(after[1]))
        conditions.append(tuple_(AuditEntry.at, AuditEntry.id) < place)
    statement = select(AuditEntry).where(*conditions).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    found = db.session.scalars(statement.limit(limit + 1)).all()
    items = found[:limit]
    return Entries(items, (items[-1].at, items[-1].id) if len(found) > limit else None)


def _matching(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.actor:
        conditions.append(AuditEntry.actor_name == filters.actor)
    if filters.action is not None:
        conditions.append(AuditEntry.action == filters.action)
    if filters.object_id:
        conditions.append(AuditEntry.object_id == filters.object_id)
    if filters.first_day is not None:
        conditions.append(AuditEntry.at >= clock.beginning_of(filters.first_day))
    if filters.last_day is not None:
        conditions.append(AuditEntry.at < clock.beginning_of(filters.last_day) + timedelta(days=1))
    return conditions


def _plain(facts: Facts) -> dict[str, Any]:
    """Return facts as JSON holds them; raise `ValueError` for a secret, however deep."""
    for name in facts:
        if _SECRET.search(name):
            raise ValueError(f"an audit entry holds no {name}")
    return {name: _plain_value(fact) for name, fact in facts.items()}


def _plain_value(fact: Any) -> Any:
    if isinstance(fact, Mapping):
        return _plain(fact)
    if isinstance(fact, (list, tuple)):
        return [_plain_value(one) for one in fact]
    return fact.isoformat() if isinstance(fact, date) else fact
