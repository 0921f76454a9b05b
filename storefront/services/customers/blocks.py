"""Blocks: who may not begin a checkout until a day, by e-mail, phone or network, and why.

The checkout asks for them in the statement that counts what a buyer holds (`services/checkout/holds.py`), so that a
block counts from the next click. One that is over blocks nobody; its row is forgotten later.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select

from storefront import clock
from storefront.database import db, insert_once, rows_changed, transaction
from storefront.domain.block import MAX_REASON, Block, address_key, last_day_of
from storefront.domain.persons import canonical_email
from storefront.domain.shipping import e164
from storefront.enums import AuditAction, AuditObject, BlockKind
from storefront.errors import InvalidInput, NotFound
from storefront.services import audit
from storefront.services.accounts.email_addresses import check_email
from storefront.services.audit import Actor

LONGEST = timedelta(days=731)
"""A block that should last longer is looked at again."""

KEPT = timedelta(days=30)
"""How long the list shows a block that is over."""

_WIDEST = {4: 16, 6: 32}
_NARROWEST = {4: 32, 6: 64}
"""By IP version: a wider network is a whole provider's; of IPv6 the shop knows a household's network, no device's."""

MOST = 500


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block in the list; `last_day` is the last one on which it counts."""

    block: Block
    last_day: date
    is_over: bool


def list_all() -> list[BlockRow]:
    """Return the blocks, those that count first, then the ones that ended last."""
    rows = db.session.scalars(select(Block).order_by(Block.ends_at.desc(), Block.id.desc()).limit(MOST)).all()
    return [_row(block) for block in rows]


def list_of(person: str, phones: Collection[str], addresses: Collection[str]) -> list[BlockRow]:
    """Return the blocks that count for somebody, by mailbox, phones in E.164 and addresses of networks."""
    keys = [key for key in map(address_key, addresses) if key]
    ways: list[ColumnElement[bool]] = [
        and_(Block.kind == BlockKind.EMAIL, Block.first_key == person),
        and_(Block.kind == BlockKind.PHONE, Block.first_key.in_(phones)),
        *(and_(Block.kind == BlockKind.NETWORK, Block.first_key <= key, Block.last_key >= key) for key in keys),
    ]
    counting = select(Block).where(Block.ends_at > clock.now(), or_(*ways)).order_by(Block.id)
    return [_row(block) for block in db.session.scalars(counting)]


def _row(block: Block) -> BlockRow:
    return BlockRow(block, last_day_of(block.ends_at), block.ends_at <= clock.now())


def add(kind: BlockKind | None, value: str, reason: str, last_day: date | None, *, staff: Actor) -> None:
    """Block an e-mail, a phone or a network until the end of a day; raise `InvalidInput`."""
    now = clock.now()
    problems, meaning = _read(kind, value)
    if not reason or len(reason) > MAX_REASON:
        problems["block_reason"] = "too_long" if reason else "required"
    if last_day is None or not clock.day_of(now) <= last_day <= clock.day_of(now) + LONGEST:
        problems["last_day"] = "required" if last_day is None else "out_of_range"
    if problems or meaning is None or kind is None or last_day is None:
        raise InvalidInput(problems)
    shown, first_key, last_key = meaning
    ends_at = clock.beginning_of(last_day + timedelta(days=1))
    own = (Block.kind == kind, Block.first_key == first_key, Block.last_key == last_key)
    row: dict[str, Any] = {"kind": kind, "value": shown, "first_key": first_key, "last_key": last_key}
    row |= {"reason": reason, "author": staff.name, "created_at": now, "ends_at": ends_at}
    with transaction():
        rows_changed(delete(Block).where(*own, Block.ends_at <= now))
        if not insert_once(Block, row, unique=("kind", "first_key", "last_key")):
            raise InvalidInput({"block_value": "blocked_already"})
        block_id = db.session.scalars(select(Block.id).where(*own)).one()
        after = {"block": kind, "last_day": last_day.isoformat()}
        audit.record(staff, AuditAction.CREATED, AuditObject.CUSTOMER, f"block {block_id}", after=after)


def end(block_id: int, *, staff: Actor) -> None:
    """End a block at once; raise `NotFound` for one that is not there or is over."""
    with transaction():
        block = db.session.get(Block, block_id, with_for_update=True)
        if block is None or block.ends_at <= clock.now():
            raise NotFound(block_id=block_id)
        before = {"block": block.kind, "last_day": last_day_of(block.ends_at).isoformat()}
        db.session.delete(block)
        audit.record(staff, AuditAction.REMOVED, AuditObject.CUSTOMER, f"block {block_id}", before=before)


def forget() -> int:
    """Forget blocks that ended long ago, and return how many."""
    with transaction():
        return rows_changed(delete(Block).where(Block.ends_at < clock.now() - KEPT))


def _read(kind: BlockKind | None, value: str) -> tuple[dict[str, str], tuple[str, str, str] | None]:
    """Return what is wrong with a value, or how it is shown and between which keys it lies."""
    if kind is None:
        return {"block_kind": "required"}, None
    if not value:
        return {"block_value": f"required_{kind}"}, None
    if kind == BlockKind.EMAIL:
        try:
            email = check_email(value)
        except InvalidInput:
            return {"block_value": "invalid_email"}, None
        return {}, (email, canonical_email(email), canonical_email(email))
    if kind == BlockKind.PHONE:
        phone = e164(value)
        return ({}, (phone, phone, phone)) if phone else ({"block_value": "invalid_phone"}, None)
    return _read_network(value)


def _read_network(value: str) -> tuple[dict[str, str], tuple[str, str, str] | None]:
    address, _, bits = value.partition("/")
    try:
        alone = ip_network(address.strip(), strict=True)
        most = _NARROWEST[alone.version]
        network = ip_network(f"{alone.network_address}/{bits.strip() or most}", strict=False)
    except ValueError:
        return {"block_value": "invalid_network"}, None
    if not _WIDEST[network.version] <= network.prefixlen <= _NARROWEST[network.version]:
        return {"block_value": "wrong_size"}, None
    return {}, (str(network), address_key(str(network[0])) or "", address_key(str(network[-1])) or "")
