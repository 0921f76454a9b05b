"""Variants: what is bought of a product, each with its price, its article number and its stock."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    UniqueConstraint,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from storefront.database import Base, Minor, db
from storefront.domain.catalogue.category import Category
from storefront.domain.catalogue.gallery import first_name_where
from storefront.domain.catalogue.options import options_in, options_label
from storefront.domain.catalogue.product import MAX_QUANTITY, Product
from storefront.domain.inventory import Stock
from storefront.domain.picture import Picture
from storefront.enums import BillingInterval, ProductKind, TaxRate, WithdrawalExclusion
from storefront.ids import new_id


class Variant(Base):
    """What is bought: a product in one combination of its options; a product without options has exactly one.

    `option_values` are in the order of the product's options, `option_key` is the same as one text. One that is not
    `is_active` is not sold any more and stays on orders. A plan has its `interval`, and days for which it is tried
    before it is charged. The units left are few from `low_stock_at` on.
    """

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("product_id", "option_key"),
        CheckConstraint("price_minor > 0 AND price_minor / 100 * 100 = price_minor", name="price_whole_pesos"),
        CheckConstraint("original_price_minor IS NULL OR original_price_minor > price_minor", name="original_higher"),
        CheckConstraint("interval IN ('month', 'year')", name="interval_sold"),
        CheckConstraint("trial_days BETWEEN 0 AND 730", name="trial_in_range"),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        CheckConstraint("low_stock_at >= 0", name="low_stock_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str] = mapped_column(String(80), unique=True)
    barcode: Mapped[str | None] = mapped_column(String(14), index=True)
    option_values: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    option_key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    price_minor: Mapped[Minor]
    original_price_minor: Mapped[Minor | None]
    weight_grams: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(default=True, server_default="1")
    low_stock_at: Mapped[int] = mapped_column(default=5, server_default="5", index=True)
    interval: Mapped[BillingInterval | None]
    trial_days: Mapped[int] = mapped_column(default=0, server_default="0")

    own_picture: Mapped[str | None] = column_property(first_name_where(Picture.variant_id == id))

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True, back_populates="variants")
    stock: Mapped[Stock | None] = relationship(lazy="joined")

    @property
    def is_on_sale(self) -> bool:
        """Return whether shoppers can buy it, as far as there is any."""
        return self.is_active and self.product.is_published

    @property
    def available(self) -> int:
        """Return the units one buyer can have now, at most `MAX_QUANTITY`."""
        if not self.is_on_sale:
            return 0
        if self.is_physical:
            return min(self.stock.available if self.stock else 0, MAX_QUANTITY)
        return 1 if self.is_plan else MAX_QUANTITY

    @property
    def kind(self) -> ProductKind:
        """Return the kind of its product."""
        return self.product.kind

    @property
    def is_physical(self) -> bool:
        """Return whether it has stock and ships."""
        return self.product.kind == ProductKind.PHYSICAL

    @property
    def is_plan(self) -> bool:
        """Return whether it is charged again and again."""
        return self.product.kind == ProductKind.SUBSCRIPTION

    @property
    def category(self) -> Category:
        """Return the category of its product."""
        return self.product.category

    @property
    def slug(self) -> str:
        """Return the address of its product."""
        return self.product.slug

    @property
    def image(self) -> str:
        """Return the name of its own picture, or of the one that stands for its product."""
        return self.own_picture or self.product.picture

    @property
    def tax_rate(self) -> TaxRate:
        """Return the kind of IVA of its product."""
        return self.product.tax_rate

    @property
    def tax_basis_points(self) -> int:
        """Return the IVA rate: 1900 is 19 %."""
        return self.product.tax_basis_points

    @property
    def withdrawal_exception(self) -> WithdrawalExclusion | None:
        """Return why nobody may withdraw from its purchase, if so."""
        return self.product.withdrawal_exception

    def label_in(self, language: str) -> str:
        """Return what tells it from the others of its product, such as `M, negro`."""
        return options_label(self.product.options, self.option_values, language)

    def name_in(self, language: str) -> str:
        """Return the product's name with the options, so that every page, mail and receipt says what was bought."""
        name = self.product.name_in(language)
        return f"{name}, {self.label_in(language)}" if self.option_values else name

    def options_in(self, language: str) -> dict[str, str]:
        """Return its values by the names of the options."""
        return options_in(self.product.options, self.option_values, language) if self.option_values else {}

    @property
    def choice(self) -> dict[str, object]:
        """Return what somebody chooses by; plain values, because the transaction ends with the refusal."""
        return {
            "variant_id": self.id,
            "sku": self.sku,
            "options": {language: self.options_in(language) for language in ("es", "en")},
            "price": self.price_minor,
            "available": self.available,
        }


def names_product(key: Any) -> ColumnElement[bool]:
    """Return the condition that a key is a product's address or id, or the id of one of its variants."""
    of_variant = select(Variant.product_id).where(Variant.id == key).scalar_subquery()
    return or_(Product.slug == key, Product.id == key, Product.id == of_variant)


def load_variants(ids: Iterable[Any]) -> dict[str, Variant]:
    """Return variants that can be bought by their ids, in one statement."""
    statement = (
        select(Variant).join(Variant.product).where(Variant.id.in_(ids), Variant.is_active, Product.is_published)
    )
    return {variant.id: variant for variant in db.session.scalars(statement).unique()}


def units_left() -> ColumnElement[int]:
    """Return the units that the active variants of a product have left, as a column of a statement about products."""
    left = select(func.coalesce(func.sum(Stock.on_hand - Stock.reserved), 0)).join(
        Variant, Variant.id == Stock.variant_id
    )
    return left.where(Variant.product_id == Product.id, Variant.is_active).correlate(Product).scalar_subquery()


def has_units_left() -> ColumnElement[bool]:
    """Return the condition that a product has an active variant with units left; the first one found is enough."""
    some = select(literal(1)).select_from(Stock).join(Variant, Variant.id == Stock.variant_id)
    some = some.where(Variant.product_id == Product.id, Variant.is_active, Stock.on_hand - Stock.reserved > 0)
    # A subquery with a limit: an EXISTS would make PostgreSQL read every variant.
    return some.limit(1).correlate(Product).scalar_subquery().is_not(None)
