"""Products: what has a page, with texts, category and tax; what is bought of it are its variants."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, and_, bindparam, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from storefront import clock
from storefront.database import Base, Minor, UtcDateTime
from storefront.domain.catalogue.category import Category
from storefront.domain.catalogue.gallery import GalleryPicture, first_name_where, gallery_of, rows_where
from storefront.domain.catalogue.options import Fact, OptionInLanguage, ProductOption, fact_in, option_in
from storefront.domain.catalogue.rating import Rating, rating_of
from storefront.domain.picture import Picture
from storefront.enums import BillingInterval, ProductKind, ProductStatus, TaxRate, WithdrawalExclusion
from storefront.ids import new_id

if TYPE_CHECKING:
    from storefront.domain.catalogue.variant import Variant

TAX_BASIS_POINTS = {TaxRate.GENERAL: 1900, TaxRate.REDUCED: 500, TaxRate.ZERO: 0, TaxRate.EXCLUDED: 0}
"""IVA by kind of rate (Estatuto Tributario art. 468, 468-1, 477, 424)."""

MAX_QUANTITY = 100
"""Units of one variant that one cart or order may hold."""


class Product(Base):
    """Something that has a page; prices are whole pesos in minor units and include IVA.

    `price_minor` to `price_max_minor`, `original_price_minor` and `interval` are those of its variants, which
    `summarise` keeps for lists: the first three of the cheapest one. `version` grows with every change by staff.
    `review_count` and `review_stars` are those of its approved reviews, which `product_review.recount` keeps.
    `download_limit` and `download_days` say how often and for how long a buyer may download its files.
    `withdrawal_exception` says why the law lets nobody withdraw from its purchase, if so: `personal_use`,
    `perishable` or `custom_made`.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price_minor > 0 AND price_minor / 100 * 100 = price_minor", name="price_whole_pesos"),
        CheckConstraint("price_max_minor >= price_minor", name="prices_in_order"),
        CheckConstraint("original_price_minor IS NULL OR original_price_minor > price_minor", name="original_higher"),
        CheckConstraint("tax_rate <> ''", name="tax_rate_given"),
        CheckConstraint("(kind = 'subscription') = (interval IS NOT NULL)", name="plan_has_interval"),
        CheckConstraint("interval IN ('month', 'year')", name="interval_sold"),
        CheckConstraint("review_count >= 0", name="review_count_not_negative"),
        CheckConstraint("review_stars BETWEEN review_count AND 5 * review_count", name="review_stars_in_range"),
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
    status: Mapped[ProductStatus] = mapped_column(default=ProductStatus.PUBLISHED, server_default="published")
    published_from: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    facts: Mapped[list[Fact]] = mapped_column(JSON, default=list, server_default="[]")
    options: Mapped[list[ProductOption]] = mapped_column(JSON, default=list, server_default="[]")
    price_minor: Mapped[Minor]
    price_max_minor: Mapped[Minor]
    original_price_minor: Mapped[Minor | None]
    tax_rate: Mapped[TaxRate] = mapped_column(default=TaxRate.GENERAL)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    brand: Mapped[str] = mapped_column(String(60))
    image: Mapped[str] = mapped_column(String(80))
    interval: Mapped[BillingInterval | None]
    popularity: Mapped[int] = mapped_column(default=0)
    review_count: Mapped[int] = mapped_column(default=0, server_default="0")
    review_stars: Mapped[int] = mapped_column(default=0, server_default="0")
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)  # unused; the code before wrote it
    download_limit: Mapped[int] = mapped_column(default=5)
    download_days: Mapped[int] = mapped_column(default=365)
    withdrawal_exception: Mapped[WithdrawalExclusion | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]

    main_picture: Mapped[str | None] = column_property(first_name_where(Picture.product_id == id))
    gallery_rows: Mapped[list[list[Any]] | None] = column_property(rows_where(Picture.product_id == id), deferred=True)

    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    variants: Mapped[list["Variant"]] = relationship(
        order_by="(Variant.position, Variant.id)", back_populates="product"
    )

    @hybrid_property
    def is_published(self) -> bool:
        """Return whether shoppers see it now: it is published, and its day has come."""
        is_due = self.published_from is None or self.published_from <= clock.now()
        return self.status == ProductStatus.PUBLISHED and is_due

    @is_published.inplace.expression
    @classmethod
    def _is_published(cls) -> ColumnElement[bool]:
        now = bindparam(None, callable_=clock.now, type_=UtcDateTime)
        is_due = or_(cls.published_from.is_(None), cls.published_from <= now)
        return and_(cls.status == ProductStatus.PUBLISHED, is_due)

    @property
    def is_physical(self) -> bool:
        """Return whether it has stock and ships."""
        return self.kind == ProductKind.PHYSICAL

    @property
    def is_plan(self) -> bool:
        """Return whether it is charged again and again."""
        return self.kind == ProductKind.SUBSCRIPTION

    @property
    def picture(self) -> str:
        """Return the name of the picture that stands for it; without any it is a drawing of the shop, `image`."""
        return self.main_picture or self.image

    @property
    def gallery(self) -> list[GalleryPicture]:
        """Return its pictures in their order."""
        return gallery_of(self.gallery_rows)

    @property
    def active_variants(self) -> list["Variant"]:
        """Return the variants that are sold, in order."""
        return [variant for variant in self.variants if variant.is_active]

    @property
    def available(self) -> int:
        """Return the units of all variants that one buyer can have now, at most `MAX_QUANTITY`."""
        return min(sum(variant.available for variant in self.active_variants), MAX_QUANTITY)

    @property
    def rating(self) -> Rating:
        """Return what its buyers think of it."""
        return rating_of(self.review_stars, self.review_count)

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

    def facts_in(self, language: str) -> list[dict[str, str]]:
        """Return its facts as `name` and `value` in a language of the shop."""
        return [fact_in(fact, language) for fact in self.facts]

    def options_in(self, language: str) -> list[OptionInLanguage]:
        """Return its options with their values in a language of the shop."""
        return [option_in(option, language) for option in self.options]

    def summarise(self, variants: Sequence["Variant"] | None = None) -> None:
        """Recompute what lists show of its variants, in the transaction that changes them."""
        every = list(self.variants if variants is None else variants)
        sold = [variant for variant in every if variant.is_active] or every
        cheapest = min(sold, key=lambda variant: variant.price_minor)
        self.price_minor, self.original_price_minor = cheapest.price_minor, cheapest.original_price_minor
        self.price_max_minor = max(variant.price_minor for variant in sold)
        self.interval = cheapest.interval
