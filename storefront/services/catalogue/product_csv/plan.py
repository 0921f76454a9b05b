"""Comparing a file with the shop: what each product and variant becomes, and what cannot be. Nothing is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from storefront.domain.catalogue import Product
from storefront.services.catalogue.product_csv import cells
from storefront.services.catalogue.product_csv.product_plan import ProductChange, ProductPlan
from storefront.services.catalogue.product_csv.reading import Row, Sheet
from storefront.services.catalogue.product_csv.report import Problem, Report
from storefront.services.catalogue.product_csv.shop import Shop

Progress = Callable[[str, int, int], None]
"""What is told how many of how many are done of a step: `checked` rows or `written` products."""

EVERY = 250
"""Rows between two reports of progress."""


@dataclass(slots=True)
class Plan:
    """The changes of all products, new categories as (name, English name) by address, and the report."""

    changes: list[ProductChange] = field(default_factory=list)
    categories: dict[str, tuple[str, str]] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


def compare(sheet: Sheet, shop: Shop, progress: Progress) -> Plan:
    """Return what the rows do to the shop."""
    plan = Plan(report=Report(rows=len(sheet.rows), refused=list(sheet.problems)))
    report, done, shown, used = plan.report, 0, 0, set[str]()
    for slug, rows in _by_product(sheet, shop, report.refused).items():
        product = _product_of(slug, rows, shop)
        problems = [*_strangers(product, rows, shop), *_address_problems(slug, product, rows[0], shop)]
        if product is not None and product.id in used:
            problems.append(Problem(rows[0].place, "slug", "two_slugs", {"slug": product.slug}))
        if product is not None:
            used.add(product.id)
        if problems:
            report.refused += problems
        elif change := ProductPlan(slug, product, rows, sheet.columns, shop, plan.categories, report).compare():
            plan.changes.append(change)
        done += len(rows)
        if done - shown >= EVERY or done == len(sheet.rows):
            progress("checked", done, len(sheet.rows))
            shown = done
    report.categories = sorted(plan.categories)
    report.refused.sort(key=lambda problem: problem.place.row)
    report.changes.sort(key=lambda change: change.place.row)
    return plan


def _by_product(sheet: Sheet, shop: Shop, refused: list[Problem]) -> dict[str, list[Row]]:
    """Return the rows by the address of their product, in the order of the file."""
    groups: dict[str, list[Row]] = {}
    seen: dict[str, Row] = {}
    for row in sheet.rows:
        sku, slug = row.cells["sku"], row.cells.get("slug", "")
        variant = shop.variants.get(sku)
        try:
            if not cells.line(80)(sku):
                raise cells.CellRefused("required")
            if sku in seen:
                raise cells.CellRefused("sku_twice", other=seen[sku].place.row)
        except cells.CellRefused as refusal:
            refused.append(Problem(row.place, "sku", refusal.code, refusal.facts))
            continue
        seen[sku] = row
        if slug or variant:
            groups.setdefault(slug or variant.product.slug, []).append(row)  # type: ignore[union-attr]
        else:
            refused.append(Problem(row.place, "slug", "required"))
    return groups


def _product_of(slug: str, rows: list[Row], shop: Shop) -> Product | None:
    """Return the product with an address; else that of a row's SKU, whose address is new; else None, for a new one."""
    if slug in shop.products:
        return shop.products[slug]
    known = (shop.variants.get(row.cells["sku"]) for row in rows)
    return next((variant.product for variant in known if variant), None)


def _strangers(product: Product | None, rows: list[Row], shop: Shop) -> Iterator[Problem]:
    """Yield each row whose SKU belongs to another product."""
    for row in rows:
        variant = shop.variants.get(row.cells["sku"])
        if variant is not None and product is not None and variant.product_id != product.id:
            yield Problem(row.place, "sku", "sku_elsewhere", {"slug": variant.product.slug})


def _address_problems(slug: str, product: Product | None, row: Row, shop: Shop) -> Iterator[Problem]:
    """Yield what is wrong with an address that no product has now."""
    if slug in shop.products:
        return
    try:
        cells.slug(80)(slug)
        if slug in shop.former and (product is None or shop.former[slug] != product.id):
            raise cells.CellRefused("slug_was_used")
    except cells.CellRefused as refusal:
        yield Problem(row.place, "slug", refusal.code, refusal.facts)
