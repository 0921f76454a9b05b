"""The demo shop: its catalogue, coupons, logins and reviews."""

from storefront.seed.loader import DEMO_PASSWORD, load
from storefront.seed.reviews import load_reviews
from storefront.seed.tariff import load_tariff

__all__ = ["DEMO_PASSWORD", "load", "load_reviews", "load_tariff"]
