"""Products as staff make and change them: variants, stock, addresses, and what is never deleted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Category, FormerSlug, Product, ProductOption, Variant
from storefront.domain.inventory import StockMovement
from storefront.enums import BillingInterval, PageKind, ProductKind, ProductStatus, WithdrawalExclusion
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.i18n import audit_changes
from storefront.services import catalogue
from storefront.services.audit import Actor
from storefront.services.catalogue import bulk, editing, listing, previews
from storefront.services.catalogue.checking import problems_of
from storefront.services.catalogue.drafts import ProductDraft, ValueRename, VariantDraft, combinations, draft_of
from storefront.services.catalogue.renaming import LostValue, lost_values
from storefront.services.jobs import consistency
from storefront.text import slug_from
from tests import factories as make
from tests.factories import GUIDE, WHEY
from tests.fakes import FakeGateway

STAFF = Actor("ana@example.com")
SIZES: ProductOption = {"name": "Talla", "name_en": "Size", "values": ["S", "M"], "values_en": ["S", "M"]}


def draft(**values: Any) -> ProductDraft:
    options = values.pop("options", (SIZES,))
    rows = tuple(VariantDraft(values=one, price_minor=5_990_000, units=5) for one in combinations(options))
    given = {
        "kind": ProductKind.PHYSICAL,
        "name": "Camiseta",
        "name_en": "Shirt",
        "description": "Suave.",
        "description_en": "Soft.",
        "category_id": db.session.scalar(select(Category.id).limit(1)) or 0,
        "status": ProductStatus.PUBLISHED,
        "options": options,
        "variants": rows,
    }
    return ProductDraft(**given | values)


def change(product_id: str, **values: Any) -> None:
    product = editing.get(product_id)
    editing.change(product_id, product.version, replace(draft_of(product), **values), staff=STAFF)


def rows_of(product_id: str) -> dict[str, Variant]:
    db.session.rollback()
    db.session.expire_all()
    return {"/".join(one.option_values): one for one in editing.get(product_id).variants}


@pytest.mark.dialects
def test_first_units_are_a_line_of_the_ledger_with_who_received_them(shop: Flask) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    for row in rows_of(product_id).values():
        movement = db.session.scalars(select(StockMovement).where(StockMovement.variant_id == row.id)).one()
        assert (movement.reason, movement.on_hand_delta, movement.actor) == ("received", 5, STAFF.name)
        assert row.stock
        assert (row.stock.initial, row.stock.on_hand) == (0, 5)
    assert [finding for finding in consistency.examine() if finding.area == "stock"] == []


@pytest.mark.dialects
def test_a_sold_size_is_made_inactive_and_an_unsold_one_is_deleted(shop: Flask, gateway: FakeGateway) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    sizes = rows_of(product_id)
    make.pay(gateway, started := make.begin((sizes["S"].id, 1)))
    only_m = {**SIZES, "values": ["M"], "values_en": ["M"]}
    kept = tuple(one for one in draft_of(editing.get(product_id)).variants if one.values == ("M",))
    change(product_id, options=(only_m,), variants=kept, status=ProductStatus.DRAFT)
    assert {name: row.is_active for name, row in rows_of(product_id).items()} == {"S": False, "M": True}
    assert make.lines_of(started)[0].sku == "CAMISETA-S"
    other = editing.create(draft(name="Gorra", status=ProductStatus.DRAFT, variants=tuple(
        VariantDraft(values=one, price_minor=100) for one in (("S",), ("M",))
    )), staff=STAFF)  # fmt: skip
    kept = tuple(one for one in draft_of(editing.get(other)).variants if one.values == ("M",))
    change(other, options=(only_m,), variants=kept)
    assert list(rows_of(other)) == ["M"]


@pytest.mark.dialects
def test_a_new_name_also_goes_to_combinations_that_are_sold_no_more(shop: Flask) -> None:
    blue: ProductOption = {"name": "Color", "name_en": "Colour", "values": ["Azul"], "values_en": ["Blue"]}
    product_id = editing.create(draft(options=(SIZES, blue)), staff=STAFF)
    ids = {name: row.id for name, row in rows_of(product_id).items()}
    only_m = SIZES | ProductOption(name="Talla", name_en="Size", values=["M"], values_en=["M"])
    change(product_id, options=(only_m, blue), variants=(VariantDraft(values=("M", "Azul"), price_minor=100),))
    navy = blue | ProductOption(name="Color", name_en="Colour", values=["Marino"], values_en=["Navy"])
    renames = (ValueRename(1, "Azul", "Marino"),)
    rows = (VariantDraft(values=("M", "Marino"), price_minor=100),)
    change(product_id, options=(only_m, navy), variants=rows, renames=renames)
    named = {name: (row.id, row.is_active) for name, row in rows_of(product_id).items()}
    assert named == {"S/Marino": (ids["S/Azul"], False), "M/Marino": (ids["M/Azul"], True)}


def test_a_name_that_nobody_typed_is_refused(shop: Flask) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    with pytest.raises(InvalidInput) as refusal:
        change(product_id, renames=(ValueRename(0, "S", "M"), ValueRename(1, "S", "X"), ValueRename(0, "S", "")))
    assert refusal.value.problems == {"renames-0-new": "invalid", "renames-1-new": "invalid"}


def test_options_that_change_places_are_not_asked_about() -> None:
    colour: ProductOption = {"name": "Color", "name_en": "Colour", "values": ["Rojo"], "values_en": ["Red"]}
    assert lost_values([SIZES, colour], [colour, SIZES]) == []
    assert lost_values([SIZES], [SIZES, colour]) == []
    assert lost_values([SIZES], [{**SIZES, "values": ["S"], "values_en": ["S"]}]) == []
    many = lost_values([SIZES], [{**SIZES, "values": ["M", "L", "XL"], "values_en": ["M", "L", "XL"]}])
    assert many == [LostValue(0, "S", ("L", "XL"), "")]


@pytest.mark.dialects
def test_a_hold_of_an_unpaid_order_keeps_its_variant(shop: Flask, gateway: FakeGateway) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    started = make.begin((rows_of(product_id)["S"].id, 2))
    change(product_id, options=(), variants=(VariantDraft(price_minor=100),))
    rows = rows_of(product_id)
    assert {name: row.is_active for name, row in rows.items()} == {"S": False, "M": False, "": True}
    make.pay(gateway, started)
    assert make.state_of(started) == ("confirmed", "paid")


def test_an_old_version_is_refused_with_both_versions(shop: Flask) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    change(product_id, name="Lino")
    with pytest.raises(EditConflict) as refusal:
        editing.change(product_id, 1, draft(name="Seda"), staff=STAFF)
    data = refusal.value.data
    assert (data["stored"].name, data["typed"].name, data["seen"], data["version"]) == ("Lino", "Seda", 1, 2)
    with pytest.raises(NotFound):
        editing.change("absent", 1, draft(), staff=STAFF)


def test_the_kind_stays_and_lists_follow_the_variants(shop: Flask) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    prices = (3_000_000, 2_000_000)
    rows = draft_of(editing.get(product_id)).variants
    cheaper = tuple(replace(one, price_minor=price) for one, price in zip(rows, prices, strict=True))
    change(product_id, kind=ProductKind.SUBSCRIPTION, variants=cheaper)
    product = editing.get(product_id)
    assert (product.kind, product.price_minor, product.price_max_minor) == ("physical", 2_000_000, 3_000_000)


def test_a_plan_has_its_interval_and_trial(shop: Flask) -> None:
    row = VariantDraft(price_minor=4_990_000, interval=BillingInterval.YEAR, trial_days=14)
    product_id = editing.create(draft(kind=ProductKind.SUBSCRIPTION, options=(), variants=(row,)), staff=STAFF)
    product = editing.get(product_id)
    assert (product.interval, product.variants[0].trial_days, product.variants[0].stock) == ("year", 14, None)
    with pytest.raises(InvalidInput) as refusal:
        change(product_id, variants=(VariantDraft(price_minor=100, trial_days=731),))
    assert refusal.value.problems == {"variants-0-interval": "required", "variants-0-trial_days": "out_of_range"}


def test_whatever_is_changed_is_in_the_audit(shop: Flask) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    first, second = draft_of(editing.get(product_id)).variants
    values: dict[str, Any] = {
        "original_price_minor": 7_990_000,
        "weight_grams": 300,
        "barcode": "7701234567897",
        "low_stock_at": 9,
    }
    fact = {"name": "Tela", "name_en": "Fabric", "value": "lino", "value_en": "linen"}
    sizes = SIZES | {"name_en": "Fit"}
    change(
        product_id,
        variants=(replace(first, **values), second),
        facts=(fact,),
        options=(sizes,),
        withdrawal_exception=WithdrawalExclusion.PERSONAL_USE,
    )
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.after == {
        "original_prices": {first.sku: 79_900},
        "weights": {first.sku: 300},
        "barcodes": {first.sku: "7701234567897"},
        "low_stock": {first.sku: 9, second.sku: 5},
        "product_facts": ["Tela: lino"],
        "product_facts_en": ["Fabric: linen"],
        "options_en": {"Fit": ["S", "M"]},
        "withdrawal_exception": "personal_use",
    }
    with shop.test_request_context():
        words = [after for _, _, after in audit_changes(entry.object_type, entry.before, entry.after)]
    assert f"{first.sku}: 79900" in words
    assert "Fit: S, M" in words


def test_a_changed_trial_is_in_the_audit(shop: Flask) -> None:
    row = VariantDraft(price_minor=4_990_000, interval=BillingInterval.YEAR, trial_days=14)
    product_id = editing.create(draft(kind=ProductKind.SUBSCRIPTION, options=(), variants=(row,)), staff=STAFF)
    (stored,) = draft_of(editing.get(product_id)).variants
    change(product_id, variants=(replace(stored, interval=BillingInterval.MONTH, trial_days=7),))
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.before == {"intervals": {stored.sku: "year"}, "trial_days": {stored.sku: 14}}
    assert entry.after == {"intervals": {stored.sku: "month"}, "trial_days": {stored.sku: 7}}


def test_an_address_that_nobody_saw_is_free_again(shop: Flask) -> None:
    product_id = editing.create(draft(status=ProductStatus.DRAFT), staff=STAFF)
    change(product_id, slug="otra")
    assert db.session.scalars(select(FormerSlug)).all() == []
    change(product_id, status=ProductStatus.PUBLISHED)
    change(product_id, slug="tercera")
    assert catalogue.current_slug(PageKind.PRODUCT, "otra") == "tercera"
    change(product_id, status=ProductStatus.ARCHIVED)
    assert catalogue.current_slug(PageKind.PRODUCT, "otra") is None, "nobody sees it any more"


def test_addresses_that_come_from_names_never_collide(shop: Flask) -> None:
    names = [editing.get(editing.create(draft(), staff=STAFF)) for _ in range(3)]
    assert [product.slug for product in names] == ["camiseta", "camiseta-2", "camiseta-3"]
    assert slug_from("  Proteína «Ñandú» 2 lb – café ") == "proteina-nandu-2-lb-cafe"
    assert slug_from("日本") == ""
    assert problems_of(draft(name="日本"))["slug"] == "required"


def test_the_list_of_a_category_has_what_stands_under_it(shop: Flask) -> None:
    upper, lower = (db.session.scalars(select(Category.id).where(Category.slug == slug)).one()
                    for slug in ("nutricion", "planes-y-guias"))  # fmt: skip
    before = [listing.find(listing.Wanted(category_id=one)).total for one in (upper, lower)]
    make.put_under("planes-y-guias", "nutricion")
    after = [listing.find(listing.Wanted(category_id=one)).total for one in (upper, lower)]
    assert after == [sum(before), before[1]]


def test_a_scheduled_product_appears_on_its_day(shop: Flask) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    product_id = editing.create(draft(published_from=tomorrow), staff=STAFF)
    with pytest.raises(NotFound):
        catalogue.get_product("camiseta")
    change(product_id, published_from=clock.now() - timedelta(minutes=1))
    assert catalogue.get_product("camiseta").id == product_id


def test_nothing_is_published_without_a_file_or_something_to_sell(shop: Flask) -> None:
    digital = editing.create(draft(kind=ProductKind.DIGITAL, status=ProductStatus.DRAFT), staff=STAFF)
    assert bulk.publish([digital], staff=STAFF) == (0, ["Camiseta"])
    with pytest.raises(InvalidInput) as refusal:
        change(digital, status=ProductStatus.PUBLISHED)
    assert refusal.value.problems == {"status": "no_file"}
    rows = tuple(replace(one, is_active=False) for one in draft().variants)
    with pytest.raises(InvalidInput) as refusal:
        editing.create(draft(variants=rows), staff=STAFF)
    assert refusal.value.problems == {"status": "no_variant"}


def test_too_many_combinations_are_refused(shop: Flask) -> None:
    many = {**SIZES, "values": [str(n) for n in range(61)], "values_en": [str(n) for n in range(61)]}
    assert problems_of(draft(options=(many,)))["options-0-values"] == "too_many_variants"


def test_a_copy_of_a_digital_product_is_a_draft(shop: Flask) -> None:
    original = catalogue.get_product(GUIDE)
    copy = editing.get(editing.duplicate(original.id, staff=STAFF))
    assert (copy.status, copy.kind, copy.price_minor) == ("draft", "digital", original.price_minor)
    assert copy.variants[0].sku != original.variants[0].sku


def test_a_link_to_a_draft_ends(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    product_id = editing.create(draft(status=ProductStatus.DRAFT), staff=STAFF)
    token = previews.issue(product_id)
    assert previews.open_product(token).id == product_id
    later = clock.now() + previews.LIFE
    monkeypatch.setattr(clock, "now", lambda: later)
    for wrong in (token, token + "x", ""):
        with pytest.raises(NotFound):
            previews.open_product(wrong)


@pytest.mark.dialects
def test_prices_change_together_or_not_at_all(shop: Flask) -> None:
    products = [catalogue.get_product(slug).id for slug in (WHEY, GUIDE)]
    changes = bulk.price_changes(products, -10)
    seen = bulk.seen_digest(changes)
    with pytest.raises(InvalidInput):
        bulk.change_prices(products, -11, seen=seen, staff=STAFF)
    assert bulk.change_prices(products, -10, seen=seen, staff=STAFF) == len(changes)
    db.session.expire_all()
    prices = {row.sku: row.price_minor for row in db.session.scalars(select(Variant)).unique()}
    assert all(prices[one.variant.sku] == one.price_minor and one.price_minor % 100 == 0 for one in changes)
    stored = db.session.scalars(select(Product).where(Product.id.in_(products))).unique()
    assert {product.version for product in stored} == {2}
