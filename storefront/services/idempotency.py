"""The same request twice is one request: claim a key, keep the answer, repeat it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain.idempotency import ABANDONED_AFTER, KEPT_FOR, IdempotencyRecord
from storefront.errors import IdempotencyConflict
from storefront.ids import digest, new_id


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work, or the answer that was given when it was done."""

    id: str
    owner: str
    status: int | None = None
    body: dict[str, Any] | None = None

    @property
    def is_replay(self) -> bool:
        """Return whether the work was done before."""
        return self.status is not None


def claim(scope: str, key: str, fingerprint: str) -> Claim:
    """Take a key for a request, or return its earlier answer.

    Raises `IdempotencyConflict` while the first request runs, and for the same key with another body.
    One INSERT decides, so that any number of workers agree.
    """
    now = clock.now()
    mine = Claim(digest(f"{scope}\n{key}"), new_id())
    values = {
        "id": mine.id,
        "fingerprint": fingerprint,
        "owner": mine.owner,
        "state": "running",
        "status": None,
        "body": None,
        "created_at": now,
    }
    row = IdempotencyRecord
    is_free = or_(
        row.created_at < now - KEPT_FOR,
        and_(row.state == "running", row.created_at < now - ABANDONED_AFTER, row.fingerprint == fingerprint),
        and_(row.state == "open", row.fingerprint == fingerprint),
    )
    with transaction():
        if insert_once(IdempotencyRecord, values, unique="id", redo=is_free):
            return mine
        return _earlier(mine, fingerprint)


def keep(mine: Claim, status: int, body: dict[str, Any]) -> None:
    """Remember the answer for a day."""
    _finish(mine, state="done", status=status, body=body)


def reopen(mine: Claim) -> None:
    """Let the same request be tried again: its outcome is not final."""
    _finish(mine, state="open")


def forget_old() -> int:
    """Delete the answers that are no longer repeated and return how many there were."""
    is_old = IdempotencyRecord.created_at < clock.now() - KEPT_FOR
    if db.session.scalar(select(IdempotencyRecord.id).where(is_old).limit(1)) is None:
        return 0
    with transaction():
        return len(db.session.execute(delete(IdempotencyRecord).where(is_old).returning(IdempotencyRecord.id)).all())


def _earlier(mine: Claim, fingerprint: str) -> Claim:
    record = db.session.scalar(select(IdempotencyRecord).where(IdempotencyRecord.id == mine.id))
    if record is None or record.fingerprint != fingerprint:
        raise IdempotencyConflict(reason="other_body" if record else "running")
    if record.state != "done":
        raise IdempotencyConflict(reason="running")
    return Claim(record.id, record.owner, record.status, record.body or {})


def _finish(mine: Claim, **values: Any) -> None:
    with transaction():
        db.session.execute(
            update(IdempotencyRecord)
            .where(IdempotencyRecord.id == mine.id, IdempotencyRecord.owner == mine.owner)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
