"""What lists show of products: columns that are read without the ORM, because a list has many."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import func

from storefront.domain.catalogue import TAX_BASIS_POINTS, Product, ProductOption, Rating, rating_of, units_left
from storefront.enums import BillingInterval, ProductKind, TaxRate
from storefront.i18n.labels import as_sent

CARD_COLUMNS = (
    Product.slug, Product.name, Product.name_en, Product.brand,
    func.coalesce(Product.main_picture, Product.image), Product.price_minor,
    Product.original_price_minor, Product.tax_rate, Product.interval, Product.kind,
    Product.price_max_minor, Product.id, Product.review_stars, Product.review_count, Product.options, units_left(),
)  # fmt: skip


class ProductCard(NamedTuple):
    """What a list shows of a product, as it was read just now; `available` stops at the number that is shown."""

    slug: str
    name: str
    name_en: str
    brand: str
    picture: str
    price_minor: int
    original_price_minor: int | None
    tax_rate: TaxRate
    interval: BillingInterval | None
    kind: ProductKind
    price_max_minor: int
    id: str
    review_stars: int
    review_count: int
    options: tuple[tuple[str, str, int], ...]
    available: int

    @property
    def is_physical(self) -> bool:
        """Return whether it has stock and ships."""
        return self.kind == ProductKind.PHYSICAL

    @property
    def rating(self) -> Rating:
        """Return what its buyers think of it."""
        return rating_of(self.review_stars, self.review_count)

    @property
    def has_several_prices(self) -> bool:
        """Return whether its variants differ in price."""
        return self.price_max_minor > self.price_minor

    @property
    def tax_basis_points(self) -> int:
        """Return the IVA rate: 1900 is 19 %."""
        return TAX_BASIS_POINTS[self.tax_rate]

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name

    def choices_in(self, language: str) -> tuple[tuple[str, int], ...]:
        """Return the name of each option that has several values, in a language of the shop, and how many they are."""
        return tuple(
            (name_en if language == "en" else name, count) for name, name_en, count in self.options if count > 1
        )


def card_of(row: Sequence[Any]) -> ProductCard:
    """Return a card of its columns."""
    return ProductCard._make((*row[:-2], _counted(row[-2]), as_sent(row[-1])))


def _counted(options: list[ProductOption]) -> tuple[tuple[str, str, int], ...]:
    """Return each option's names and the number of its values: what a card says of them, and the key it is kept by."""
    return tuple((option["name"], option["name_en"], len(option["values"])) for option in options)
