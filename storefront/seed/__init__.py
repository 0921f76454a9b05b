"""The demo shop: what a newcomer finds on the shelves."""

from storefront.seed.loader import DEMO_PASSWORD, load

__all__ = ["DEMO_PASSWORD", "load"]
