"""What is sold, and what becomes of its stock."""

from enum import StrEnum


class ProductKind(StrEnum):
    """How a product reaches its buyer."""

    PHYSICAL = "physical"
    DIGITAL = "digital"
    SUBSCRIPTION = "subscription"


class TaxRate(StrEnum):
    """The kind of a rate of IVA; no IVA can mean `zero` or `excluded`, and old order lines have none."""

    GENERAL = "general"
    REDUCED = "reduced"
    ZERO = "zero"
    EXCLUDED = "excluded"
    UNKNOWN = ""


class BillingInterval(StrEnum):
    """How often a plan is charged; the shop sells months and years, and the provider can change a plan to others."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class WithdrawalExclusion(StrEnum):
    """Why the law lets nobody withdraw from the purchase of a product."""

    PERSONAL_USE = "personal_use"
    PERISHABLE = "perishable"
    CUSTOM_MADE = "custom_made"


class StockReason(StrEnum):
    """Why units moved: the first four belong to an order, the others to somebody who works here."""

    HOLD = "hold"
    SALE = "sale"
    RELEASE = "release"
    RESTOCK = "restock"
    RECEIVED = "received"
    COUNTED = "counted"
    DAMAGED = "damaged"
    CORRECTED = "corrected"


class ProductStatus(StrEnum):
    """Whether shoppers see a product: not yet, now, or not any more."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class PageKind(StrEnum):
    """What a page with an address of its own is about."""

    PRODUCT = "product"
    CATEGORY = "category"


class ProductReviewStatus(StrEnum):
    """What became of a buyer's review: staff have to read it, shoppers see it, or they do not and it has a reason."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


class CouponStatus(StrEnum):
    """Whether a coupon can be used now, or why not."""

    ACTIVE = "active"
    SCHEDULED = "scheduled"
    EXPIRED = "expired"
    USED_UP = "used_up"
    OFF = "off"
