"""Products: what the shop sells, at which price and with which tax."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.database import Base, Minor
from storefront.domain.inventory import Stock
from storefront.enums import BillingInterval, ProductKind, TaxRate, WithdrawalExclusion
from storefront.ids import new_id
from storefront.text import fold

MAX_QUANTITY = 100
"""Units of one product that one cart or order may hold."""

TAX_BASIS_POINTS = {TaxRate.GENERAL: 1900, TaxRate.REDUCED: 500, TaxRate.ZERO: 0, TaxRate.EXCLUDED: 0}
"""IVA by kind of rate (Estatuto Tributario art. 468, 468-1, 477, 424)."""


class Category(Base):
    """A category of products."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name


class Product(Base):
    """Something that can be bought; prices are whole pesos in minor units and include IVA.

    `download_limit` and `download_days` say how often and for how long a buyer may download its files.
    `withdrawal_exception` says why the law lets nobody withdraw from its purchase, if so: `personal_use`,
    `perishable` or `custom_made`.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price_minor > 0 AND price_minor / 100 * 100 = price_minor", name="price_whole_pesos"),
        CheckConstraint("original_price_minor IS NULL OR original_price_minor > price_minor", name="original_higher"),
        CheckConstraint("tax_rate <> ''", name="tax_rate_given"),
        CheckConstraint("(kind = 'subscription') = (interval IS NOT NULL)", name="plan_has_interval"),
        CheckConstraint("interval IN ('month', 'year')", name="interval_sold"),
        CheckConstraint("trial_days BETWEEN 0 AND 730", name="trial_in_range"),
        CheckConstraint("download_limit >= 0 AND download_days BETWEEN 0 AND 36500", name="downloads_in_range"),
        # One for each way to sort or narrow down a list, so that a page of it is read from the index's end.
        Index("ix_products_popular", "popularity", "id"),
        Index("ix_products_newest", "created_at", "id"),
        Index("ix_products_price", "price_minor", "id"),
        Index("ix_products_name", "name", "id"),
        Index("ix_products_shelf", "category_id", "popularity", "id"),
        Index("ix_products_brand", "brand", "popularity", "id"),
        Index("ix_products_kind", "kind", "popularity", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[ProductKind]
    is_published: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    price_minor: Mapped[Minor]
    original_price_minor: Mapped[Minor | None]
    tax_rate: Mapped[TaxRate] = mapped_column(default=TaxRate.GENERAL)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    brand: Mapped[str] = mapped_column(String(60))
    image: Mapped[str] = mapped_column(String(80))
    interval: Mapped[BillingInterval | None]
    trial_days: Mapped[int] = mapped_column(default=0)
    popularity: Mapped[int] = mapped_column(default=0)
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)  # only the database reads it
    download_limit: Mapped[int] = mapped_column(default=5)
    download_days: Mapped[int] = mapped_column(default=365)
    withdrawal_exception: Mapped[WithdrawalExclusion | None]
    created_at: Mapped[datetime]

    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    stock: Mapped[Stock | None] = relationship(lazy="joined")

    @property
    def is_physical(self) -> bool:
        """Return whether it has stock and ships."""
        return self.kind == ProductKind.PHYSICAL

    @property
    def is_plan(self) -> bool:
        """Return whether it is charged again and again."""
        return self.kind == ProductKind.SUBSCRIPTION

    @property
    def available(self) -> int:
        """Return the units one buyer can have now, at most `MAX_QUANTITY`."""
        if not self.is_published:
            return 0
        if self.kind == ProductKind.PHYSICAL:
            return min(self.stock.available if self.stock else 0, MAX_QUANTITY)
        return 1 if self.kind == ProductKind.SUBSCRIPTION else MAX_QUANTITY

    @property
    def tax_basis_points(self) -> int:
        """Return the IVA rate: 1900 is 19 %."""
        return TAX_BASIS_POINTS[self.tax_rate]

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name

    def description_in(self, language: str) -> str:
        """Return the description in a language of the shop."""
        return self.description_en if language == "en" else self.description

    def refresh_search_text(self, category: Category) -> None:
        """Recompute the text that the search reads, without accents and case."""
        words = (self.name, self.name_en, self.brand, category.name, category.name_en, self.description)
        self.search_text = fold(" ".join(words))
