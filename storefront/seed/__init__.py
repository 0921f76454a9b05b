"""The demo shop: its catalogue, coupons and logins."""

from storefront.seed.loader import DEMO_PASSWORD, load
from storefront.seed.tariff import load_tariff

__all__ = ["DEMO_PASSWORD", "load", "load_tariff"]
