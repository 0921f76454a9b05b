"""Products as a CSV file: what it changes, what it refuses and where, and that export and import are one format."""

import csv
import io
from collections.abc import Mapping
from itertools import product

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Category, FormerSlug, Product, Variant
from storefront.domain.inventory import Stock, StockMovement
from storefront.enums import PageKind, ProductStatus, StockReason, TaxRate
from storefront.services.audit import Actor
from storefront.services.catalogue import Search, browse, editing, product_csv
from storefront.services.catalogue.drafts import draft_of
from storefront.services.catalogue.product_csv import Report
from storefront.services.catalogue.product_csv.cells import CellRefused, price
from storefront.spreadsheets import defuse, restore
from tests.factories import GUIDE, PREMIUM, WHEY, sku_of
from tests.statements import Statements

SHIRT = {
    "slug": "camiseta-nueva",
    "status": "published",
    "kind": "physical",
    "name_es": "Camiseta nueva",
    "name_en": "New shirt",
    "description_es": "De algodón.",
    "description_en": "Made of cotton.",
    "category": "fuerza",
    "brand": "FitAiid",
    "tax_rate": "general",
    "option1_name_es": "Talla",
    "option1_name_en": "Size",
    "price": "59900",
}


def size(name: str, **cells: str) -> dict[str, str]:
    """Return a row of the shirt in one size."""
    return SHIRT | {"sku": f"CAM-{name}", "option1_value_es": name, "option1_value_en": name, "stock": "4"} | cells


def written(*rows: Mapping[str, str], separator: str = ";", end: str = "\r\n") -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=separator, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def check(*rows: Mapping[str, str]) -> Report:
    return product_csv.check(written(*rows), progress=quiet)


def apply(*rows: Mapping[str, str]) -> Report:
    report = apply_bytes(written(*rows))
    assert report.is_applied, report.refused
    return report


def apply_bytes(content: bytes) -> Report:
    return product_csv.apply(content, file_name="productos.csv", staff=Actor("eva"), progress=quiet)


def quiet(step: str, done: int, total: int) -> None:
    assert 0 < done <= total


def problems(report: Report) -> list[tuple[int, str, str]]:
    return [(problem.place.row, problem.column, problem.code) for problem in report.refused]


def product_of(slug: str) -> Product:
    db.session.rollback()
    found = db.session.scalar(select(Product).where(Product.slug == slug).execution_options(populate_existing=True))
    assert found is not None
    return found


def exported() -> bytes:
    return "".join(product_csv.export()).encode()


def exported_rows() -> dict[str, dict[str, str]]:
    text = exported().decode("utf-8-sig")
    return {row["sku"]: row for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";")}


def test_a_new_product_gets_its_variants_summary_search_text_and_first_stock(shop: Flask) -> None:
    report = apply(size("S"), size("M", price="64900", compare_at_price="79900"))
    assert report.counts == {
        "rows": 2, "products_created": 1, "products_changed": 0, "variants_created": 2, "variants_changed": 0,
        "unchanged": 0,
    }  # fmt: skip
    shirt = product_of("camiseta-nueva")
    assert [variant.sku for variant in shirt.variants] == ["CAM-S", "CAM-M"]
    assert (shirt.price_minor, shirt.price_max_minor, shirt.original_price_minor) == (5_990_000, 6_490_000, None)
    assert shirt.options == [{"name": "Talla", "name_en": "Size", "values": ["S", "M"], "values_en": ["S", "M"]}]
    assert (shirt.version, shirt.status, shirt.tax_rate) == (1, ProductStatus.PUBLISHED, TaxRate.GENERAL)
    assert [found.slug for found in browse(Search(text="camiseta nueva algodon")).items] == ["camiseta-nueva"]
    movements = db.session.scalars(select(StockMovement).where(StockMovement.actor == "eva")).all()
    assert [(row.reason, row.on_hand_delta, row.note) for row in movements] == [
        (StockReason.RECEIVED, 4, "productos.csv")
    ] * 2
    created, entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-2:]
    assert (created.action, created.object_id, created.actor_name) == ("created", shirt.id, "eva")
    assert (created.after or {})["prices"] == {"CAM-S": 59_900, "CAM-M": 64_900}
    assert (entry.action, entry.object_id, entry.actor_name) == ("imported", "productos.csv", "eva")
    assert entry.after == {**report.counts, "categories": []}
    stock = db.session.scalars(select(Stock).where(Stock.variant_id.in_([row.variant_id for row in movements])))
    assert [(row.initial, row.on_hand) for row in stock] == [(0, 4)] * 2


def test_what_a_file_changes_is_in_the_audit_of_each_product(shop: Flask) -> None:
    apply(size("S"), size("M"))
    before = db.session.scalars(select(AuditEntry.id)).all()
    apply(size("S", price="61900", barcode="7701234567897"), size("M"))
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.id.not_in(before)).order_by(AuditEntry.id)).all()
    assert [one.action for one in entries] == ["changed", "imported"]
    assert entries[0].before == {"prices": {"CAM-S": 59_900, "CAM-M": 59_900}, "barcodes": {}}
    assert entries[0].after == {"prices": {"CAM-S": 61_900, "CAM-M": 59_900}, "barcodes": {"CAM-S": "7701234567897"}}


def test_what_is_exported_changes_nothing_when_it_is_imported(shop: Flask) -> None:
    apply(
        size("S", facts_es="Peso: 200 g\nTela: algodón", facts_en="Weight: 200 g\nFabric: cotton"),
        size("M", description_es=" ", description_en=""),
    )
    with transaction():  # texts that no import would take, which somebody wrote otherwise
        shirt = db.session.scalars(select(Product).where(Product.slug == "camiseta-nueva")).one()
        shirt.name, shirt.description = "=1+1 – 👩‍👩‍👧", ' dos\r\nlíneas; "comillas" <b>,\x0b '
    before = exported()
    report = product_csv.apply(before, file_name="x", staff=Actor("eva"), progress=quiet)
    assert (report.refused, report.changes, report.notes) == ([], [], [])
    assert report.unchanged == report.rows == len(exported_rows())
    assert exported() == before


def test_a_dry_run_says_it_all_and_writes_nothing(shop: Flask) -> None:
    before = exported()
    report = check(size("S"), {"sku": sku_of(WHEY), "price": "99.900"})
    assert not report.is_applied
    assert (report.products_created, report.products_changed, report.variants_changed) == (1, 1, 1)
    assert report.changes[1].cells == (("price", "129900", "99900"),)
    assert exported() == before


def test_a_file_of_skus_and_prices_is_enough_for_what_is_there(shop: Flask) -> None:
    earlier = product_of(WHEY)
    version, name = earlier.version, earlier.name
    apply({"sku": sku_of(WHEY), "price": "99900", "compare_at_price": "129900"})
    changed = product_of(WHEY)
    assert (changed.price_minor, changed.original_price_minor, changed.version) == (9_990_000, 12_990_000, version + 1)
    assert changed.name == name


def test_stock_of_what_is_there_stays_and_the_report_says_so(shop: Flask) -> None:
    report = apply({"sku": sku_of(WHEY), "stock": "7"})
    assert [(note.column, note.code, note.facts) for note in report.notes] == [("stock", "stock_kept", {"has": "120"})]
    assert (report.unchanged, exported_rows()[sku_of(WHEY)]["stock"]) == (1, "120")


def test_what_the_import_takes_the_page_saves_unchanged(shop: Flask) -> None:
    course = {name: text for name, text in SHIRT.items() if not name.startswith("option1")}
    apply(
        size("S", facts_es="Peso: 200 g", barcode="7701234567897", description_es="x" * 5_000),
        size("M" * 40, sku="CAM.m/1", compare_at_price="79900", description_es=""),
        course | {"slug": "curso-nuevo", "kind": "digital", "sku": "CURSO", "status": "draft"},
        course | {"slug": "apagada", "sku": "APAGADA", "status": "draft", "active": "no"},
    )
    for slug in ("camiseta-nueva", "curso-nuevo", "apagada"):
        product = product_of(slug)
        editing.change(product.id, product.version, draft_of(editing.get(product.id)), staff=Actor("eva"))
    published = [{"sku": sku, "status": "published"} for sku in ("CURSO", "APAGADA")]
    assert problems(check(*published)) == [(2, "status", "no_file"), (3, "status", "no_variant")]
    assert apply({"sku": sku_of(GUIDE), "price": "19900"}).products_changed == 1  # it has its file


def test_one_refused_row_keeps_everything_out(shop: Flask) -> None:
    before = exported()
    report = apply_bytes(written(size("S"), size("M", price="0")))
    assert problems(report) == [(3, "price", "price_zero")]
    assert not report.is_applied
    assert exported() == before


MISTAKES: list[tuple[dict[str, str], str, str]] = [
    ({"price": "0"}, "price", "price_zero"),
    ({"price": "129900,50"}, "price", "price_with_centavos"),
    ({"price": "129.9"}, "price", "price_with_centavos"),
    ({"price": "1000000001"}, "price", "price_too_high"),
    ({"price": "-5"}, "price", "not_a_price"),
    ({"price": "1,3E+05"}, "price", "not_a_price"),
    ({"price": ""}, "price", "required"),
    ({"compare_at_price": "59900"}, "compare_at_price", "compare_at_too_low"),
    ({"kind": "service"}, "kind", "unknown_choice"),
    ({"tax_rate": "19"}, "tax_rate", "unknown_choice"),
    ({"status": "sold"}, "status", "unknown_choice"),
    ({"withdrawal_exception": "because"}, "withdrawal_exception", "unknown_choice"),
    ({"name_es": "x" * 10_000}, "name_es", "too_long"),
    ({"name_es": ""}, "name_es", "required"),
    ({"name_es": "a\x00b"}, "name_es", "control_character"),
    ({"description_es": "x" * 5_001}, "description_es", "too_long"),
    ({"description_es": "<p>De algodón</p>"}, "description_es", "markup"),
    ({"name_es": "Camiseta 🚀"}, "name_es", "emoji"),
    ({"brand": "<b>"}, "brand", "markup"),
    ({"slug": "Camiseta Ñ"}, "slug", "not_a_slug"),
    ({"barcode": "7.70E+12"}, "barcode", "not_a_barcode"),
    ({"barcode": "123456789"}, "barcode", "not_a_barcode"),
    ({"sku": "CAM S"}, "sku", "invalid"),
    ({"active": "no"}, "status", "no_variant"),
    ({"kind": "digital", "stock": ""}, "status", "no_file"),
    ({"weight_grams": "0"}, "weight_grams", "out_of_range"),
    ({"weight_grams": "1,5"}, "weight_grams", "not_whole"),
    ({"active": "maybe"}, "active", "unknown_choice"),
    ({"interval": "month"}, "interval", "only_of_plans"),
    ({"trial_days": "7"}, "trial_days", "only_of_plans"),
    ({"kind": "subscription", "stock": ""}, "interval", "interval_missing"),
    ({"kind": "digital"}, "stock", "stock_not_physical"),
    ({"stock": "-1"}, "stock", "not_a_number"),
    ({"category": "nada"}, "category", "category_unknown"),
    ({"facts_es": "sin nombre"}, "facts_es", "not_a_fact"),
    ({"facts_es": "a: b", "facts_en": "a: b\nc: d"}, "facts_es", "facts_differ"),
    ({"facts_es": f"a: {'b' * 121}"}, "facts_es", "too_long"),
    ({"facts_es": "\n".join(["a: b"] * 21)}, "facts_es", "too_many_facts"),
    ({"option1_value_es": "x" * 41}, "option1_value_es", "too_long"),
    ({"option1_value_es": "S;M"}, "option1_value_es", "invalid"),
    ({"option1_name_es": "", "option1_name_en": ""}, "option1_value_es", "option_without_name"),
    ({"option1_value_es": ""}, "option1_value_es", "required"),
    ({"option3_name_es": "Color", "option3_value_es": "Rojo"}, "option3_name_es", "option_before_missing"),
]


def test_every_mistake_is_named_by_row_line_and_column(shop: Flask) -> None:
    rows = [size("S", slug=f"producto-{n}", sku=f"P-{n}") | cells for n, (cells, _, _) in enumerate(MISTAKES)]
    report = check(*rows, size("M"))
    found = problems(report)
    for n, (_, column, code) in enumerate(MISTAKES):
        assert (n + 2, column, code) in found
    assert {problem.place.row for problem in report.refused} == set(range(2, len(MISTAKES) + 2))


CONTRADICTIONS: list[tuple[list[dict[str, str]], tuple[int, str, str]]] = [
    ([size("S"), size("S")], (3, "sku", "sku_twice")),
    ([size("S"), size("S", sku="X")], (3, "option1_value_es", "combination_twice")),
    ([size("S"), size("s", sku="X")], (2, "option1_value_es", "twice")),
    ([size("S"), size("M", sku="cam-s")], (2, "sku", "twice_here")),
    ([size("S", barcode="77012345"), size("M", barcode="77012345")], (3, "barcode", "twice")),
    ([size(str(n)) for n in range(61)], (2, "option1_value_es", "too_many_variants")),
    ([{"sku": sku_of(WHEY), "active": "no"}], (2, "status", "no_variant")),
    ([size("S"), size("M", name_es="Otra")], (3, "name_es", "differs_from_row")),
    ([size("S"), size("S", sku="X", option1_value_en="Z")], (3, "option1_value_es", "english_differs")),
    ([size("S", sku=sku_of(PREMIUM))], (2, "kind", "kind_fixed")),
    ([size("S", sku="")], (2, "sku", "required")),
    ([{"sku": "NUEVO", "price": "5"}], (2, "slug", "required")),
    ([size("S", slug=WHEY, sku=sku_of(PREMIUM))], (2, "sku", "sku_elsewhere")),
    ([size("S", slug=WHEY)], (2, "option1_name_es", "variants_missing")),
]


def test_rows_that_contradict_each_other_or_the_shop_are_refused(shop: Flask) -> None:
    for rows, expected in CONTRADICTIONS:
        assert expected in problems(check(*rows))


def test_files_of_every_spreadsheet_are_read(shop: Flask) -> None:
    for separator, mark, end in product(";,\t", (b"", b"\xef\xbb\xbf"), ("\n", "\r\n")):
        row = size("S", description_es=f'Una; dos, tres{end}y "otra"', price="59.900")
        content = mark + written(row, size("M", price="0", description_es=""), separator=separator, end=end)
        report = product_csv.check(content, progress=quiet)
        assert problems(report) == [(3, "price", "price_zero")]
        assert report.refused[0].place.line == 4  # a text of two lines is above


def test_what_is_no_such_file_is_refused(shop: Flask) -> None:
    for content, expected in (
        (b"", (1, "", "file_empty")),
        ("sku;price\nA;ñ".encode("latin-1"), (2, "", "not_utf8")),
        (b"sku;precio\nA;5", (1, "precio", "unknown_column")),
        (b"sku;price;price\nA;5;5", (1, "price", "column_twice")),
        (b"slug;price\nA;5", (1, "sku", "column_missing")),
        (b"sku;price\nA;5;7", (2, "", "too_many_cells")),
        (b'sku;price\nA;"5', (2, "", "broken_quotes")),
        (b"x" * (product_csv.MAX_BYTES + 1), (1, "", "file_too_large")),
    ):
        assert expected in problems(product_csv.check(content, progress=quiet))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("129900", 129_900), ("129.900", 129_900), ("129,900", 129_900), ("129900,00", 129_900),
        ("129900.00", 129_900), ("$ 1.299.900,00", 1_299_900), ("1,299,900.00", 1_299_900), ("5", 5),
        ("1000000000", 1_000_000_000), ("129900,0", 129_900),
    ],
)  # fmt: skip
def test_prices_are_read_as_excel_writes_them(text: str, amount: int) -> None:
    assert price(text) == amount * 100


@pytest.mark.parametrize("text", ["0.500", "1.2.3", "12.34.567", "1 000 x", "٣", "1" * 40, "129.900,5", "1.299,900"])
def test_what_may_mean_two_prices_means_none(text: str) -> None:
    with pytest.raises(CellRefused):
        price(text)


@given(st.text())
def test_a_defused_cell_comes_back_as_it_was_and_runs_nowhere(text: str) -> None:
    assert restore(defuse(text)) == text
    assert not defuse(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_formulas_and_markup_stay_text(shop: Flask) -> None:
    apply(size("S", name_es="=HYPERLINK(1)", description_es="1 < 2 & <3\n@aquí"))
    assert exported_rows()["CAM-S"]["name_es"] == "'=HYPERLINK(1)"
    shirt = product_of("camiseta-nueva")
    assert (shirt.name, shirt.description) == ("=HYPERLINK(1)", "1 < 2 & <3\n@aquí")
    assert apply_bytes(exported()).changes == []


def test_a_missing_category_is_made_of_its_names(shop: Flask) -> None:
    new = {"category": "verano", "category_name_es": "Verano"}
    report = apply(size("S", **new), size("M", **new), size("L", slug="otra", sku="OTRA", **new))
    assert report.categories == ["verano"]
    category = db.session.scalars(select(Category).where(Category.slug == "verano")).one()
    assert (category.name, category.name_en) == ("Verano", "Verano")


def test_a_new_address_keeps_the_old_one_and_may_come_back(shop: Flask) -> None:
    key = product_of(WHEY).id
    apply({"slug": "whey-nuevo", "sku": sku_of(WHEY)})
    assert product_of("whey-nuevo").id == key
    assert db.session.get(FormerSlug, (PageKind.PRODUCT, WHEY)).target_id == key  # type: ignore[union-attr]
    assert problems(check(size("S", slug=WHEY))) == [(2, "slug", "slug_was_used")]
    apply({"slug": WHEY, "sku": sku_of(WHEY)})
    kept = db.session.scalars(select(FormerSlug.slug)).all()
    assert kept == ["whey-nuevo"]


def test_two_variants_can_change_places(shop: Flask) -> None:
    apply(size("S"), size("M"))
    apply(size("S", option1_value_es="M"), size("M", option1_value_es="S"))
    assert {row.sku: row.option_values for row in product_of("camiseta-nueva").variants} == {
        "CAM-S": ["M"],
        "CAM-M": ["S"],
    }


def test_an_option_value_gets_another_name_in_its_place_and_new_variants_come_last(shop: Flask) -> None:
    apply(size("S"), size("M"))
    apply(
        {"sku": "CAM-S", "slug": "camiseta-nueva", "option1_value_es": "Pequeña", "option1_value_en": "Small"}
        | {"price": "59900"},
        {"sku": "CAM-L", "slug": "camiseta-nueva", "option1_value_es": "L", "price": "59900"},
    )
    shirt = product_of("camiseta-nueva")
    assert shirt.options[0]["values"] == ["Pequeña", "M", "L"]
    assert shirt.options[0]["values_en"] == ["Small", "M", "L"]
    assert [row.option_values for row in shirt.variants] == [["Pequeña"], ["M"], ["L"]]


def test_a_plan_has_interval_and_trial(shop: Flask) -> None:
    plan = {
        **SHIRT,
        "slug": "plan-nuevo",
        "sku": "PLAN",
        "kind": "subscription",
        "interval": "month",
        "trial_days": "7",
    }
    del plan["option1_name_es"], plan["option1_name_en"]
    apply(plan)
    found = product_of("plan-nuevo")
    assert (found.interval, found.variants[0].trial_days, found.variants[0].stock) == ("month", 7, None)


def test_statements_do_not_grow_with_the_rows(shop: Flask, statements: Statements) -> None:
    def count(rows: int) -> int:
        statements.clear()
        apply(*(size("S", slug=f"p-{rows}-{n}", sku=f"P-{rows}-{n}") for n in range(rows)))
        return len(statements)

    # One more for each thousand words of the search index, which is one statement a thousand rows.
    assert count(400) <= count(40) + 4


def test_variants_that_others_changed_meanwhile_are_not_overwritten(shop: Flask) -> None:
    apply(size("S"))
    apply({"sku": "CAM-S", "price": "49900"})
    apply({"sku": "CAM-S", "barcode": "7701234567897"})
    assert exported_rows()["CAM-S"]["price"] == "49900"
    assert db.session.scalar(select(func.count()).where(Variant.sku == "CAM-S")) == 1
