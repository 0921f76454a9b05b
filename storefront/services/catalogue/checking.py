"""What a product that staff type must be, without a look at the database: each problem by the name of its field."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import prod

from storefront.domain.catalogue import ProductOption
from storefront.domain.catalogue.options import MAX_OPTIONS
from storefront.enums import BillingInterval, ProductKind, ProductStatus
from storefront.money import PESO, pesos
from storefront.services.catalogue.drafts import ProductDraft, VariantDraft
from storefront.text import fold, line_problem, slug_from

MAX_VARIANTS = 60
"""Variants of one product, so that its form stays below the number of fields that a request may have."""

MAX_PRICE_MINOR = pesos(1_000_000_000)
MAX_NAME = 120
MAX_DESCRIPTION = 5000
MAX_BRAND = 60
MAX_VALUE = 40
MAX_FACTS = 20
MAX_UNITS = 1_000_000
MAX_GRAMS = 1_000_000
MAX_TRIAL_DAYS = 730
_TAG = re.compile(r"<\s*[A-Za-z/!]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
BARCODE = re.compile(r"[0-9]{8}|[0-9]{12,14}")
Problems = Iterator[tuple[str, str]]


def problems_of(draft: ProductDraft) -> dict[str, str]:
    """Return an error code for each field that holds what cannot be."""
    return dict([*_texts(draft), *_facts(draft), *_options(draft.options), *_variants(draft)][::-1])


def slug_problem(slug: str, most: int = 80) -> str:
    """Return what is wrong with an address, or an empty text."""
    if len(slug) > most:
        return "too_long"
    return "" if _SLUG.fullmatch(slug) else "invalid"


def _texts(draft: ProductDraft) -> Problems:
    lines = [("name", draft.name, MAX_NAME, True), ("name_en", draft.name_en, MAX_NAME, True)]
    for field, text, most, is_required in [*lines, ("brand", draft.brand, MAX_BRAND, False)]:
        if code := line_problem(text, most, is_required=is_required):
            yield field, code
    for field, text in (("description", draft.description), ("description_en", draft.description_en)):
        if code := _description_problem(text):
            yield field, code
    if not draft.category_id:
        yield "category", "required"
    if (slug := draft.slug or slug_from(draft.name)) and (code := slug_problem(slug)):
        yield "slug", code
    elif not slug and draft.name:
        yield "slug", "required"
    if draft.status == ProductStatus.PUBLISHED and not any(variant.is_active for variant in draft.variants):
        yield "status", "no_variant"


def _description_problem(text: str) -> str:
    if not text:
        return "required"
    if len(text) > MAX_DESCRIPTION:
        return "too_long"
    if _CONTROL_IN_LINES.search(text):
        return "invalid"
    return "markup" if _TAG.search(text) else ""


def _facts(draft: ProductDraft) -> Problems:
    if len(draft.facts) > MAX_FACTS:
        yield "facts", "too_long"
    for fact in draft.facts:
        spanish, english = (fact["name"], fact["value"]), (fact["name_en"], fact["value_en"])
        for field, texts in (("facts", spanish), ("facts_en", english)):
            for text in texts:
                if code := line_problem(text, MAX_NAME):
                    yield field, "invalid" if code == "required" else code


def _options(options: Sequence[ProductOption]) -> Problems:
    if len(options) > MAX_OPTIONS:
        yield "options", "too_long"
    names = Counter(fold(option["name"]) for option in options)
    for index, option in enumerate(options):
        field = f"options-{index}"
        for name in ("name", "name_en"):
            if code := line_problem(option[name], MAX_VALUE):
                yield f"{field}-{name}", code
        if option["name"] and names[fold(option["name"])] > 1:
            yield f"{field}-name", "twice"
        if not option["values"]:
            yield f"{field}-values", "required"
        elif len({fold(value) for value in option["values"]}) < len(option["values"]):
            yield f"{field}-values", "twice"
        if len(option["values_en"]) != len(option["values"]):
            yield f"{field}-values_en", "not_as_many"
        for name in ("values", "values_en"):
            for value in option[name]:  # type: ignore[literal-required]
                if code := line_problem(value, MAX_VALUE):
                    yield f"{field}-{name}", code
                elif ";" in value:  # the page separates values by it
                    yield f"{field}-{name}", "invalid"
    if prod(len(option["values"]) for option in options) > MAX_VARIANTS:
        yield "options-0-values", "too_many_variants"


def _variants(draft: ProductDraft) -> Problems:
    if not draft.variants and not draft.options:
        yield "price", "required"
    skus = Counter(variant.sku.upper() for variant in draft.variants if variant.sku)
    barcodes = Counter(variant.barcode for variant in draft.variants if variant.barcode)
    for index, variant in enumerate(draft.variants):
        field = f"variants-{index}"
        if skus[variant.sku.upper()] > 1:
            yield f"{field}-sku", "twice_here"
        if barcodes[variant.barcode] > 1:
            yield f"{field}-barcode", "twice"
        for name, code in _variant(variant, draft.kind):
            yield f"{field}-{name}", code


def _variant(variant: VariantDraft, kind: ProductKind) -> Problems:
    if variant.sku and (len(variant.sku) > 80 or not _SKU.fullmatch(variant.sku)):
        yield "sku", "invalid"
    if variant.barcode and not BARCODE.fullmatch(variant.barcode):
        yield "barcode", "invalid"
    if code := price_problem(variant.price_minor):
        yield "price", code
    elif variant.original_price_minor is not None:
        if code := price_problem(variant.original_price_minor):
            yield "original_price", code
        elif variant.original_price_minor <= (variant.price_minor or 0):
            yield "original_price", "not_above_price"
    ranges = (
        ("weight", variant.weight_grams, 1, MAX_GRAMS),
        ("low_stock_at", variant.low_stock_at, 0, MAX_UNITS),
        ("received", variant.units, 0, MAX_UNITS),
        ("trial_days", variant.trial_days, 0, MAX_TRIAL_DAYS),
    )
    yield from ((name, "out_of_range") for name, n, least, most in ranges if n is not None and not least <= n <= most)
    if kind == ProductKind.SUBSCRIPTION and variant.interval not in (BillingInterval.MONTH, BillingInterval.YEAR):
        yield "interval", "required"


def price_problem(price_minor: int | None) -> str:
    """Return what is wrong with a price, or an empty text."""
    if price_minor is None:
        return "required"
    if price_minor % PESO:
        return "centavos"
    return "" if 0 < price_minor <= MAX_PRICE_MINOR else "out_of_range"
