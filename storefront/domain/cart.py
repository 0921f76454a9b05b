"""Carts: the variants that somebody means to buy, kept until they are bought."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from storefront.database import Base, Minor, db, insert_once
from storefront.domain.catalogue import Variant
from storefront.domain.coupon import Coupon
from storefront.enums import Method
from storefront.ids import digest

SAME_CLICK = timedelta(seconds=30)
"""So long the same form of a page is the same click; a page that is shown again by going back is used later."""


class Cart(Base):
    """One cart per customer, or per guest's secret (its digest is `token`).

    `revision` grows with every change, so that one state of the cart makes one order. `coupon_terms` are those of the
    coupon that the shopper saw last.
    """

    __tablename__ = "carts"
    __table_args__ = (CheckConstraint("revision > 0", name="revision_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), unique=True)
    revision: Mapped[int] = mapped_column(default=1)
    coupon_code: Mapped[str | None] = mapped_column(String(40))
    coupon_terms: Mapped[int | None]
    email: Mapped[str | None] = mapped_column(String(254))
    shipping_method: Mapped[Method | None]
    address: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(index=True)

    lines: Mapped[list["CartLine"]] = relationship(order_by="CartLine.id", cascade="all, delete-orphan", lazy="joined")
    coupon: Mapped[Coupon | None] = relationship(
        primaryjoin=lambda: foreign(Cart.coupon_code) == Coupon.code, viewonly=True, lazy="joined"
    )


class CartLine(Base):
    """A cart line: variant and quantity; `seen_price_minor` is the price that the shopper saw last."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint("quantity BETWEEN 1 AND 100", name="quantity_in_range"),
        CheckConstraint("seen_price_minor >= 0", name="seen_price_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int]
    seen_price_minor: Mapped[Minor]

    variant: Mapped[Variant] = relationship(lazy="joined", innerjoin=True)


class CartSubmission(Base):
    """A form that changed a cart; `id` is a digest of cart and form token, so that a double click counts once."""

    __tablename__ = "cart_deeds"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    done_at: Mapped[datetime] = mapped_column(index=True)


def is_first(cart: Cart, submission: str, now: datetime) -> bool:
    """Return whether this form has not changed the cart a moment ago; inside the transaction that changes it.

    The row decides, not the cookie of the first response, because a second click does not wait for that.
    """
    db.session.flush()  # a cart that was just made has no id before
    values = {"id": digest(f"{cart.id}:{submission}"), "done_at": now}
    return insert_once(CartSubmission, values, unique="id", redo=CartSubmission.done_at <= now - SAME_CLICK)
