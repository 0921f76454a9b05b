"""The daily mail about what fell to its low-stock mark since the last one."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import contains_eager

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain import outbox
from storefront.domain.catalogue import Variant
from storefront.domain.low_stock import LowStockNotice
from storefront.domain.outbox import OutboxMail
from storefront.services.stock import listing
from storefront.settings import settings

TOLD_AT_ONCE = 500
"""Variants in one mail; those beyond are told the next day."""

FIRST_HOUR = 7
"""In Colombia; the mail is there when the warehouse opens."""

_LANGUAGE = "es"
_WRITTEN_OUT = 100


def tell() -> int:
    """Forget what was filled up again, and write a mail about what fell to its mark; return how much was done.

    There is one mail a day at most, from `FIRST_HOUR` on, and none where the warehouse has no address.
    """
    recipient, now = settings().WAREHOUSE_EMAIL, clock.now()
    with transaction():
        done = _forget()
        if recipient and now.astimezone(clock.BOGOTA).hour >= FIRST_HOUR and not _is_told_today(now):
            done += _tell(recipient, now)
    return done


def _key(now: datetime) -> str:
    return f"low_stock:{clock.day_of(now).isoformat()}"


def _is_told_today(now: datetime) -> bool:
    return db.session.scalar(select(OutboxMail.id).where(OutboxMail.key == _key(now))) is not None


def _forget() -> int:
    """Delete the notices of variants that do not run low any more."""
    low = listing.goods().with_only_columns(Variant.id).where(listing.is_low(), LowStockNotice.variant_id == Variant.id)
    return rows_changed(delete(LowStockNotice).where(~low.correlate(LowStockNotice).exists()))


def _tell(recipient: str, now: datetime) -> int:
    untold = listing.goods().where(listing.is_low(), Variant.id.not_in(select(LowStockNotice.variant_id)))
    some = untold.order_by(Variant.sku).limit(TOLD_AT_ONCE)
    found = db.session.scalars(some.options(contains_eager(Variant.product), contains_eager(Variant.stock)))
    variants = found.unique().all()
    if not variants:
        return 0
    is_first = outbox.enqueue(
        _key(now),
        "low_stock",
        recipient=recipient,
        language=_LANGUAGE,
        now=now,
        items=[_item(variant) for variant in variants[:_WRITTEN_OUT]],
        more=max(0, len(variants) - _WRITTEN_OUT),
        stock_url=f"{settings().BASE_URL}/staff/stock?show={listing.LOW}",
    )
    if not is_first:  # another worker has written today's mail at this moment, with its own notices
        return 0
    db.session.execute(insert(LowStockNotice), [{"variant_id": variant.id, "told_at": now} for variant in variants])
    return len(variants)


def _item(variant: Variant) -> dict[str, object]:
    return {
        "sku": variant.sku,
        "name": variant.name_in(_LANGUAGE),
        "available": variant.stock.available if variant.stock else 0,
        "mark": variant.low_stock_at,
    }
