"""The tariff as rows: a base price a method, and a surcharge with business days a method and zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, Minor, db
from storefront.domain.shipping.rates import FREE_STANDARD_FROM_MINOR, Rate, ShippingOption, offers
from storefront.enums import Method, Zone


class ShippingMethod(Base):
    """A way of delivery; `free_from_minor` is the subtotal of goods that ship which makes it free."""

    __tablename__ = "shipping_methods"
    __table_args__ = (
        CheckConstraint("base_minor >= 0", name="base_not_negative"),
        CheckConstraint("free_from_minor >= 0", name="free_from_not_negative"),
    )

    code: Mapped[Method] = mapped_column(primary_key=True)
    base_minor: Mapped[Minor]
    free_from_minor: Mapped[Minor | None]


class ShippingRate(Base):
    """What a zone adds to a method, and how many business days it takes; no row, no service."""

    __tablename__ = "shipping_rates"
    __table_args__ = (
        CheckConstraint("surcharge_minor >= 0", name="surcharge_not_negative"),
        CheckConstraint("min_days >= 0 AND min_days <= max_days AND max_days <= 365", name="days_in_order"),
    )

    method: Mapped[Method] = mapped_column(ForeignKey("shipping_methods.code"), primary_key=True)
    zone: Mapped[Zone] = mapped_column(primary_key=True)
    surcharge_minor: Mapped[Minor]
    min_days: Mapped[int]
    max_days: Mapped[int]


_ALL = select(
    ShippingRate.method,
    ShippingRate.zone,
    ShippingRate.surcharge_minor,
    ShippingRate.min_days,
    ShippingRate.max_days,
    ShippingMethod.base_minor,
    ShippingMethod.free_from_minor,
).join(ShippingMethod, ShippingRate.method == ShippingMethod.code)


@dataclass(frozen=True, slots=True)
class Tariff:
    """All rows of the tariff, read at once."""

    rates: tuple[Rate, ...]
    bases: Mapping[Method, int]
    free_standard_from_minor: int

    def offers(
        self, zone: Zone | None, subtotal_minor: int, ordered_at: datetime, cut_off_hour: int
    ) -> list[ShippingOption]:
        """Return an offer for every method, for goods that ship of this subtotal before the coupon."""
        free_from = self.free_standard_from_minor
        return offers(self.rates, self.bases, zone, subtotal_minor, ordered_at, cut_off_hour, free_from)


def load_tariff() -> Tariff:
    """Read the tariff in one statement."""
    rows = db.session.connection().execute(_ALL).all()  # plain rows, without the ORM
    free = {row.free_from_minor for row in rows if row.method == Method.STANDARD}
    return Tariff(
        rates=tuple(Rate(row.method, row.zone, row.surcharge_minor, row.min_days, row.max_days) for row in rows),
        bases={row.method: row.base_minor for row in rows},
        free_standard_from_minor=next((value for value in free if value is not None), FREE_STANDARD_FROM_MINOR),
    )
