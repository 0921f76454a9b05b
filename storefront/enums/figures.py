"""What the figures of the shop are asked for."""

from enum import StrEnum


class FunnelStep(StrEnum):
    """A page on the way to a purchase whose openings are counted; what comes after it, orders themselves tell."""

    PRODUCT = "product"
    CART = "cart"
    ADDRESS = "address"


class FigurePeriod(StrEnum):
    """The days of the figures: so many with today, a month, or from one day to another."""

    SEVEN_DAYS = "7"
    THIRTY_DAYS = "30"
    NINETY_DAYS = "90"
    THIS_MONTH = "month"
    LAST_MONTH = "last_month"
    OWN = "own"


class FigureTable(StrEnum):
    """The tables of the figures."""

    DAYS = "days"
    PRODUCTS = "products"
    CATEGORIES = "categories"
    COUPONS = "coupons"
    CITIES = "cities"
    FUNNEL = "funnel"
