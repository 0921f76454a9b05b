"""The files that come with a plan: open while it runs, one entitlement for each file and plan."""

from datetime import datetime

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db
from storefront.domain.catalogue import Product
from storefront.domain.download import ContentFile, Entitlement
from storefront.domain.order import OrderLine
from storefront.enums import EntitlementSource


class PlanContent(Base):
    """A digital product whose files come with a plan."""

    __tablename__ = "plan_contents"

    plan_id: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)


def open_until(line: OrderLine, until: datetime, now: datetime) -> None:
    """Open a plan's files until a moment; a later one than before is a new period with its downloads.

    `line` is the plan's line in the order that began it; every period uses the rights that hang on it.
    """
    known = {right.file_id: right for right in _rights(line)}
    included = db.session.execute(
        select(ContentFile.id, Product.download_limit)
        .join(Product, Product.id == ContentFile.product_id)
        .join(PlanContent, PlanContent.product_id == Product.id)
        .where(PlanContent.plan_id == line.product_id)
    ).all()
    for file_id, limit in included:
        right = known.get(file_id)
        if right is None:
            db.session.add(_right(line, file_id, limit, until, now))
        elif until > right.expires_at:
            right.expires_at, right.downloads_left, right.revoked_at, right.reason = until, limit, None, ""
        else:
            right.expires_at = until


def end(order_id: int, plan_id: str, now: datetime) -> None:
    """End the rights of the plan that an order began."""
    bought = select(OrderLine.id).where(OrderLine.order_id == order_id, OrderLine.product_id == plan_id)
    conditions = (Entitlement.order_line_id.in_(bought), Entitlement.expires_at > now)
    values = {"expires_at": now}
    db.session.execute(
        update(Entitlement).where(*conditions).values(values).execution_options(synchronize_session=False)
    )


def _rights(line: OrderLine) -> list[Entitlement]:
    statement = select(Entitlement).where(Entitlement.order_line_id == line.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def _right(line: OrderLine, file_id: str, limit: int, until: datetime, now: datetime) -> Entitlement:
    return Entitlement(
        order_id=line.order_id,
        order_line_id=line.id,
        file_id=file_id,
        source=EntitlementSource.SUBSCRIPTION,
        downloads_left=limit,
        expires_at=until,
        created_at=now,
    )
