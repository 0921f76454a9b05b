"""What the page of a product shows of it: plain values, by which its fragments are kept."""

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from storefront.enums import BillingInterval, ProductKind
from storefront.i18n.labels import as_sent

if TYPE_CHECKING:
    from storefront.domain.catalogue import Product, Rating, Variant
    from storefront.services.catalogue import ProductShown, VariantShown

    AnyProduct: TypeAlias = Product | ProductShown
    AnyVariant: TypeAlias = Variant | VariantShown


class Choice(StrEnum):
    """What becomes of a value together with the other options that are chosen."""

    FREE = "free"
    SOLD_OUT = "sold_out"
    ELSEWHERE = "elsewhere"  # it is sold with other values only, and choosing it changes them


class OptionValue(NamedTuple):
    """A value that can be chosen; `variant_id` is what it leads to."""

    name: str
    variant_id: str
    is_chosen: bool
    choice: Choice


class Option(NamedTuple):
    """An option with its values in order, and the name of the one that is chosen."""

    name: str
    chosen: str
    values: tuple[OptionValue, ...]


class PictureShown(NamedTuple):
    """A picture of the gallery, with its text for those who do not see it."""

    name: str
    alt: str


class ProductFacts(NamedTuple):
    """What a product page shows of a product and its chosen variant, in one language: the key of its fragments."""

    slug: str
    variant_id: str
    sku: str
    full_name: str
    options: tuple[Option, ...]
    facts: tuple[tuple[str, str], ...]
    offers: tuple[tuple[str, str, str, int, int], ...]
    name: str
    description: str
    brand: str
    pictures: tuple[PictureShown, ...]
    price_minor: int
    original_price_minor: int | None
    tax_basis_points: int
    interval: BillingInterval | None
    trial_days: int
    kind: ProductKind
    is_physical: bool
    is_plan: bool
    available: int
    withdrawal_exception: str | None
    category: str
    category_name: str
    rating: "Rating"


def chosen_variant(product: "ProductShown", variant_id: str) -> "VariantShown":
    """Return the variant that is asked for; else the first that can be bought, else the first."""
    variants = product.active_variants
    named = next((variant for variant in variants if variant.id == variant_id), None)
    return named or next((variant for variant in variants if variant.available), variants[0])


def facts_of(product: "AnyProduct", variant: "AnyVariant", language: str) -> ProductFacts:
    """Return what the page shows of a product, with this variant chosen."""
    return ProductFacts(
        slug=product.slug,
        variant_id=variant.id,
        sku=variant.sku,
        full_name=variant.name_in(language),
        options=_options(product, variant, language),
        facts=tuple((fact["name"], fact["value"]) for fact in product.facts_in(language)),
        offers=tuple(
            (other.id, other.sku, other.name_in(language), other.price_minor, as_sent(other.available))
            for other in product.active_variants
        ),
        name=product.name_in(language),
        description=product.description_in(language),
        brand=product.brand,
        pictures=_pictures(product, variant, language),
        price_minor=variant.price_minor,
        original_price_minor=variant.original_price_minor,
        tax_basis_points=product.tax_basis_points,
        interval=variant.interval,
        trial_days=variant.trial_days,
        kind=product.kind,
        is_physical=product.is_physical,
        is_plan=product.is_plan,
        available=as_sent(variant.available),
        withdrawal_exception=product.withdrawal_exception,
        category=product.category.slug,
        category_name=product.category.name_in(language),
        rating=product.rating,
    )


def _pictures(product: "AnyProduct", chosen: "AnyVariant", language: str) -> tuple[PictureShown, ...]:
    """Return the pictures of the chosen variant, then those of every variant; those of the others if there is none."""
    gallery = product.gallery
    own = [picture for picture in gallery if picture.variant_id == chosen.id]
    shown = own + [picture for picture in gallery if picture.variant_id is None] or gallery
    unique = {picture.name: PictureShown(picture.name, picture.alt_in(language)) for picture in reversed(shown)}
    return tuple(reversed(unique.values())) or (PictureShown(product.image, product.name_in(language)),)


def _options(product: "AnyProduct", chosen: "AnyVariant", language: str) -> tuple[Option, ...]:
    found = []
    for place, option in enumerate(product.options_in(language)):
        values = _values(product, chosen, place, option["values"])
        found.append(Option(option["name"], next(value.name for value in values if value.is_chosen), values))
    return tuple(found)


def _values(product: "AnyProduct", chosen: "AnyVariant", place: int, names: list[str]) -> tuple[OptionValue, ...]:
    """Return the values of one option that are sold; each leads to the variant that differs in it only, if it can."""
    found = []
    sold = product.active_variants or product.variants
    for value, name in zip(product.options[place]["values"], names, strict=True):
        having = [variant for variant in sold if variant.option_values[place] == value]
        if not having:
            continue
        wanted = [*chosen.option_values[:place], value, *chosen.option_values[place + 1 :]]
        exact = next((variant for variant in having if variant.option_values == wanted), None)
        target = exact or next((other for other in having if other.available), having[0])
        choice = Choice.ELSEWHERE if exact is None else Choice.FREE if exact.available else Choice.SOLD_OUT
        found.append(OptionValue(name, target.id, value == chosen.option_values[place], choice))
    return tuple(found)
