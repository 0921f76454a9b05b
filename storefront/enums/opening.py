"""What a new shop lacks before it can sell."""

from enum import StrEnum


class OpeningStep(StrEnum):
    """What the owner of a new shop still has to do, in a sensible order."""

    GOODS = "goods"
    TARIFF = "tariff"
    SELLER = "seller"
    WAREHOUSE = "warehouse"
    STRIPE = "stripe"
    MAIL = "mail"
