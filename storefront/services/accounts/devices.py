"""The browsers and phones in which a customer is signed in, and their end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain.customer import Login
from storefront.enums import Channel
from storefront.errors import NotFound
from storefront.services.accounts.passwords import revoke

STAFF_LIFE = timedelta(hours=12)
STAFF_IDLE = timedelta(minutes=60)
"""When the login of somebody who works here ends in a browser: after it began, and after it was last seen."""

MOST = 100
"""How many are listed, those seen last first."""

SEEN_EVERY = timedelta(hours=1)
STAFF_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a browser was last seen: not every page writes. Idle staff are signed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A signed-in device; `is_current` marks the one of this request.

    `ends_at` is when it is signed out by itself, and `idle_until` when that happens earlier unless it is used: the
    browsers of people who work here.
    """

    device_id: str
    is_app: bool
    browser: str
    system: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_current: bool
    ends_at: datetime
    idle_until: datetime | None


def list_for(customer_id: str, *, current: str, is_staff: bool = False) -> list[Device]:
    """Return where a customer is signed in, the asking one first, then those seen last.

    A browser of the staff that was idle too long is signed out already, and is none.
    """
    seen = func.coalesce(Login.last_seen_at, Login.created_at)
    statement = select(Login).where(*_standing(customer_id))
    rows = db.session.scalars(statement.order_by((Login.id == current).desc(), seen.desc()).limit(MOST))
    now = clock.now()
    found = [_device(row, current, is_staff=is_staff and row.channel == Channel.WEB) for row in rows]
    return [device for device in found if (device.idle_until or device.ends_at) > now]


def _device(row: Login, current: str, *, is_staff: bool) -> Device:
    last_seen_at = row.last_seen_at or row.created_at
    ends_at = min(row.expires_at, row.created_at + STAFF_LIFE) if is_staff else row.expires_at
    return Device(
        device_id=row.id,
        is_app=row.channel == Channel.API,
        browser=row.browser or "",
        system=row.system or "",
        signed_in_at=row.created_at,
        last_seen_at=last_seen_at,
        is_current=row.id == current,
        ends_at=ends_at,
        idle_until=min(ends_at, last_seen_at + STAFF_IDLE) if is_staff else None,
    )


def end(customer_id: str, device_id: str) -> None:
    """Sign one of the customer's devices out, or raise `NotFound`."""
    with transaction():
        if not _end(Login.id == device_id, *_standing(customer_id)):
            raise NotFound(device_id=device_id)


def end_others(customer_id: str, *, current: str) -> int:
    """Sign every other device out and return how many there were."""
    with transaction():
        return _end(Login.id != current, *_standing(customer_id))


def end_all(customer_id: str) -> None:
    """Sign every device out, the asking one too."""
    with transaction():
        revoke(Login.customer_id == customer_id)


def is_seen_long_ago(last_seen_at: datetime, *, is_staff: bool = False) -> bool:
    """Return whether it is time to note that a device was seen."""
    return last_seen_at < clock.now() - _period(is_staff)


def note_seen(login_id: str, *, is_staff: bool = False) -> None:
    """Note that a device was seen; of many requests at once one writes."""
    now = clock.now()
    is_old = func.coalesce(Login.last_seen_at, Login.created_at) < now - _period(is_staff)
    statement = update(Login).where(Login.id == login_id, is_old).values(last_seen_at=now)
    with transaction():
        db.session.execute(statement.execution_options(synchronize_session=False))


def _period(is_staff: bool) -> timedelta:
    return STAFF_SEEN_EVERY if is_staff else SEEN_EVERY


def _standing(customer_id: str) -> tuple[Any, ...]:
    return Login.customer_id == customer_id, Login.revoked_at.is_(None), Login.expires_at > clock.now()


def _end(*conditions: Any) -> int:
    return rows_changed(update(Login).where(*conditions).values(revoked_at=clock.now()))
