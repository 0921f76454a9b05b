"""The demo shop: its catalogue, coupons and logins."""

from storefront.seed.catalogue_only import load_catalogue, load_tariff
from storefront.seed.loader import DEMO_PASSWORD, load

__all__ = ["DEMO_PASSWORD", "load", "load_catalogue", "load_tariff"]
