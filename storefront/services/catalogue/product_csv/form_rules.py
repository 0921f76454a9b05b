"""What the page of a product would refuse of what a file makes of it, by row and column of the file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from storefront.domain.catalogue import Product
from storefront.enums import ProductKind, ProductStatus
from storefront.services.catalogue.checking import problems_of
from storefront.services.catalogue.drafts import (
    ProductDraft,
    VariantDraft,
    draft_of,
    is_combination,
    variant_draft_of,
)
from storefront.services.catalogue.product_csv.columns import OPTION_NAMES, OPTION_VALUES
from storefront.services.catalogue.product_csv.reading import Row
from storefront.services.catalogue.product_csv.report import Problem

_OF_PRODUCT = frozenset(field.name for field in fields(ProductDraft))
_OF_VARIANT = frozenset(field.name for field in fields(VariantDraft))
_COLUMNS = {
    "name": "name_es",
    "description": "description_es",
    "facts": "facts_es",
    "original_price": "compare_at_price",
    "weight": "weight_grams",
    "received": "stock",
}
_A_CATEGORY = 1  # the plan checks it by its address, and a new one has no id yet


def problems(
    product: Product | None,
    values: Mapping[str, Any],
    variants: Mapping[str, Mapping[str, Any]],
    rows: Sequence[Row],
    *,
    has_file: bool,
) -> Iterator[Problem]:
    """Yield what is wrong with a product that gets new `values`, and its `variants` theirs by SKU."""
    draft = _draft(product, values, variants)
    found = problems_of(draft)
    if draft.status == ProductStatus.PUBLISHED and draft.kind == ProductKind.DIGITAL and not has_file:
        found.setdefault("status", "no_file")
    by_sku = {row.cells["sku"]: row for row in rows}
    for field, code in found.items():
        group, _, rest = field.partition("-")
        number, _, name = rest.partition("-")
        row, column = rows[0], _COLUMNS.get(name or group, name or group)
        if group == "variants":
            row = by_sku.get(draft.variants[int(number)].sku, row)
        elif number:
            column = _option_column(int(number), name)
        yield Problem(row.place, column, code, {"field": name or group})


def _draft(
    product: Product | None, values: Mapping[str, Any], variants: Mapping[str, Mapping[str, Any]]
) -> ProductDraft:
    typed: dict[str, Any] = {"category_id": _A_CATEGORY}
    if product:
        stored_draft = draft_of(product)
        typed = {name: getattr(stored_draft, name) for name in _OF_PRODUCT}
    typed |= {name: value for name, value in values.items() if name in _OF_PRODUCT}
    stored = [variant_draft_of(row) for row in product.variants] if product else []
    known = {one.sku for one in stored}
    merged = [
        *(_changed(one, variants.get(one.sku, {})) for one in stored),
        *(_changed(VariantDraft(), new) for sku, new in variants.items() if sku not in known),
    ]
    sold = tuple(one for one in merged if is_combination(typed.get("options", ()), one.values))
    return ProductDraft(**typed | {"variants": sold})


def _changed(draft: VariantDraft, values: Mapping[str, Any]) -> VariantDraft:
    new = {name: value for name, value in values.items() if name in _OF_VARIANT}
    if "option_values" in values:
        new["values"] = tuple(values["option_values"])
    return replace(draft, **new)


def _option_column(n: int, name: str) -> str:
    pairs = OPTION_VALUES if name.startswith("values") else OPTION_NAMES
    return pairs[min(n, len(pairs) - 1)][name.endswith("_en")]
