"""Downloads: files of products, the entitlements to download them, and each download that was begun."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from storefront.database import Base, db, rows_changed
from storefront.domain.catalogue import Product
from storefront.domain.order import Order, OrderLine
from storefront.enums import DownloadState, EntitlementSource, EntitlementState, FileFormat, ProductKind
from storefront.errors import DownloadOver
from storefront.ids import new_id

_CODES = {
    EntitlementState.REVOKED: "download_revoked",
    EntitlementState.EXPIRED: "download_expired",
    EntitlementState.USED_UP: "download_limit_reached",
}


class ContentFile(Base):
    """One file of a digital product; `storage_key` names it in the private store and is never a person's input."""

    __tablename__ = "content_files"
    __table_args__ = (
        UniqueConstraint("product_id", "file_name"),
        CheckConstraint("size_bytes >= 0", name="size_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    format: Mapped[FileFormat]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str] = mapped_column(String(200), unique=True)


class Entitlement(Base):
    """The right that one bought line gives to one file.

    Whose it is follows from its order, so that a guest's files come along when an account adopts the
    order. `downloads_left` counts down when a download begins; `reason` says why it was revoked.
    `loose_bytes` came over in downloads that broke and cost nothing; a file's worth of them is a download.
    """

    __tablename__ = "entitlements"
    __table_args__ = (
        UniqueConstraint("order_line_id", "file_id"),
        CheckConstraint("downloads_left >= 0", name="downloads_not_negative"),
        CheckConstraint("loose_bytes >= 0", name="loose_bytes_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    file_id: Mapped[str] = mapped_column(ForeignKey("content_files.id"), index=True)
    source: Mapped[EntitlementSource] = mapped_column(default=EntitlementSource.ORDER)
    downloads_left: Mapped[int]
    loose_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]

    file: Mapped[ContentFile] = relationship(lazy="raise")

    def standing(self, now: datetime) -> EntitlementState:
        """Return `ready`, or why nothing can be downloaded: `revoked`, `expired` or `used_up`."""
        if self.revoked_at is not None:
            return EntitlementState.REVOKED
        if self.expires_at <= now:
            return EntitlementState.EXPIRED
        return EntitlementState.READY if self.downloads_left > 0 else EntitlementState.USED_UP

    def require(self, *standings: EntitlementState, now: datetime) -> None:
        """Raise `DownloadOver` with the reason unless its state is one of these."""
        standing = self.standing(now)
        if standing not in standings:
            raise DownloadOver(_CODES[standing])


class Download(Base):
    """One use of an entitlement, claimed under a link.

    States: `open` (bytes flow, or a part came and the rest may be fetched), `done` (the last byte left),
    `returned` (it broke, and the use was given back). `streams` counts the transfers under way, `promised_bytes`
    what they will send, `sent_bytes` what all of them sent.
    """

    __tablename__ = "downloads"
    __table_args__ = (
        Index("ix_downloads_open", "state", "link_expires_at"),
        CheckConstraint("size_bytes >= 0 AND promised_bytes >= 0 AND sent_bytes >= 0", name="bytes_not_negative"),
        CheckConstraint("streams >= 0", name="streams_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    entitlement_id: Mapped[str] = mapped_column(ForeignKey("entitlements.id"), index=True)
    link: Mapped[str] = mapped_column(String(26), index=True)
    state: Mapped[DownloadState] = mapped_column(default=DownloadState.OPEN)
    streams: Mapped[int] = mapped_column(default=1)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    promised_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    sent_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    started_at: Mapped[datetime]
    link_expires_at: Mapped[datetime]


def grant(order: Order, lines: Iterable[OrderLine], now: datetime) -> list[Entitlement]:
    """Give each bought digital line its files and return what is new; a second time gives nothing.

    Every unit of a line that was not given back counts its product's downloads. An order without digital lines costs
    no statement.
    """
    bought = (line for line in lines if line.kind == ProductKind.DIGITAL and line.refunded < line.quantity)
    digital = [line.id for line in bought]
    if not digital:
        return []
    has_it = (Entitlement.order_line_id == OrderLine.id) & (Entitlement.file_id == ContentFile.id)
    rows = db.session.execute(
        select(OrderLine, ContentFile, Product.download_limit, Product.download_days)
        .join(ContentFile, ContentFile.product_id == OrderLine.product_id)
        .join(Product, Product.id == ContentFile.product_id)
        .outerjoin(Entitlement, has_it)
        .where(OrderLine.id.in_(digital), Entitlement.id.is_(None))
        .order_by(OrderLine.id, ContentFile.file_name)
    )
    granted = [
        Entitlement(
            order_id=order.id,
            order_line_id=line.id,
            file=file,
            downloads_left=limit * (line.quantity - line.refunded),
            expires_at=now + timedelta(days=days),
            created_at=now,
        )
        for line, file, limit, days in rows
    ]
    db.session.add_all(granted)
    return granted


def renew(order: Order, now: datetime) -> list[Entitlement]:
    """Give the bought rights of an order that were not revoked their full downloads and time again; return them."""
    rows = db.session.execute(
        select(Entitlement, OrderLine.quantity - OrderLine.refunded, Product.download_limit, Product.download_days)
        .join(OrderLine, OrderLine.id == Entitlement.order_line_id)
        .join(Entitlement.file)
        .join(Product, Product.id == ContentFile.product_id)
        .where(
            Entitlement.order_id == order.id,
            Entitlement.source == EntitlementSource.ORDER,
            Entitlement.revoked_at.is_(None),
        )
        .options(contains_eager(Entitlement.file))
        .order_by(OrderLine.id, ContentFile.file_name)
    )
    renewed = []
    for entitlement, quantity, limit, days in rows:
        entitlement.downloads_left = limit * quantity
        entitlement.expires_at = now + timedelta(days=days)
        renewed.append(entitlement)
    return renewed


def revoke(order: Order, now: datetime, *, reason: str, lines: Sequence[OrderLine] | None = None) -> None:
    """End the rights of some lines, or of the whole order; what was revoked before keeps its reason.

    What came with a plan is not the order's: it is open as long as the plan is.
    """
    conditions = [
        Entitlement.order_id == order.id,
        Entitlement.source == EntitlementSource.ORDER,
        Entitlement.revoked_at.is_(None),
    ]
    if lines is not None:
        digital = [line.id for line in lines if line.kind == ProductKind.DIGITAL]
        if not digital:
            return
        conditions.append(Entitlement.order_line_id.in_(digital))
    _set(conditions, revoked_at=now, reason=reason)


def restore(order: Order, lines: Iterable[OrderLine], *, reasons: Collection[str]) -> None:
    """Open lines of which a unit is the buyer's after all: a refund failed; `reasons` are the order's refunds."""
    digital = [line.id for line in lines if line.kind == ProductKind.DIGITAL and line.refunded < line.quantity]
    if digital:
        conditions = (Entitlement.order_id == order.id, Entitlement.order_line_id.in_(digital))
        _set([*conditions, Entitlement.reason.in_(reasons)], revoked_at=None, reason="")


def take_share(returned: Iterable[tuple[OrderLine, int]]) -> dict[str, int]:
    """Take the share that units which go back have in the downloads left of their lines; return what was taken of each.

    Of two copies one takes half, rounded for the buyer. The lines count the units as given back already.
    """
    units = {
        line.id: (n, line.quantity - line.refunded + n)
        for line, n in returned
        if line.kind == ProductKind.DIGITAL and n
    }
    if not units:
        return {}
    conditions = (
        Entitlement.order_line_id.in_(units),
        Entitlement.source == EntitlementSource.ORDER,
        Entitlement.revoked_at.is_(None),
    )
    taken = {}
    for right in _locked(*conditions):
        n, of = units[right.order_line_id]
        taken[right.id] = right.downloads_left * n // of
        right.downloads_left -= taken[right.id]
    return taken


def give_share(taken: Mapping[str, int]) -> None:
    """Give back what units took that were not given back after all."""
    for right in _locked(Entitlement.id.in_(taken)) if taken else ():
        right.downloads_left += taken[right.id]


def take_use(entitlement_id: str, now: datetime) -> bool:
    """Take one use if there is one; the guarded UPDATE is the lock, so the last use goes to exactly one."""
    is_open = (Entitlement.revoked_at.is_(None), Entitlement.expires_at > now, Entitlement.downloads_left > 0)
    return _set([Entitlement.id == entitlement_id, *is_open], downloads_left=Entitlement.downloads_left - 1) == 1


def _locked(*conditions: ColumnElement[bool]) -> Sequence[Entitlement]:
    """Return rights that no download counts down meanwhile."""
    statement = select(Entitlement).where(*conditions).order_by(Entitlement.id).with_for_update()
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _set(conditions: Sequence[ColumnElement[bool]], **values: object) -> int:
    return rows_changed(update(Entitlement).where(*conditions).values(**values))
