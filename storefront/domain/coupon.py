"""Coupons: a rule that lowers a price, and its uses."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    CursorResult,
    ForeignKey,
    String,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, Minor, db
from storefront.domain.order import Order
from storefront.domain.persons import canonical_email
from storefront.domain.pricing import Discount
from storefront.enums import CouponKind, OrderStatus, PaymentStatus
from storefront.errors import CouponRejected

CODE_LETTERS = "ABCDEFGHIJKLMNÑOPQRSTUVWXYZ0123456789-_."
"""What a code is made of: what every keyboard in Colombia has, and what is the same however it is typed."""


class Coupon(Base):
    """One code; `value` is whole percent or minor units, `used_count` counts held and final uses.

    `version` grows with every change by staff, `terms` with those that change what a cart gets by it.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("max_uses IS NULL OR used_count <= max_uses", name="limit_kept"),
        CheckConstraint("used_count >= 0", name="uses_not_negative"),
        CheckConstraint(
            "kind = 'percent' AND value BETWEEN 1 AND 100 OR kind = 'fixed' AND value > 0"
            " OR kind = 'free_shipping' AND value >= 0",
            name="value_in_range",
        ),
        CheckConstraint("cap_minor > 0", name="cap_positive"),
        CheckConstraint("minimum_minor >= 0", name="minimum_not_negative"),
        CheckConstraint("max_uses >= 0", name="limit_not_negative"),
        CheckConstraint("max_uses_per_customer > 0", name="limit_per_customer_positive"),
        CheckConstraint("starts_at < ends_at", name="starts_before_end"),
        CheckConstraint(f"code <> '' AND ltrim(code, '{CODE_LETTERS}') = ''", name="code_written"),
        CheckConstraint(
            "(kind <> 'fixed' OR value / 100 * 100 = value) AND minimum_minor / 100 * 100 = minimum_minor"
            " AND (cap_minor IS NULL OR cap_minor / 100 * 100 = cap_minor)",
            name="amounts_whole_pesos",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[CouponKind]
    value: Mapped[Minor] = mapped_column(default=0)
    cap_minor: Mapped[Minor | None]
    minimum_minor: Mapped[Minor] = mapped_column(default=0)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    max_uses_per_customer: Mapped[int | None]
    is_first_order_only: Mapped[bool] = mapped_column(default=False)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    used_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    terms: Mapped[int] = mapped_column(default=1, server_default="1")

    @property
    def discount(self) -> Discount:
        """Return what the coupon grants, as the type that pricing takes."""
        return Discount(code=self.code, kind=self.kind, value=self.value, cap_minor=self.cap_minor)

    def covers(self, product_id: str, categories: Sequence[str]) -> bool:
        """Return whether the coupon is for this product, which stands in these categories; without lists always."""
        if not self.categories and not self.products:
            return True
        return product_id in self.products or any(slug in self.categories for slug in categories)


class CouponUse(Base):
    """A use, held with its order and given back when the order is cancelled; `person` is whose it is."""

    __tablename__ = "coupon_uses"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    person: Mapped[str] = mapped_column(String(254), index=True, server_default="")
    returned_at: Mapped[datetime | None]


def normalise_code(code: str) -> str:
    """Return a code as the shop compares it: trimmed, in capitals."""
    return code.strip().upper()


def find(code: str) -> Coupon | None:
    """Return the coupon of a code, in whatever case it was typed."""
    return db.session.scalar(select(Coupon).where(Coupon.code == normalise_code(code)))


def check(
    coupon: Coupon | None,
    goods: Sequence[tuple[str, Sequence[str], int]],
    email: str | None,
    now: datetime,
    *,
    is_guest: bool = True,
) -> Coupon:
    """Return the coupon if it can be used, or raise `CouponRejected` with the rule that refuses it.

    `goods` are (product id, slugs of its categories, line total in minor units). Using up nothing; the limits
    are only binding in `redeem`.
    """
    if coupon is None or not coupon.is_active:
        raise CouponRejected("coupon_invalid")
    if coupon.starts_at and now < coupon.starts_at:
        raise CouponRejected("coupon_not_started", starts_at=coupon.starts_at)
    if coupon.ends_at and now >= coupon.ends_at:
        raise CouponRejected("coupon_expired")
    if coupon.max_uses is not None and coupon.used_count >= coupon.max_uses:
        raise CouponRejected("coupon_exhausted")
    if not any(coupon.covers(product, categories) for product, categories, _ in goods):
        raise CouponRejected("coupon_not_applicable")
    subtotal = sum(total for _, _, total in goods)
    if subtotal < coupon.minimum_minor:
        missing = coupon.minimum_minor - subtotal
        raise CouponRejected("coupon_minimum_not_met", minimum_minor=coupon.minimum_minor, missing_minor=missing)
    if email:
        _check_customer(coupon, email, is_guest=is_guest)
    return coupon


def still_gives(coupon: Coupon, goods: Sequence[tuple[str, Sequence[str], int]], now: datetime) -> bool:
    """Return whether a coupon whose use is held already would still lower the price of these goods."""
    is_running = coupon.is_active and not (coupon.ends_at and now >= coupon.ends_at)
    is_enough = sum(total for _, _, total in goods) >= coupon.minimum_minor
    return is_running and is_enough and any(coupon.covers(product, categories) for product, categories, _ in goods)


def redeem(coupon: Coupon, order_id: int, email: str, *, is_guest: bool = True) -> None:
    """Use the coupon for an order, or raise `CouponRejected`.

    Anybody can type somebody's address, so what guests hold with it without paying counts for guests only. The
    guarded UPDATE also locks the coupon's row, so what is counted after it cannot change before the commit: the limit
    per customer holds under any concurrency too.
    """
    if not _take(coupon.id):
        raise CouponRejected("coupon_exhausted")
    columns = ("order_id", "coupon_id", "email", "person")
    buyer = (literal(email), literal(canonical_email(email)))
    use = select(literal(order_id), literal(coupon.id), *buyer).where(*_may_use(coupon, email, is_guest=is_guest))
    written = insert(CouponUse).from_select(columns, use, include_defaults=False).returning(CouponUse.order_id)
    if db.session.scalar(written) is None:
        raise CouponRejected("coupon_already_used")


def give_back(order_id: int, now: datetime) -> None:
    """Return an order's use of a coupon; a second time changes nothing."""
    returned = db.session.scalar(
        update(CouponUse)
        .where(CouponUse.order_id == order_id, CouponUse.returned_at.is_(None))
        .values(returned_at=now)
        .returning(CouponUse.coupon_id)
        .execution_options(synchronize_session=False)
    )
    if returned is not None:
        _put_back(returned)


def retake(order_id: int) -> None:
    """Count a returned use again, for an order that was paid after all.

    Where the coupon was used up meanwhile, by others or by this person, the use stays returned: the buyer
    paid the price that was promised, and the limit is not broken by us.
    """
    use = db.session.get(CouponUse, order_id)
    if use is None or use.returned_at is None or not _take(use.coupon_id):
        return
    coupon, order = db.session.get_one(Coupon, use.coupon_id), db.session.get_one(Order, order_id)
    conditions = _may_use(coupon, use.email, is_guest=order.customer_id is None, besides=order_id)
    if conditions and not db.session.scalar(select(and_(*conditions))):
        _put_back(use.coupon_id)
    else:
        use.returned_at = None


def names_category(slug: str) -> bool:
    """Return whether a coupon is for the goods of a category, so that the category has to stay."""
    return bool(_of_category(slug))


def move_category(old: str, new: str) -> None:
    """Let the coupons for a category follow it to its new address, inside the caller's transaction."""
    for coupon in _of_category(old):
        coupon.categories = [new if slug == old else slug for slug in coupon.categories]


def _of_category(slug: str) -> list[Coupon]:
    listed = sql_cast(Coupon.categories, String).contains(f'"{slug}"', autoescape=True)
    return [coupon for coupon in db.session.scalars(select(Coupon).where(listed)) if slug in coupon.categories]


def _take(coupon_id: int) -> bool:
    taken = db.session.execute(
        update(Coupon)
        .where(Coupon.id == coupon_id, or_(Coupon.max_uses.is_(None), Coupon.used_count < Coupon.max_uses))
        .values(used_count=Coupon.used_count + 1)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", taken).rowcount == 1


def _put_back(coupon_id: int) -> None:
    counted = update(Coupon).where(Coupon.id == coupon_id).values(used_count=Coupon.used_count - 1)
    db.session.execute(counted.execution_options(synchronize_session=False))


def _check_customer(coupon: Coupon, email: str, *, is_guest: bool) -> None:
    conditions = _may_use(coupon, email, is_guest=is_guest)
    if conditions and not db.session.scalar(select(and_(*conditions))):
        raise CouponRejected("coupon_already_used")


def _may_use(coupon: Coupon, email: str, *, is_guest: bool, besides: int | None = None) -> list[ColumnElement[bool]]:
    """Return what must hold for this person to use the coupon once more; nothing for a coupon without such limits.

    The order `besides` is none of those that it must be the first of.
    """
    if coupon.max_uses_per_customer is None and not coupon.is_first_order_only:
        return []
    person = canonical_email(email)
    limit = 1 if coupon.is_first_order_only else coupon.max_uses_per_customer
    conditions = [CouponUse.coupon_id == coupon.id, CouponUse.person == person, CouponUse.returned_at.is_(None)]
    used = select(func.count()).select_from(CouponUse)
    if not is_guest:
        used = used.join(Order, Order.id == CouponUse.order_id)
        conditions.append(or_(Order.customer_id.is_not(None), Order.paid_at.is_not(None)))
    found = [used.where(*conditions).scalar_subquery() < (limit or 1)]
    if coupon.is_first_order_only:
        was_undone = and_(Order.status == OrderStatus.CANCELLED, Order.payment_status == PaymentStatus.REFUNDED)
        other = (Order.person == person, Order.paid_at.is_not(None), Order.id.is_distinct_from(besides))
        found.append(~exists().where(*other, ~was_undone))
    return found
