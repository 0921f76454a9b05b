"""Other names for a product's options and their values: what was bought, chosen or linked before stays the same."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Product
from storefront.enums import AuditAction
from storefront.gateways.files import FolderStore
from storefront.services.payments import session_status
from tests import factories as make
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_staff_products import drawing, errors, make_shirt, staff, stored, upload, words

__all__ = ["staff"]
SHIRT = "camiseta-de-algodon"
LARGE = {"options-0-values": "S, Mediana", "options-0-values_en": "S, Medium"}


@pytest.fixture
def shirt(app: Flask, staff: Browser) -> str:
    """Make a shirt in S and M with ten of each, and return the address of its form."""
    make_shirt(app, staff, **{"variants-1-received": "10"})
    return staff.form("/staff/products/").action


def test_a_renamed_size_stays_in_carts_unpaid_orders_links_and_stock(
    app: Flask, staff: Browser, gateway: FakeGateway, shirt: str, tmp_path: Path
) -> None:
    medium = stored(app, SHIRT)[1][1]
    app.extensions["files"] = FolderStore(tmp_path / "content")
    described = {"alt_es": "De talla M", "alt_en": "Size M", "is_decorative": ""}
    upload(staff, f"{shirt}/pictures", picture=drawing("red"), variant=medium.id, **described)
    buyer = Browser(app.test_client())
    buyer.get(f"/products/{SHIRT}?variant={medium.id}")
    buyer.send("/cart/items", quantity="2")
    with app.app_context():
        unpaid = make.begin((medium.id, 1))
    assert staff.send(shirt, **LARGE).status_code == 422
    assert errors(staff) == {"renames-0-new": "Di si cambió de nombre o deja de venderse"}
    assert '<option selected value="=Mediana">' in staff.text
    assert "dejan de venderse" not in words(staff)
    assert staff.send(shirt).status_code == 200, "sent again as it is, the likely name is taken"

    product, variants = stored(app, SHIRT)
    assert [(v.option_values, v.is_active, v.stock and v.stock.on_hand) for v in variants] == [
        (["S"], True, 10),
        (["Mediana"], True, 10),
    ]
    assert (variants[1].id, variants[1].sku, variants[1].price_minor) == (medium.id, medium.sku, medium.price_minor)
    assert product.options[0]["values_en"] == ["S", "Medium"]
    buyer.get("/cart")
    assert "Camiseta de algodón, Mediana" in words(buyer)
    assert "ya no está a la venta" not in words(buyer)
    buyer.get(f"/products/{SHIRT}?variant={medium.id}")
    assert "Mediana" in words(buyer)
    assert "De talla M" in buyer.text
    assert buyer.fill_shipping().status_code == 200
    shown = app.test_client().get(f"/api/products/{SHIRT}").get_json()["variants"][1]
    assert (shown["variantId"], shown["options"]) == (medium.id, {"Talla": "Mediana"})
    with app.app_context():
        assert make.lines_of(unpaid)[0].options == {"Talla": "M"}, "the order's lines are frozen"
        gateway.pay(unpaid.session_id)
        session_status.settle_session(make.owner(unpaid), unpaid.session_id)
        assert make.state_of(unpaid) == ("confirmed", "paid")
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_id == product.id))
        changes = [(entry.before, entry.after) for entry in entries if entry.action == AuditAction.CHANGED]
        before = {"options": {"Talla": ["S", "M"]}, "options_en": {"Size": ["S", "M"]}}
        after = {"options": {"Talla": ["S", "Mediana"]}, "options_en": {"Size": ["S", "Medium"]}}
        assert changes == [(before, after)]
    assert "Mediana" in staff.get("/staff/audit").get_data(as_text=True)


def test_an_option_gets_another_name_at_once(app: Flask, staff: Browser, shirt: str) -> None:
    ids = [variant.id for variant in stored(app, SHIRT)[1]]
    assert staff.send(shirt, **{"options-0-name": "Medida", "options-0-name_en": "Fit"}).status_code == 200
    product, variants = stored(app, SHIRT)
    assert [(v.id, v.is_active) for v in variants] == [(one, True) for one in ids]
    assert product.options_in("es")[0]["name"] == "Medida"


def test_a_drawn_grid_keeps_what_was_typed_for_a_renamed_size(app: Flask, staff: Browser, shirt: str) -> None:
    assert staff.send(shirt, **LARGE, **{"variants-1-price": "70.000"}, redraw="yes").status_code == 200
    fields = staff.form(shirt).fields
    assert (fields["variants-1-price"], fields["variants-1-sku"]) == ("70.000", "CAMISETA-DE-ALGODON-M")
    assert "10 unidades" in words(staff)
    staff.send(shirt)
    assert [v.price_minor for v in stored(app, SHIRT)[1]] == [5_990_000, 7_000_000]


def test_a_size_that_is_another_one_is_not_a_name(app: Flask, staff: Browser, shirt: str) -> None:
    staff.send(shirt, **{"options-0-values": "S, L", "options-0-values_en": ""})
    staff.send(shirt, **{"renames-0-new": "gone"}, redraw="yes")
    assert "Al guardar dejan de venderse: M." in words(staff)
    assert staff.form(shirt).fields["variants-1-sku"] == "", "the new size is not the old one"
    assert staff.send(shirt).status_code == 200
    product_variants = {tuple(v.option_values): v for v in stored(app, SHIRT)[1]}
    assert {values: v.is_active for values, v in product_variants.items()} == {
        ("S",): True,
        ("M",): False,
        ("L",): True,
    }
    # Bringing M back by renaming would make two of them; ending L brings the first one back.
    staff.send(shirt, **{"options-0-values": "S, M"})
    staff.send(shirt)
    assert errors(staff)["renames-0-new"].startswith("Ya hubo una combinación con ese nombre")
    assert staff.send(shirt, **{"renames-0-new": "gone"}).status_code == 200
    back = {tuple(v.option_values): v for v in stored(app, SHIRT)[1]}
    assert (back["M",].id, back["M",].is_active, back["L",].is_active) == (product_variants["M",].id, True, False)


def test_what_became_of_a_size_is_asked_until_it_is_said(app: Flask, staff: Browser, shirt: str) -> None:
    staff.send(shirt, **{"options-0-values": "Única", "options-0-values_en": ""})
    assert set(errors(staff)) == {"renames-0-new", "renames-1-new"}
    assert staff.send(shirt).status_code == 422, "two sizes, one name: nobody can guess"
    both = {"renames-0-new": "=Única", "renames-1-new": "=Única"}
    staff.send(shirt, **both)
    assert set(errors(staff).values()) == {"Dos valores no pueden quedar con el mismo nombre"}
    assert staff.send(shirt, **both | {"options-0-values": "Pequeña"}).status_code == 422, "not one of the names now"
    assert [v.option_values for v in stored(app, SHIRT)[1]] == [["S"], ["M"]]
    answers = {"renames-0-new": "=Pequeña", "renames-1-new": "gone"}
    assert staff.send(shirt, **answers).status_code == 200
    assert [(v.option_values, v.is_active) for v in stored(app, SHIRT)[1]] == [(["Pequeña"], True), (["M"], False)]


def test_of_two_who_rename_at_once_the_second_sees_both_names(app: Flask, staff: Browser, shirt: str) -> None:
    old = dict(staff.form(shirt).fields)
    staff.send(shirt, **LARGE)
    staff.send(shirt)
    mine = {"options-0-values": "S, Talla M", "options-0-values_en": "", "variants-1-price": "71.000"}
    staff.page = staff.client.post(shirt, data=old | mine)
    assert staff.page.status_code == 409
    assert "S, Mediana" in words(staff)
    assert '<option selected value="=Talla M">' in staff.text
    assert staff.send(shirt).status_code == 200
    assert [(v.option_values, v.is_active, v.price_minor) for v in stored(app, SHIRT)[1]] == [
        (["S"], True, 5_990_000),
        (["Talla M"], True, 7_100_000),
    ]


def test_values_with_a_comma_are_separated_by_semicolons(app: Flask, staff: Browser, shirt: str) -> None:
    staff.send(shirt, **{"options-0-values": "1,5 kg; 3 kg", "options-0-values_en": "1.5 kg; 3 kg"})
    assert staff.send(shirt).status_code == 200
    ids = [v.id for v in stored(app, SHIRT)[1]]
    assert staff.send(shirt, brand="Propia").status_code == 200
    assert [(v.id, v.option_values, v.is_active) for v in stored(app, SHIRT)[1]] == [
        (ids[0], ["1,5 kg"], True),
        (ids[1], ["3 kg"], True),
    ]
    staff.send(shirt, **{"options-0-values": "1,5 kg;", "options-0-values_en": ""})
    assert staff.form(shirt).fields["options-0-values"] == "1,5 kg;"


def test_a_number_of_a_size_that_is_sold_no_more_is_refused_at_its_field(
    app: Flask, staff: Browser, shirt: str
) -> None:
    staff.send(shirt, **{"options-0-values": "S, L", "options-0-values_en": ""}, redraw="yes")
    staff.send(shirt, **{"renames-0-new": "gone"}, redraw="yes")
    staff.send(shirt, **{"variants-1-sku": "CAMISETA-DE-ALGODON-M"})
    assert staff.page.status_code == 422
    assert errors(staff) == {"variants-1-sku": "Este SKU es de una combinación que ya no se vende; usa otro"}


def test_three_long_lists_of_values_are_refused_at_once(app: Flask, staff: Browser, shirt: str) -> None:
    long = ", ".join(f"v{n}" for n in range(2000))
    lists = {f"options-{n}-values": long for n in range(3)} | {f"options-{n}-name": f"Opción {n}" for n in range(3)}
    staff.send(shirt, **lists)
    assert staff.page.status_code == 422
    assert errors(staff)["options-0-values"] == "Un producto admite hasta 60 combinaciones"
    with app.app_context():
        assert db.session.scalar(select(Product.version).where(Product.slug == SHIRT)) == 1
