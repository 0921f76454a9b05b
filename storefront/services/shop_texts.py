"""What staff wrote for the shop's pages: delivery, banner, contact, seller; each process keeps it for some seconds."""

import time
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, String, cast, func, literal, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from storefront.database import db
from storefront.domain.shipping.tariff import Carrier, DeliverySettings, ShippingMethod
from storefront.domain.shop_text import PageText, ShopDetails
from storefront.enums import TextPage
from storefront.errors import DatabaseUnavailable
from storefront.settings import Banner, Contact, DeliveryTexts, Seller, ShopTexts

KEPT_SECONDS = 10.0
"""For so long another process may show the old words."""

_kept: WeakKeyDictionary[Engine, tuple[float, ShopTexts]] = WeakKeyDictionary()
_DELIVERY = union_all(
    select(literal("method"), cast(ShippingMethod.code, String), ShippingMethod.name, ShippingMethod.name_en),
    select(literal("carrier"), Carrier.code, Carrier.name, literal("")),
    select(
        literal("pickup"),
        DeliverySettings.pickup_address,
        DeliverySettings.pickup_hours,
        DeliverySettings.pickup_hours_en,
    ),
)
_NEWEST = {
    page: select(func.max(PageText.version)).where(PageText.page == page).scalar_subquery().label(f"{page}_version")
    for page in TextPage
}
_DETAILS = select(*ShopDetails.__table__.columns, *_NEWEST.values()).select_from(
    select(literal(1).label("one")).subquery("single").outerjoin(ShopDetails, ShopDetails.id == 1)
)


def current() -> ShopTexts:
    """Return what staff wrote; a database that is away leaves the last words, so that error pages have some.

    Two statements every `KEPT_SECONDS` and process.
    """
    kept = _kept.get(db.engine)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    try:
        connection = db.session.connection()
        found = _read(connection.execute(_DELIVERY).all(), connection.execute(_DETAILS).one())
    except (SQLAlchemyError, DatabaseUnavailable):
        found = last()
    _kept[db.engine] = (time.monotonic() + KEPT_SECONDS, found)
    return found


def last() -> ShopTexts:
    """Return what was read last, however long ago, without asking the database."""
    kept = _kept.get(db.engine)
    return kept[1] if kept else ShopTexts()


def forget() -> None:
    """Read again the next time that this process needs it, because it changed."""
    _kept.pop(db.engine, None)


def _read(delivery: Sequence[Any], row: Any) -> ShopTexts:
    versions = {page: getattr(row, f"{page}_version") for page in TextPage}
    known = {page: version for page, version in versions.items() if version}
    if row.id is None:
        return ShopTexts(_delivery(delivery), versions=known)
    banner = (row.banner_text, row.banner_text_en), row.banner_link, row.banner_starts_at, row.banner_ends_at
    seller = row.seller_name, row.seller_nit, row.seller_address, row.seller_phone, row.seller_email
    hours = row.contact_hours, row.contact_hours_en
    return ShopTexts(
        delivery=_delivery(delivery),
        banner=Banner(*banner) if row.banner_text else None,
        contact=Contact(row.contact_email, row.contact_phone, row.contact_whatsapp, hours),
        seller=Seller(*seller) if row.seller_version else None,
        versions=known,
    )


def _delivery(rows: Sequence[Any]) -> DeliveryTexts:
    pickup = next((row for row in rows if row[0] == "pickup"), ("pickup", "", "", ""))
    return DeliveryTexts(
        methods={row[1]: (row[2], row[3]) for row in rows if row[0] == "method"},
        carriers={row[1]: row[2] for row in rows if row[0] == "carrier"},
        pickup_address=pickup[1],
        pickup_hours=(pickup[2], pickup[3]),
    )
