"""The list of coupons, and the orders that used one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, not_, select

from storefront import clock
from storefront.database import db
from storefront.domain.coupon import Coupon, CouponUse
from storefront.domain.order import Order
from storefront.enums import CouponStatus
from storefront.services.catalogue.browsing import Page

_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff look for; empty fields do not filter."""

    text: str = ""
    status: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A coupon in the list."""

    coupon: Coupon
    status: CouponStatus


@dataclass(frozen=True, slots=True)
class Use:
    """An order that used a coupon; `returned_at` is when the use was given back."""

    number: str
    email: str
    placed_at: datetime
    discount_minor: int
    total_minor: int
    is_paid: bool
    returned_at: datetime | None


def status_of(coupon: Coupon, now: datetime) -> CouponStatus:
    """Return whether a coupon can be used, or why not; the first reason in the order of the members counts."""
    if not coupon.is_active:
        return CouponStatus.OFF
    if coupon.ends_at and now >= coupon.ends_at:
        return CouponStatus.EXPIRED
    if coupon.max_uses is not None and coupon.used_count >= coupon.max_uses:
        return CouponStatus.USED_UP
    return CouponStatus.SCHEDULED if coupon.starts_at and now < coupon.starts_at else CouponStatus.ACTIVE


def find(wanted: Wanted) -> Page[Row]:
    """Return one page of the coupons that match, the newest first, in two statements."""
    now = clock.now()
    conditions = _conditions(wanted, now)
    total = db.session.scalar(select(func.count()).select_from(Coupon).where(*conditions)) or 0
    statement = select(Coupon).where(*conditions).order_by(Coupon.id.desc())
    rows = db.session.scalars(statement.limit(_LIMIT).offset((wanted.page - 1) * _LIMIT))
    return Page([Row(coupon, status_of(coupon, now)) for coupon in rows], wanted.page, _LIMIT, total)


def uses(coupon_id: int, page: int = 1) -> Page[Use]:
    """Return one page of the orders that used a coupon, the newest first."""
    total = db.session.scalar(select(func.count()).where(CouponUse.coupon_id == coupon_id)) or 0
    statement = select(Order, CouponUse.returned_at).join(CouponUse, CouponUse.order_id == Order.id)
    statement = statement.where(CouponUse.coupon_id == coupon_id).order_by(Order.id.desc())
    rows = db.session.execute(statement.limit(_LIMIT).offset((page - 1) * _LIMIT)).unique().all()
    return Page([_use(order, returned_at) for order, returned_at in rows], page, _LIMIT, total)


def _use(order: Order, returned_at: datetime | None) -> Use:
    return Use(
        number=order.number,
        email=order.email,
        placed_at=order.placed_at,
        discount_minor=order.discount_minor,
        total_minor=order.total_minor,
        is_paid=order.is_paid,
        returned_at=returned_at,
    )


def _conditions(wanted: Wanted, now: datetime) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        found.append(Coupon.code.contains(wanted.text.upper(), autoescape=True))
    if wanted.status:
        found.append(_has_status(wanted.status, now))
    return found


def _has_status(status: str, now: datetime) -> ColumnElement[bool]:
    """Return the condition of a status, in the order of `status_of`; an unknown one is nobody's."""
    is_expired = func.coalesce(Coupon.ends_at <= now, false())
    is_used_up = func.coalesce(Coupon.used_count >= Coupon.max_uses, false())
    is_scheduled = func.coalesce(Coupon.starts_at > now, false())
    is_on = Coupon.is_active.is_(True)
    lives = and_(is_on, not_(is_expired), not_(is_used_up))
    conditions: dict[str, ColumnElement[bool]] = {
        CouponStatus.OFF: Coupon.is_active.is_(False),
        CouponStatus.EXPIRED: and_(is_on, is_expired),
        CouponStatus.USED_UP: and_(is_on, not_(is_expired), is_used_up),
        CouponStatus.SCHEDULED: and_(lives, is_scheduled),
        CouponStatus.ACTIVE: and_(lives, not_(is_scheduled)),
    }
    return conditions.get(status, false())
