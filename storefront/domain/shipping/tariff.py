"""The tariff as rows: a base price a method, a surcharge with business days a method and zone, and who carries."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, bindparam, select, true
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, Minor, db
from storefront.domain.shipping.rates import Rate, Tariff
from storefront.enums import Method, Zone


class ShippingMethod(Base):
    """A way of delivery; `free_from_minor` is the subtotal of goods that ship which makes it free, None for none.

    Nobody is offered what is not active. Without a `name` it is called what the shop calls it.
    """

    __tablename__ = "shipping_methods"
    __table_args__ = (
        CheckConstraint("base_minor >= 0", name="base_not_negative"),
        CheckConstraint("free_from_minor >= 0", name="free_from_not_negative"),
        CheckConstraint(
            "base_minor / 100 * 100 = base_minor"
            " AND (free_from_minor IS NULL OR free_from_minor / 100 * 100 = free_from_minor)",
            name="amounts_whole_pesos",
        ),
    )

    code: Mapped[Method] = mapped_column(primary_key=True)
    base_minor: Mapped[Minor]
    free_from_minor: Mapped[Minor | None]
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    name: Mapped[str] = mapped_column(String(60), default="", server_default="")
    name_en: Mapped[str] = mapped_column(String(60), default="", server_default="")


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


class DeliverySettings(Base):
    """What holds for all of delivery, in its only row; what is empty is as the environment says.

    From `cut_off_hour` on an order counts as placed on the next business day. `version` grows with every change of it,
    of methods and of rates.
    """

    __tablename__ = "delivery_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_row"),
        CheckConstraint("cut_off_hour BETWEEN 0 AND 24", name="cut_off_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cut_off_hour: Mapped[int | None]
    pickup_address: Mapped[str] = mapped_column(String(160), default="", server_default="")
    pickup_hours: Mapped[str] = mapped_column(String(120), default="", server_default="")
    pickup_hours_en: Mapped[str] = mapped_column(String(120), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class MunicipalityZone(Base):
    """A municipality that the shop serves in another zone than the table of municipalities says."""

    __tablename__ = "municipality_zones"
    __table_args__ = (CheckConstraint("length(code) = 5", name="code_written"),)

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    zone: Mapped[Zone]


class Carrier(Base):
    """Who carries parcels; `{tracking_number}` in the template of the tracking link stands for the number."""

    __tablename__ = "carriers"
    __table_args__ = (
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint(
            "code <> '' AND ltrim(code, 'abcdefghijklmnopqrstuvwxyz0123456789-') = ''", name="code_written"
        ),
        CheckConstraint(
            "tracking_template = '' OR substr(tracking_template, 1, 8) = 'https://'"
            " AND replace(tracking_template, '{tracking_number}', '') <> tracking_template",
            name="template_usable",
        ),
    )

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    tracking_template: Mapped[str] = mapped_column(String(240), default="", server_default="")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


_CUT_OFF_HOUR = select(DeliverySettings.cut_off_hour).scalar_subquery()
_PLACE_ZONE = select(MunicipalityZone.zone).where(MunicipalityZone.code == bindparam("place")).scalar_subquery()
ZONE_COLUMNS = (ShippingRate.zone, ShippingRate.surcharge_minor, ShippingRate.min_days, ShippingRate.max_days)
METHOD_COLUMNS = (
    ShippingMethod.base_minor,
    ShippingMethod.free_from_minor,
    ShippingMethod.is_active,
    _CUT_OFF_HOUR,
)
_ALL = (
    select(ShippingMethod.code, *ZONE_COLUMNS, *METHOD_COLUMNS, _PLACE_ZONE)
    .select_from(ShippingMethod)
    .outerjoin(ShippingRate, ShippingRate.method == ShippingMethod.code)
)


def load_tariff(place: str = "") -> Tariff:
    """Read the tariff in one statement, with the zone of a place if the shop moved it; `place` is its DANE code."""
    return tariff_of(db.session.connection().execute(_ALL, {"place": place}).all())  # plain rows, without the ORM


def tariff_of(rows: Iterable[Sequence[Any]]) -> Tariff:
    """Return the tariff of rows of a method's code, `ZONE_COLUMNS` and `METHOD_COLUMNS`: of all, or of some methods."""
    rates, bases, free_from_minor, off = [], {}, {}, set()
    cut_off_hour = place_zone = None
    for method, zone, surcharge_minor, min_days, max_days, base_minor, threshold, is_active, hour, *of_place in rows:
        bases[method], cut_off_hour = base_minor, hour
        place_zone = of_place[0] if of_place else None
        if zone is not None:
            rates.append(Rate(method, zone, surcharge_minor, min_days, max_days))
        if threshold is not None:
            free_from_minor[method] = threshold
        if not is_active:
            off.add(method)
    return Tariff(tuple(rates), bases, free_from_minor, frozenset(off), cut_off_hour, place_zone)
