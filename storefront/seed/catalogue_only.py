"""Seed data for an empty shop in production: products, files and delivery prices, no logins, no coupons."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storefront.database import db, transaction
from storefront.domain.catalogue import Category, Product
from storefront.domain.download import ContentFile
from storefront.domain.shipping import FREE_STANDARD_FROM_MINOR
from storefront.domain.shipping.rates import DEFAULT_BASE, DEFAULT_RATES
from storefront.domain.shipping.tariff import ShippingMethod, ShippingRate
from storefront.enums import Method
from storefront.seed.content import store_files
from storefront.seed.loader import load_goods


@dataclass(frozen=True, slots=True)
class Loaded:
    """The number of rows that were loaded."""

    categories: int
    products: int
    files: int
    rates: int


def load_catalogue(now: datetime) -> Loaded | None:
    """Load the demonstration's goods and the default tariff; None, with nothing changed, if there is any product.

    Raises `OSError` where the files of the goods cannot be written.
    """
    if _count(Product):
        return None
    sizes = store_files()
    with transaction():
        if _count(Product):
            return None
        load_goods(now, sizes)
        rates = _load_rates()
        return Loaded(_count(Category), _count(Product), _count(ContentFile), rates)


def load_tariff() -> int:
    """Load the default tariff into a shop that has none, and return how many rates it has then; 0 if it had some."""
    with transaction():
        return _load_rates()


def _load_rates() -> int:
    if _count(ShippingRate):
        return 0
    existing = set(db.session.scalars(select(ShippingMethod.code)))
    for method, base_minor in DEFAULT_BASE.items():
        if method not in existing:
            free_from = FREE_STANDARD_FROM_MINOR if method is Method.STANDARD else None
            db.session.add(ShippingMethod(code=method, base_minor=base_minor, free_from_minor=free_from))
    db.session.flush()  # the rates refer to the methods
    for rate in DEFAULT_RATES:
        db.session.add(
            ShippingRate(
                method=rate.method,
                zone=rate.zone,
                surcharge_minor=rate.surcharge_minor,
                min_days=rate.min_days,
                max_days=rate.max_days,
            )
        )
    return len(DEFAULT_RATES)


def _count(table: type[Category | Product | ContentFile | ShippingRate]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0
