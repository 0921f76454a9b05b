"""The default delivery prices, for a shop that has none."""

from sqlalchemy import func, select

from storefront.database import db, transaction
from storefront.domain.shipping.rates import DEFAULT_BASE, DEFAULT_FREE_FROM, DEFAULT_RATES
from storefront.domain.shipping.tariff import ShippingMethod, ShippingRate


def load_tariff() -> int:
    """Load the default tariff into a shop that has none, and return how many rates it has then; 0 if it had some."""
    with transaction():
        return _load_rates()


def _load_rates() -> int:
    if db.session.scalar(select(func.count()).select_from(ShippingRate)):
        return 0
    existing = set(db.session.scalars(select(ShippingMethod.code)))
    for method, base_minor in DEFAULT_BASE.items():
        if method not in existing:
            free_from_minor = DEFAULT_FREE_FROM.get(method)
            db.session.add(ShippingMethod(code=method, base_minor=base_minor, free_from_minor=free_from_minor))
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
