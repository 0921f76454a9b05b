"""Idempotency of requests: claim a key, keep the response, repeat it."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain.idempotency import ABANDONED_AFTER, KEPT_FOR, RENEWED_EVERY, IdempotencyRecord
from storefront.enums import IdempotencyState
from storefront.errors import IdempotencyConflict
from storefront.ids import digest, new_id


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work, or with a status the answer that was given when it was done."""

    id: str
    owner: str
    status: int | None = None
    body: dict[str, Any] | None = None


def claim(scope: str, key: str, fingerprint: str, customer_id: str | None = None) -> Claim:
    """Take a key for a request, or return its earlier answer; `customer_id` is the signed-in customer, if any.

    Raises `IdempotencyConflict` while the first request runs, with `retry_after` in seconds, and for the same key
    with another body. One INSERT decides, so that any number of workers agree. A claim lasts for
    `ABANDONED_AFTER` and has to be renewed while the request runs.
    """
    now = clock.now()
    new_claim = Claim(digest(f"{scope}\n{key}"), new_id())
    values = {
        "id": new_claim.id,
        "fingerprint": fingerprint,
        "owner": new_claim.owner,
        "state": IdempotencyState.RUNNING,
        "status": None,
        "body": None,
        "created_at": now,
        "renewed_at": now,
        "customer_id": customer_id,
    }
    row = IdempotencyRecord
    is_abandoned = func.coalesce(row.renewed_at, row.created_at) < now - ABANDONED_AFTER
    # No answer of ours begins with a five; until migration 0010 such were kept.
    is_open = or_(
        row.state == IdempotencyState.OPEN, row.status >= 500, and_(row.state == IdempotencyState.RUNNING, is_abandoned)
    )
    is_free = or_(row.created_at < now - KEPT_FOR, and_(is_open, row.fingerprint == fingerprint))
    with transaction():
        if insert_once(IdempotencyRecord, values, unique="id", redo=is_free):
            return new_claim
        return _earlier(new_claim, fingerprint)


def renew(owners: Collection[str]) -> None:
    """Renew the claims of requests that still run, by their owners."""
    is_held = and_(IdempotencyRecord.owner.in_(owners), IdempotencyRecord.state == IdempotencyState.RUNNING)
    with transaction():
        db.session.execute(
            update(IdempotencyRecord)
            .where(is_held)
            .values(renewed_at=clock.now())
            .execution_options(synchronize_session=False)
        )


def keep(held_claim: Claim, status: int, body: dict[str, Any], customer_id: str | None = None) -> None:
    """Remember the answer for a day, or until the customer whose answer it is has another password."""
    _finish(held_claim, state=IdempotencyState.DONE, status=status, body=body, customer_id=customer_id)


def reopen(held_claim: Claim) -> None:
    """Let the same request be tried again: its outcome is not final."""
    _finish(held_claim, state=IdempotencyState.OPEN)


def forget_old() -> int:
    """Delete the answers that are no longer repeated and return how many there were."""
    is_old = IdempotencyRecord.created_at < clock.now() - KEPT_FOR
    if db.session.scalar(select(IdempotencyRecord.id).where(is_old).limit(1)) is None:
        return 0
    with transaction():
        return len(db.session.execute(delete(IdempotencyRecord).where(is_old).returning(IdempotencyRecord.id)).all())


def _earlier(held_claim: Claim, fingerprint: str) -> Claim:
    record = db.session.scalar(select(IdempotencyRecord).where(IdempotencyRecord.id == held_claim.id))
    if record is None:
        raise IdempotencyConflict(reason="running", retry_after=1)
    if record.fingerprint != fingerprint:
        raise IdempotencyConflict(reason="other_body")
    if record.state != IdempotencyState.DONE:
        ends_at = (record.renewed_at or record.created_at) + ABANDONED_AFTER
        wait = max(1, math.ceil((ends_at - clock.now()).total_seconds()))
        raise IdempotencyConflict(reason="running", retry_after=wait)
    return Claim(record.id, record.owner, record.status, record.body or {})


def _finish(held_claim: Claim, **values: Any) -> None:
    with transaction():
        db.session.execute(
            update(IdempotencyRecord)
            .where(IdempotencyRecord.id == held_claim.id, IdempotencyRecord.owner == held_claim.owner)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


__all__ = ["RENEWED_EVERY", "Claim", "claim", "forget_old", "keep", "renew", "reopen"]
