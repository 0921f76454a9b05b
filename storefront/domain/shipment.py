"""How an order leaves: one shipment that says how far it is, and the parcels that carry its units."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.database import Base
from storefront.enums import ShipmentState

MESSENGER = "messenger"
"""The shop's own messenger: a carrier whose parcels need no tracking number."""


class Shipment(Base):
    """The shipment of a paid order, from `to_prepare` to `delivered` or `collected`.

    It is `shipped` with its first parcel, and `is_partial` while units are left that no parcel carries; carrier and
    tracking number are those of the newest parcel.
    `asked_at` is when its buyer was asked whether it arrived, because no delivery was recorded by the promised day.
    """

    __tablename__ = "shipments"
    __table_args__ = (Index("ix_shipments_state", "state", "order_id"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    state: Mapped[ShipmentState] = mapped_column(default=ShipmentState.TO_PREPARE)
    is_partial: Mapped[bool] = mapped_column(default=False, server_default=false())
    carrier: Mapped[str | None] = mapped_column(String(20))
    tracking_number: Mapped[str | None] = mapped_column("guide", String(60))
    tracking_url: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]


class Parcel(Base):
    """One parcel of an order, numbered from 1: who carries it, how it is followed, and which units are inside."""

    __tablename__ = "parcels"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    sequence: Mapped[int]
    carrier: Mapped[str] = mapped_column(String(20))
    tracking_number: Mapped[str | None] = mapped_column(String(60))
    tracking_url: Mapped[str | None] = mapped_column(String(300))
    sent_at: Mapped[datetime]

    lines: Mapped[list["ParcelLine"]] = relationship(order_by="ParcelLine.order_line_id", lazy="selectin")

    @property
    def label(self) -> dict[str, str | None]:
        """Return what is written on it, as plain values for mails."""
        names = ("carrier", "tracking_number", "tracking_url")
        return {name: getattr(self, name) for name in names}


class ParcelLine(Base):
    """Units of a bought line in a parcel."""

    __tablename__ = "parcel_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcels.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    quantity: Mapped[int]


def units_left(bought: Mapping[int, int], back: Mapping[int, int], parcels: Iterable[Parcel]) -> dict[int, int]:
    """Return by line the units that no parcel carries yet and that nobody gave back, where there are any.

    `bought` are the units of goods by line, `back` those that are refunded or in stock again.
    """
    sent = units_sent(parcels)
    left = {line_id: quantity - back.get(line_id, 0) - sent[line_id] for line_id, quantity in bought.items()}
    return {line_id: n for line_id, n in left.items() if n > 0}


def units_sent(parcels: Iterable[Parcel]) -> Counter[int]:
    """Return by line the units that are in parcels."""
    units = Counter[int]()
    for parcel in parcels:
        units.update({inside.order_line_id: inside.quantity for inside in parcel.lines})
    return units
