"""Comparing the rows of one product with what the shop has of it."""

from dataclasses import dataclass, field
from typing import Any

from storefront.domain.catalogue import Fact, Product, Variant, option_key
from storefront.enums import ProductKind
from storefront.services.catalogue.checking import MAX_FACTS, MAX_NAME
from storefront.services.catalogue.product_csv import cells, exporting, form_rules, option_plan
from storefront.services.catalogue.product_csv.cells import CellRefused, tidy
from storefront.services.catalogue.product_csv.columns import (
    CATEGORY_NAMES,
    FACTS,
    OF_PRODUCT,
    OPTION_NAMES,
    OPTION_VALUES,
    PRODUCT_COLUMNS,
    SPANISH_OF,
    VARIANT_COLUMNS,
    Column,
    Empty,
)
from storefront.services.catalogue.product_csv.reading import Row
from storefront.services.catalogue.product_csv.report import Change, Problem, Report
from storefront.services.catalogue.product_csv.shop import Shop

Cells = dict[str, str]
Values = dict[str, Any]
_OF_OPTIONS = {column for pair in OPTION_NAMES + OPTION_VALUES for column in pair}
_stock = cells.number(0, 1_000_000)
_fact_text = cells.line(MAX_NAME)


@dataclass(slots=True)
class VariantChange:
    """A variant's new values by attribute; without `variant` it is new, with units in `stock` if it has any."""

    variant: Variant | None
    values: dict[str, Any]
    stock: int | None = None


@dataclass(slots=True)
class ProductChange:
    """A product's new values by attribute; without `product` it is new. `category` is an address, if it changes."""

    product: Product | None
    values: dict[str, Any]
    category: str = ""
    variants: list[VariantChange] = field(default_factory=list)


class ProductPlan:
    """The rows of one product, and what they change."""

    def __init__(
        self,
        slug: str,
        product: Product | None,
        rows: list[Row],
        columns: frozenset[str],
        shop: Shop,
        new_categories: dict[str, tuple[str, str]],
        report: Report,
    ) -> None:
        self.slug, self.product, self.rows, self.columns = slug, product, rows, columns
        self.shop, self.new_categories, self.report = shop, new_categories, report
        self.refused: list[Problem] = []
        self.notes: list[Problem] = []
        self.before = exporting.product_cells(product) if product else {}
        self.merged = self._merge()
        self.change = ProductChange(product, {})
        self.edits: dict[str, list[tuple[str, str, str]]] = {row.cells["sku"]: [] for row in rows}

    def compare(self) -> ProductChange | None:
        """Return the changes, or None if there are none or the rows are refused; the report gets both."""
        first = self.rows[0]
        self._product_values(first)
        variants = {row.cells["sku"]: self._variant(row) for row in self.rows}
        self._options(first, variants)
        self.change.variants = [one for one in variants.values() if one.variant is None or one.values]
        is_changed = self.product is None or self.change.values or self.change.category or self.change.variants
        if is_changed and not self.refused:
            self._check_as_the_page_does(variants)
        self.report.notes += self.notes
        if self.refused:
            self.report.refused += self.refused
            return None
        self._count(variants)
        return self.change if is_changed else None

    def _check_as_the_page_does(self, variants: dict[str, VariantChange]) -> None:
        """Refuse what the product's page would, so that whoever opens it can save it."""
        changes = {sku: change.values for sku, change in variants.items()}
        has_file = self.product is not None and self.product.id in self.shop.with_file
        self.refused += form_rules.problems(self.product, self.change.values, changes, self.rows, has_file=has_file)

    def _merge(self) -> Cells:
        """Return the product's cells, which stand in its first row; later ones repeat them or leave them empty."""
        first = self.rows[0]
        merged = {name: first.cells.get(name, "") for name in OF_PRODUCT if name in self.columns or not self.product}
        for row in self.rows[1:]:
            for name in merged:
                text = row.cells.get(name, "")
                if text and text != merged[name]:
                    self._refuse(row, name, "differs_from_row", other=first.place.row)
        return _with_spanish(merged)

    def _refuse(self, row: Row, column: str, code: str, **facts: Any) -> None:
        self.refused.append(Problem(row.place, column, code, facts))

    def _edit(self, row: Row, column: str, before: str, after: str) -> None:
        self.edits[row.cells["sku"]].append((column, before, after))

    def _product_values(self, row: Row) -> None:
        if self.slug != self.before.get("slug"):
            self.change.values["slug"] = self.slug
            self._edit(row, "slug", self.before.get("slug", ""), self.slug)
        for column in PRODUCT_COLUMNS:
            if column.name in self.merged:
                self._read(row, column, self.merged[column.name], self.before, self.product, self.change.values)
        if self.product and "kind" in self.change.values:
            self._refuse(row, "kind", "kind_fixed")
        if "category" in self.merged:
            self._category(row)
        if FACTS[0] in self.merged:
            self._facts(row)

    def _read(
        self,
        row: Row,
        column: Column,
        text: str,
        before: Cells,
        owner: Product | Variant | None,
        values: dict[str, Any],
    ) -> None:
        """Put a cell's value among the values, if it is another than before."""
        if owner is not None and text == tidy(before[column.name]):
            return
        if not text and owner is not None and column.empty is not Empty.DEFAULT:
            return
        try:
            if not text and column.empty is Empty.REFUSED_OR_KEPT:
                raise CellRefused("required")
            value = column.read(text) if text else column.default
        except CellRefused as refusal:
            self._refuse(row, column.name, refusal.code, **refusal.facts)
            return
        if owner is None or value != getattr(owner, column.attribute):
            values[column.attribute] = value
            if after := column.write(value):
                self._edit(row, column.name, before.get(column.name, ""), after)
            elif before.get(column.name):
                self._edit(row, column.name, before[column.name], "")

    def _category(self, row: Row) -> None:
        slug = self.merged["category"]
        names = tuple(self.merged.get(name, "") for name in CATEGORY_NAMES)
        before = self.before.get("category", "")
        if slug and slug != before:
            found = self.shop.categories.get(slug)
            if found is None and slug not in self.new_categories:
                self._new_category(row, slug, names)
            elif found is None or found.slug != before:
                self.change.category = slug
                self._edit(row, "category", before, slug)
        elif not slug and not self.product:
            self._refuse(row, "category", "required")
        category = self.shop.categories.get(slug)
        if category and any(names) and names != (category.name, category.name_en):
            self.notes.append(Problem(row.place, CATEGORY_NAMES[0], "category_names_kept", {"slug": category.slug}))

    def _new_category(self, row: Row, slug: str, names: tuple[str, ...]) -> None:
        try:
            cells.slug(60)(slug)
            if not names[0]:
                raise CellRefused("category_unknown")
        except CellRefused as refusal:
            self._refuse(row, "category", refusal.code, **refusal.facts)
            return
        try:
            self.new_categories[slug] = (cells.line(80)(names[0]), cells.line(80)(names[1]))
        except CellRefused as refusal:
            self._refuse(row, CATEGORY_NAMES[0], refusal.code, **refusal.facts)
            return
        self.change.category = slug
        self._edit(row, "category", self.before.get("category", ""), slug)

    def _facts(self, row: Row) -> None:
        texts = [self.merged.get(name, self.before.get(name, "")) for name in FACTS]
        if self.product and texts == [tidy(self.before[name]) for name in FACTS]:
            return
        try:
            facts = _read_facts(*texts)
        except CellRefused as refusal:
            self._refuse(row, FACTS[0], refusal.code, **refusal.facts)
            return
        if not self.product or facts != self.product.facts:
            self.change.values["facts"] = facts
            if texts[0] or self.before.get(FACTS[0]):
                self._edit(row, FACTS[0], self.before.get(FACTS[0], ""), texts[0])

    def _variant(self, row: Row) -> VariantChange:
        variant = self.shop.variants.get(row.cells["sku"])
        change = VariantChange(variant, {} if variant else {"sku": row.cells["sku"]})
        before = exporting.variant_cells(self.product, variant) if self.product and variant else {}
        for column in VARIANT_COLUMNS:
            if column.name in self.columns or variant is None:
                self._read(row, column, row.cells.get(column.name, ""), before, variant, change.values)
        if change.values:
            self._check_together(row, variant, change.values)
        self._units(row, change, before)
        return change

    @property
    def _kind(self) -> ProductKind | None:
        return self.product.kind if self.product else self.change.values.get("kind")

    def _check_together(self, row: Row, variant: Variant | None, values: dict[str, Any]) -> None:
        """Refuse values that are right one by one and wrong together."""

        def value(name: str) -> Any:
            return values[name] if name in values else getattr(variant, name, None)

        price_minor, original_minor = value("price_minor"), value("original_price_minor")
        if price_minor and original_minor and original_minor <= price_minor:
            self._refuse(row, "compare_at_price", "compare_at_too_low")
        is_plan = self._kind == ProductKind.SUBSCRIPTION
        if is_plan != (value("interval") is not None):
            self._refuse(row, "interval", "interval_missing" if is_plan else "only_of_plans")
        if not is_plan and value("trial_days"):
            self._refuse(row, "trial_days", "only_of_plans")

    def _units(self, row: Row, change: VariantChange, before: Cells) -> None:
        """Take the units of a new variant; those of others are changed by counting."""
        text = row.cells.get("stock", "")
        if change.variant is not None:
            if text and text != before["stock"]:
                self.notes.append(Problem(row.place, "stock", "stock_kept", {"has": before["stock"]}))
            return
        try:
            units = _stock(text) if text else 0
            if units and self._kind != ProductKind.PHYSICAL:
                raise CellRefused("stock_not_physical")
        except CellRefused as refusal:
            self._refuse(row, "stock", refusal.code, **refusal.facts)
            return
        if self._kind == ProductKind.PHYSICAL:
            change.stock = units
            if units:
                self._edit(row, "stock", "", str(units))

    def _options(self, first: Row, variants: dict[str, VariantChange]) -> None:
        """Work out the options from the names in the first row and the values in all of them."""
        is_about_options = bool(self.columns & _OF_OPTIONS)
        if not is_about_options and all(change.variant for change in variants.values()):
            return
        own = {variant.sku: variant for variant in (self.product.variants if self.product else ())}
        found = option_plan.work_out(self.product, self.merged, self.rows, own)
        self.refused += [
            Problem(place, column, refusal.code, refusal.facts) for place, column, refusal in found.problems
        ]
        if found.problems:
            return
        before = self.product.options if self.product else []
        if found.options != before:
            self.change.values["options"] = found.options
            for edit in option_plan.name_edits(self.before, found.options):
                self._edit(first, *edit)
        for row in self.rows:
            values, variant = found.values[row.cells["sku"]], own.get(row.cells["sku"])
            if variant is None or values != variant.option_values:
                variants[row.cells["sku"]].values |= {"option_values": values, "option_key": option_key(values)}
            for edit in option_plan.value_edits(before, variant, found.options, values):
                self._edit(row, *edit)

    def _count(self, variants: dict[str, VariantChange]) -> None:
        report = self.report
        for row in self.rows:
            change, edits = variants[row.cells["sku"]], tuple(self.edits[row.cells["sku"]])
            if change.variant is None or edits:
                is_new = change.variant is None
                report.changes.append(Change(row.place, self.slug, row.cells["sku"], is_new, edits))
            else:
                report.unchanged += 1
            report.variants_created += change.variant is None
            report.variants_changed += change.variant is not None and bool(change.values)
        if self.product is None:
            report.products_created += 1
        elif self.change.values or self.change.category or self.change.variants:
            report.products_changed += 1


def _with_spanish(merged: Cells) -> Cells:
    return {name: text or merged.get(SPANISH_OF.get(name, ""), "") for name, text in merged.items()}


def _read_facts(in_spanish: str, in_english: str) -> list[Fact]:
    spanish, english = (text.split("\n") if text else [] for text in (in_spanish, in_english or in_spanish))
    if len(spanish) != len(english):
        raise CellRefused("facts_differ")
    if len(spanish) > MAX_FACTS:
        raise CellRefused("too_many_facts", most=MAX_FACTS)
    pairs = [(*_read_fact(one), *_read_fact(other)) for one, other in zip(spanish, english, strict=True)]
    return [Fact(name=a, value=b, name_en=c, value_en=d) for a, b, c, d in pairs]


def _read_fact(text: str) -> tuple[str, str]:
    name, separator, value = text.partition(":")
    if not separator or not name.strip() or not value.strip():
        raise CellRefused("not_a_fact")
    return _fact_text(name), _fact_text(value)
