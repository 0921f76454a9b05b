"""Who may not buy for a time: an e-mail, a phone or a network that staff blocked, with the reason and the last day.

A block that is over blocks nobody, whether its row is still there or not.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address

from sqlalchemy import CheckConstraint, ColumnElement, String, UniqueConstraint, and_, exists, or_
from sqlalchemy.orm import Mapped, mapped_column

from storefront import clock
from storefront.database import Base
from storefront.enums import BlockKind

MAX_REASON = 300


class Block(Base):
    """A block; `value` is what staff read, and what is compared lies between `first_key` and `last_key`.

    The keys of an e-mail are its mailbox (`canonical_email`), those of a phone its number in E.164, and those of a
    network its first and last address (`address_key`).
    """

    __tablename__ = "blocks"
    __table_args__ = (
        UniqueConstraint("kind", "first_key", "last_key"),
        CheckConstraint("first_key <> '' AND first_key <= last_key", name="keys_in_order"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BlockKind]
    value: Mapped[str] = mapped_column(String(254))
    first_key: Mapped[str] = mapped_column(String(254))
    last_key: Mapped[str] = mapped_column(String(254))
    reason: Mapped[str] = mapped_column(String(MAX_REASON))
    author: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


def last_day_of(ends_at: datetime) -> date:
    """Return the last day, in Colombia, of a block that ends at a moment, which is the midnight after it."""
    return clock.day_of(ends_at - timedelta(seconds=1))


@lru_cache(256)
def address_key(address: str | None) -> str | None:
    """Return an IP address as a text that sorts as addresses do, None for what is none.

    The answers are kept, because one visitor asks several times.
    """
    try:
        known = ip_address(address or "")
    except ValueError:
        return None
    return f"{known.version}{known.packed.hex()}"


def is_blocked(
    person: ColumnElement[str],
    phones: Sequence[ColumnElement[str]],
    address: ColumnElement[str],
    now: ColumnElement[datetime],
) -> ColumnElement[bool]:
    """Return the condition that a buyer is blocked now, by mailbox, a phone in E.164, or the key of the address."""
    between = and_(Block.first_key <= address, Block.last_key >= address)
    concerns = or_(
        and_(Block.kind == BlockKind.EMAIL, Block.first_key == person),
        *(and_(Block.kind == BlockKind.PHONE, Block.first_key == phone) for phone in phones),
        and_(Block.kind == BlockKind.NETWORK, between),
    )
    return exists().where(Block.ends_at > now, concerns)
