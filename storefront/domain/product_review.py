"""Reviews of products by their buyers, and the mails that ask for them.

The functions here run inside the caller's transaction. Whoever changes which reviews are approved locks the product
first (`lock_product`) and recounts last (`recount`), so that two changes at once both count.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db
from storefront.domain.catalogue import Product
from storefront.domain.order import Order, OrderLine
from storefront.enums import PAID_STATUSES, OrderStatus, ProductKind, ProductReviewStatus
from storefront.ids import new_id

MAX_TITLE, MAX_TEXT = 120, 2000
MAX_REASON, MAX_ANSWER = 300, 1000


class ProductReview(Base):
    """What a buyer says of one bought line: stars from 1 to 5 and a text; shoppers see it when it is approved.

    It belongs to whom the order belongs. `author` is the name that shoppers see: the first name and an initial.
    `reason` says why it was refused, `answer` is the shop's. `version` grows whenever its author changes it, so that
    staff decide about what they read.
    """

    __tablename__ = "product_reviews"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_in_range"),
        CheckConstraint("text <> ''", name="text_given"),
        CheckConstraint("language IN ('es', 'en')", name="language_known"),
        CheckConstraint("status <> 'refused' OR reason <> ''", name="refusal_has_reason"),
        CheckConstraint("version > 0", name="version_positive"),
        Index("ix_product_reviews_product", "product_id", "status", "created_at", "id"),
        Index("ix_product_reviews_status", "status", "changed_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), unique=True)
    stars: Mapped[int]
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(70))
    language: Mapped[str] = mapped_column(String(2))
    status: Mapped[ProductReviewStatus] = mapped_column(default=ProductReviewStatus.PENDING)
    reason: Mapped[str] = mapped_column(String(MAX_REASON), default="")
    answer: Mapped[str] = mapped_column(String(MAX_ANSWER), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def is_approved(self) -> bool:
        """Return whether shoppers see it."""
        return self.status == ProductReviewStatus.APPROVED


class ReviewRequest(Base):
    """An order whose buyer will be asked for reviews; the row goes when that is done."""

    __tablename__ = "review_requests"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)


class ReviewMailStop(Base):
    """A mailbox that wants no mails that ask for reviews; `person` as with orders."""

    __tablename__ = "review_mail_stops"

    person: Mapped[str] = mapped_column(String(254), primary_key=True)
    stopped_at: Mapped[datetime]


def shown_name(first_name: str, last_name: str) -> str:
    """Return the name that shoppers see, such as `Ana G.`; empty where the buyer gave none."""
    first, last = first_name.split(), last_name.split()
    return " ".join([*first[:1], *(f"{word[0]}." for word in last[:1])])[:70]


def is_reviewable(order: Order, line: OrderLine) -> bool:
    """Return whether its buyer may review a line: it was delivered, or it needs no delivery and is paid."""
    if line.product_id is None or order.payment_status not in PAID_STATUSES:
        return False
    return line.kind != ProductKind.PHYSICAL or order.status == OrderStatus.DELIVERED


def lock_product(product_id: str) -> None:
    """Lock a product's row until the commit, for whom approves or takes back reviews; carts and orders go on."""
    db.session.execute(select(Product.id).where(Product.id == product_id).with_for_update(key_share=True))


def recount(*product_ids: str) -> None:
    """Set what lists show of products to their approved reviews."""
    statement = update(Product).where(Product.id.in_(product_ids))
    statement = statement.values(review_count=expected_count(), review_stars=expected_stars())
    db.session.flush()
    db.session.execute(statement.execution_options(synchronize_session=False))


def expected_count() -> ColumnElement[int]:
    """Return the number of a product's approved reviews."""
    return select(func.count()).where(*_approved()).correlate(Product).scalar_subquery()


def expected_stars() -> ColumnElement[int]:
    """Return the stars of a product's approved reviews."""
    stars = select(func.coalesce(func.sum(ProductReview.stars), 0)).where(*_approved())
    return stars.correlate(Product).scalar_subquery()


def _approved() -> tuple[ColumnElement[bool], ...]:
    return ProductReview.product_id == Product.id, ProductReview.status == ProductReviewStatus.APPROVED


def forget(order_ids: list[int], person: str | None) -> None:
    """Delete what a person wrote of these orders, and what would ask for more."""
    of_orders = select(ProductReview.product_id).where(ProductReview.order_id.in_(order_ids)).distinct()
    product_ids = db.session.scalars(of_orders.order_by(ProductReview.product_id)).all()
    if product_ids:
        locked = select(Product.id).where(Product.id.in_(product_ids)).order_by(Product.id)
        db.session.execute(locked.with_for_update(key_share=True))
    for table in (ProductReview, ReviewRequest):
        _do_delete(table, table.order_id.in_(order_ids))
    _do_delete(ReviewMailStop, ReviewMailStop.person == person)
    recount(*product_ids)


def _do_delete(table: type[Base], condition: ColumnElement[bool]) -> None:
    db.session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
