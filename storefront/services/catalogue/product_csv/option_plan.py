"""The options of one product after a file: names from its first row, values from each row and each other variant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from storefront.domain.catalogue import Product, ProductOption, Variant, option_key
from storefront.services.catalogue.checking import MAX_VALUE
from storefront.services.catalogue.product_csv import cells
from storefront.services.catalogue.product_csv.cells import CellRefused
from storefront.services.catalogue.product_csv.columns import OPTION_NAMES, OPTION_VALUES
from storefront.services.catalogue.product_csv.exporting import values_in_english
from storefront.services.catalogue.product_csv.reading import Row
from storefront.services.catalogue.product_csv.report import Place

_name = _value = cells.line(MAX_VALUE)


@dataclass(slots=True)
class Found:
    """The options, the values of each row's variant by SKU, and what is wrong."""

    options: list[ProductOption] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    problems: list[tuple[Place, str, CellRefused]] = field(default_factory=list)


def work_out(
    product: Product | None, merged: Mapping[str, str], rows: Sequence[Row], own: Mapping[str, Variant]
) -> Found:
    """Return the options; values keep their places under new names, others come last, and what nobody has goes."""
    found, known = Found(), product.options if product else []
    names = _names(known, merged, rows[0], found)
    others = _others(rows, own, len(names), found)
    english: list[dict[str, str]] = [{} for _ in names]  # what rows say, by the value in Spanish
    for row in rows:
        variant = own.get(row.cells["sku"])
        found.values[row.cells["sku"]] = [
            _value_of(row, n, variant, translations, found) for n, translations in enumerate(english)
        ]
        _refuse_unnamed_values(row, len(names), found)
    _refuse_repeated_combinations(rows, others, found)
    if not found.problems:
        lists = [*found.values.values(), *(variant.option_values for variant in others)]
        for n, (name, name_en) in enumerate(names):
            had = {variant.option_values[n] for variant in own.values() if n < len(variant.option_values)}
            before = dict(zip(known[n]["values"], known[n]["values_en"], strict=False)) if n < len(known) else {}
            used = dict.fromkeys(values[n] for values in lists)
            new_names = _new_names(n, own, found)
            present = (value if value in used or value not in had else new_names.get(value) for value in before)
            order = list(dict.fromkeys((*filter(None, present), *used)))
            values_en = [english[n].get(value) or before.get(value) or value for value in order]
            found.options.append(ProductOption(name=name, name_en=name_en, values=order, values_en=values_en))
    return found


def _new_names(n: int, own: Mapping[str, Variant], found: Found) -> dict[str, str]:
    """Return the values of an option that all variants which have them exchange for the same other one."""
    exchanged: dict[str, set[str]] = {}
    for sku, values in found.values.items():
        if (variant := own.get(sku)) and n < len(variant.option_values):
            exchanged.setdefault(variant.option_values[n], set()).add(values[n])
    return {old: new.pop() for old, new in exchanged.items() if len(new) == 1}


def name_edits(before: Mapping[str, str], options: Sequence[ProductOption]) -> Iterator[tuple[str, str, str]]:
    """Yield (column, before, after) for each option whose name changes."""
    for n, (in_spanish, in_english) in enumerate(OPTION_NAMES):
        option = options[n] if n < len(options) else None
        for column, after in (
            (in_spanish, option["name"] if option else ""),
            (in_english, option["name_en"] if option else ""),
        ):
            if after != before.get(column, ""):
                yield column, before.get(column, ""), after


def value_edits(
    before: Sequence[ProductOption], variant: Variant | None, options: Sequence[ProductOption], values: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield (column, before, after) for each value of a variant that changes, in either language."""
    earlier = values_in_english(before, variant.option_values) if variant else []
    present = values_in_english(options, values)
    for n, columns in enumerate(OPTION_VALUES):
        old = earlier[n] if n < len(earlier) else ("", "")
        new = present[n] if n < len(present) else ("", "")
        for column, text, other in zip(columns, old, new, strict=True):
            if text != other:
                yield column, text, other


def _names(
    known: Sequence[ProductOption], merged: Mapping[str, str], first: Row, found: Found
) -> list[tuple[str, str]]:
    """Return the options' names; those of the product if the file has no column for them."""
    if known and not any(column in merged for column, _ in OPTION_NAMES):
        return [(option["name"], option["name_en"]) for option in known]
    names: list[tuple[str, str]] = []
    for n, (column, column_en) in enumerate(OPTION_NAMES):
        try:
            name, name_en = _name(merged.get(column, "")), _name(merged.get(column_en, ""))
            if name and len(names) < n:
                raise CellRefused("option_before_missing")
            if name and name in {one for one, _ in names}:
                raise CellRefused("option_twice")
        except CellRefused as refusal:
            found.problems.append((first.place, column, refusal))
            continue
        if name and not name_en and n < len(known) and known[n]["name"] == name:
            name_en = known[n]["name_en"]
        if name:
            names.append((name, name_en or name))
    return names


def _others(rows: Sequence[Row], own: Mapping[str, Variant], count: int, found: Found) -> list[Variant]:
    """Return the product's variants that have no row; they must have a value for each option."""
    listed = {row.cells["sku"] for row in rows}
    others = [variant for sku, variant in own.items() if sku not in listed]
    missing = [variant.sku for variant in others if len(variant.option_values) != count]
    if missing:
        refusal = CellRefused("variants_missing", skus=", ".join(missing[:3]))
        found.problems.append((rows[0].place, OPTION_NAMES[0][0], refusal))
    return others


def _value_of(row: Row, n: int, variant: Variant | None, translations: dict[str, str], found: Found) -> str:
    """Return a row's value of an option, and note in `translations` what the row calls it in English."""
    column, column_en = OPTION_VALUES[n]
    if column not in row.cells and variant is not None and n < len(variant.option_values):
        return variant.option_values[n]
    try:
        value, english = _value(row.cells.get(column, "")), _value(row.cells.get(column_en, ""))
        if not value:
            raise CellRefused("required")
        if english and translations.get(value, english) != english:
            raise CellRefused("english_differs", value=value)
    except CellRefused as refusal:
        found.problems.append((row.place, column, refusal))
        return ""
    if english:
        translations[value] = english
    return value


def _refuse_unnamed_values(row: Row, count: int, found: Found) -> None:
    """Refuse values of options that have no name."""
    for column, _ in OPTION_VALUES[count:]:
        if row.cells.get(column):
            found.problems.append((row.place, column, CellRefused("option_without_name")))


def _refuse_repeated_combinations(rows: Sequence[Row], others: Sequence[Variant], found: Found) -> None:
    """Refuse a combination that the product would have twice."""
    if found.problems:
        return
    seen: dict[str, str] = {variant.option_key: variant.sku for variant in others}
    for row in rows:
        sku = row.cells["sku"]
        key = option_key(found.values[sku])
        if key in seen:
            column = OPTION_VALUES[0][0]
            found.problems.append((row.place, column, CellRefused("combination_twice", sku=seen[key])))
        seen.setdefault(key, sku)
