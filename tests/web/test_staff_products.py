"""Products on the staff's pages: made, changed, refused at the field, found, published, priced, shown as a draft."""

import html
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Category, Product, Variant
from storefront.domain.picture import Picture
from storefront.gateways.files import FolderStore
from tests import factories as make
from tests.web.browser import Browser

PASSWORD = "demo-Passw0rd!"
SHIRT = {
    "name": "Camiseta de algodón",
    "name_en": "Cotton shirt",
    "description": "Suave y fresca.",
    "description_en": "Soft and cool.",
    "kind": "physical",
    "price": "59.900",
}


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/products")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


def category_id(app: Flask, slug: str = "ropa-y-accesorios") -> str:
    with app.app_context():
        found = db.session.scalar(select(Category.id).where(Category.slug == slug))
        return str(found or db.session.scalar(select(Category.id).order_by(Category.id)))


def stored(app: Flask, slug: str) -> tuple[Product, list[Variant]]:
    with app.app_context():
        product = db.session.scalar(select(Product).where(Product.slug == slug))
        assert product is not None
        return product, sorted(product.variants, key=lambda variant: variant.position)


def words(browser: Browser) -> str:
    return html.unescape(browser.text).replace("\N{NO-BREAK SPACE}", " ")


def errors(browser: Browser) -> dict[str, str]:
    """Return the message beside each field."""
    found = re.findall(r'<p class="field-error" id="([^"]+)-error">([^<]+)</p>', browser.text)
    return {name: html.unescape(text) for name, text in found}


def make_shirt(app: Flask, staff: Browser, **values: str) -> None:
    """Make a shirt in two sizes, published, with ten units of the first size."""
    staff.get("/staff/products/new")
    options = {"options-0-name": "Talla", "options-0-values": "S, M", "options-0-name_en": "Size"}
    staff.send("/staff/products/new", **SHIRT, category=category_id(app), **options, status="published", redraw="yes")
    assert staff.page.status_code == 200
    sent = {"variants-0-received": "10", "variants-1-price": "64.900"} | values
    staff.send("/staff/products/new", **sent)


def test_a_product_with_two_sizes_is_made_without_javascript_and_can_be_bought(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    assert "Guardamos Camiseta de algodón." in words(staff)
    product, variants = stored(app, "camiseta-de-algodon")
    assert [(v.sku, v.option_values, v.price_minor) for v in variants] == [
        ("CAMISETA-DE-ALGODON-S", ["S"], 5_990_000),
        ("CAMISETA-DE-ALGODON-M", ["M"], 6_490_000),
    ]
    assert [v.stock and v.stock.on_hand for v in variants] == [10, 0]
    assert (product.price_minor, product.price_max_minor, product.version) == (5_990_000, 6_490_000, 1)
    page = staff.get("/products/camiseta-de-algodon")
    assert page.status_code == 200
    staff.send("/cart/items", quantity="2")
    assert "Camiseta de algodón, S" in words(staff)


def test_saving_again_changes_what_was_typed_and_counts_the_version(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    staff.send("/staff/products/", price="49.900", brand="Propia", **{"variants-1-is_active": ""})
    product, variants = stored(app, "camiseta-de-algodon")
    assert [v.price_minor for v in variants] == [4_990_000, 6_490_000]
    assert (product.brand, product.version, variants[0].stock.on_hand) == ("Propia", 2, 10)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": ""}, "name", "Escribe el nombre"),
        ({"name": "<b>Camiseta</b>"}, "name", "Escribe sin etiquetas HTML ni los signos < y >"),
        ({"name": "Camiseta \N{FLEXED BICEPS}"}, "name",
         "Escribe sin emojis: este texto sale en recibos y en la página de pago"),
        ({"name": "a" * 10_000}, "name", "Usa menos caracteres"),
        ({"description": "a" * 10_000}, "description", "La descripción admite hasta 5.000 caracteres"),
        ({"description": "<script>alert(1)</script>"}, "description", "Escribe sin etiquetas HTML ni los signos < y >"),
        ({"category": ""}, "category", "Elige la categoría"),
        ({"category": "9999"}, "category", "Elige la categoría"),
        ({"price": ""}, "price", "Escribe el precio"),
        ({"price": "0"}, "price", "Escribe un precio entre $ 1 y $ 1.000.000.000"),
        ({"price": "59.900,50"}, "price", "Escribe pesos enteros, sin centavos"),
        ({"price": "1.000.000.001"}, "price", "Escribe un precio entre $ 1 y $ 1.000.000.000"),
        ({"price": "mucho"}, "price", "Escribe el precio en pesos, como 129.900"),
        ({"variants-0-original_price": "59.900"}, "variants-0-original_price",
         "El precio anterior debe ser mayor que el precio"),
        ({"variants-0-sku": "NUT-WHEY-2LB"}, "variants-0-sku", "Otro producto ya tiene este SKU"),
        ({"variants-0-sku": "con espacios"}, "variants-0-sku",
         "Usa letras sin tildes, números, puntos y guiones, sin espacios"),
        ({"variants-0-barcode": "12"}, "variants-0-barcode", "El código de barras tiene 8, 12, 13 o 14 dígitos"),
        ({"variants-0-received": "-3"}, "variants-0-received", "Escribe un número entero de unidades, hasta 1.000.000"),
        ({"slug": "whey-protein-2lb"}, "slug", "Otra página tiene o tuvo esta dirección; elige otra"),
        ({"slug": "Con Mayúsculas"}, "slug", "Usa minúsculas sin tildes, números y guiones, como proteina-2-lb"),
        ({"options-0-name": "Talla"}, "options-0-values", "Escribe los valores, separados por comas"),
        ({"options-0-name": "Talla", "options-0-values": "S, s"}, "options-0-values", "Hay un valor repetido"),
        ({"facts": "sin dos puntos"}, "facts", "Escribe cada dato en una línea, como Peso: 2 lb"),
        ({"published_from": "mañana"}, "published_from", "Escribe la fecha y la hora, como 2026-12-01T08:00"),
        ({"kind": "digital", "status": "published"}, "status",
         "Guárdalo como borrador, sube su archivo y después publícalo"),
    ],
)  # fmt: skip
def test_each_refusal_stands_at_its_field_and_keeps_what_was_typed(
    app: Flask, staff: Browser, typed: dict[str, str], field: str, message: str
) -> None:
    staff.get("/staff/products/new")
    staff.send("/staff/products/new", **SHIRT | {"category": category_id(app)} | typed)
    assert staff.page.status_code == 422
    assert "Error: " in staff.title
    assert errors(staff)[field] == message
    assert f'<a href="#{field}">' in staff.text
    kept = staff.form("/staff/products/new").fields
    for name, text in typed.items():
        assert name == "category" or kept[name].strip() == text, name  # no such choice can be shown


def test_the_same_sku_twice_in_one_form_is_refused_at_both(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff, **{"variants-0-sku": "CAM-1", "variants-1-sku": "cam-1"})
    assert staff.page.status_code == 422
    assert set(errors(staff)) == {"variants-0-sku", "variants-1-sku"}


def test_two_sizes_swap_their_skus(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    skus = {"variants-0-sku": "CAMISETA-DE-ALGODON-M", "variants-1-sku": "CAMISETA-DE-ALGODON-S"}
    assert staff.send("/staff/products/", **skus).status_code == 200
    assert [v.sku for v in stored(app, "camiseta-de-algodon")[1]] == list(skus.values())


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    first = dict(staff.form(path).fields)
    staff.send(path, name="Camiseta de lino", price="70.000")
    answer = staff.client.post(path, data=first | {"name": "Camiseta de seda", "brand": "Mía"})
    staff.page = answer
    assert answer.status_code == 409
    text = words(staff)
    assert "Otra persona guardó este producto mientras lo editabas" in text
    assert re.search(r"Nombre</th><td[^>]*>Camiseta de lino</td><td[^>]*>Camiseta de seda</td>", text)
    assert re.search(r"pesos</th><td[^>]*>64.900</td><td[^>]*>59.900</td>", text)
    assert stored(app, "camiseta-de-algodon")[0].name == "Camiseta de lino"
    staff.send(path)
    product, _ = stored(app, "camiseta-de-algodon")
    assert (product.name, product.brand, product.version) == ("Camiseta de seda", "Mía", 3)


def test_the_units_of_a_new_size_outlive_a_conflict(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    staff.send(path, **{"options-0-values": "S, M, L", "options-0-values_en": ""}, redraw="yes")
    first = dict(staff.form(path).fields) | {"variants-2-received": "12"}
    staff.get(path)
    staff.send(path, name="Camiseta de lino")
    staff.page = staff.client.post(path, data=first)
    assert staff.page.status_code == 409
    assert staff.form(path).fields["variants-2-received"] == "12"
    assert staff.send(path).status_code == 200
    _, variants = stored(app, "camiseta-de-algodon")
    assert [v.stock and v.stock.on_hand for v in variants] == [10, 0, 12]


def test_a_size_that_is_taken_away_stays_on_carts_with_a_message_and_is_never_deleted(
    app: Flask, staff: Browser
) -> None:
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    staff.get("/products/camiseta-de-algodon")
    staff.send("/cart/items", quantity="1")
    staff.get(path)
    staff.send(path, **{"options-0-values": "M", "options-0-values_en": ""}, redraw="yes")
    assert "Al guardar dejan de venderse: S." in words(staff)
    assert staff.send(path).status_code == 200
    _, variants = stored(app, "camiseta-de-algodon")
    assert {tuple(v.option_values): v.is_active for v in variants} == {("S",): False, ("M",): True}
    staff.get("/cart")
    assert "Camiseta de algodón, S ya no está a la venta; quítalo para seguir." in words(staff)


def test_an_address_that_changed_leads_to_the_present_one_for_ever(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    staff.send(path, slug="camiseta-lino")
    staff.send(path, slug="camiseta-seda")
    for former in ("camiseta-de-algodon", "camiseta-lino"):
        answer = staff.client.get(f"/products/{former}?variant=x&_external=1&_scheme=javascript")
        assert (answer.status_code, answer.location) == (301, "/products/camiseta-seda?variant=x")
    staff.get("/staff/products/new")
    staff.send("/staff/products/new", **SHIRT, category=category_id(app), slug="camiseta-lino")
    assert errors(staff) == {"slug": "Otra página tiene o tuvo esta dirección; elige otra"}
    staff.get(path)
    assert staff.send(path, slug="camiseta-de-algodon").status_code == 200, "its own former address"
    assert staff.client.get("/products/camiseta-de-algodon").status_code == 200
    assert staff.client.get("/products/camiseta-seda").status_code == 301


def test_a_draft_is_seen_by_its_signed_link_alone(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff, status="draft")
    link = re.search(r'href="(/products/preview/[^"]+)"', staff.text)
    assert link
    guest = app.test_client()
    assert guest.get("/products/camiseta-de-algodon").status_code == 404
    shown = guest.get(link[1])
    assert shown.status_code == 200
    page = shown.get_data(as_text=True)
    assert '<meta name="robots" content="noindex">' in page
    assert "Vista previa" in page
    assert 'action="/cart/items"' not in page
    assert guest.get(link[1] + "x").status_code == 404


def test_a_copy_is_a_draft_with_numbers_of_its_own(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    staff.send(staff.form("/staff/products/").action + "/copy")
    product, variants = stored(app, "camiseta-de-algodon-copia")
    assert (product.status, product.name) == ("draft", "Camiseta de algodón (copia)")
    assert [(v.sku, v.stock and v.stock.on_hand) for v in variants] == [
        ("CAMISETA-DE-ALGODON-COPIA-S", 0),
        ("CAMISETA-DE-ALGODON-COPIA-M", 0),
    ]


def bulk(browser: Browser, ids: list[str], **values: Any) -> None:
    browser.get("/staff/products")
    form = browser.form("/staff/products/bulk")
    browser.page = browser.client.post(form.action, data=form.fields | {"product": ids} | values)
    browser._follow()


def test_prices_change_by_per_cent_after_a_preview(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff, **{"variants-0-original_price": "62.000"})
    product, _ = stored(app, "camiseta-de-algodon")
    bulk(staff, [product.id], step="prices", percent="7")
    assert "Nada ha cambiado todavía." in words(staff)
    assert "$ 64.093" in words(staff), "half up to the whole peso"
    assert "se quita" in words(staff), "the compare-at price would be below"
    staff.page = staff.client.post(
        "/staff/products/bulk", data=staff.form("/staff/products/bulk").fields | {"step": "apply"}
    )
    staff._follow()
    assert "Cambiamos 2 precios." in words(staff)
    _, variants = stored(app, "camiseta-de-algodon")
    assert [(v.price_minor, v.original_price_minor) for v in variants] == [(6_409_300, None), (6_944_300, None)]


def test_prices_that_changed_meanwhile_are_not_applied(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    product, _ = stored(app, "camiseta-de-algodon")
    bulk(staff, [product.id], step="prices", percent="10")
    seen = staff.form("/staff/products/bulk").fields
    staff.get(path)
    staff.send(path, price="10.000")
    staff.page = staff.client.post("/staff/products/bulk", data=seen | {"step": "apply"})
    assert staff.page.status_code == 422
    assert "Algún precio cambió mientras mirabas" in words(staff)
    assert stored(app, "camiseta-de-algodon")[0].price_minor == 1_000_000


@pytest.mark.parametrize("percent", ["", "0", "diez", "301", "-91"])
def test_no_such_per_cent(app: Flask, staff: Browser, percent: str) -> None:
    product, _ = stored(app, make.WHEY)
    bulk(staff, [product.id], step="prices", percent=percent)
    assert staff.page.status_code == 422
    assert errors(staff) == {"percent": "Escribe un porcentaje entero entre -90 y 300, como 10 o -15"}


def test_archived_products_leave_the_shop_and_come_back(app: Flask, staff: Browser) -> None:
    product, _ = stored(app, make.WHEY)
    staff.add(make.WHEY)
    bulk(staff, [product.id], step="archive")
    assert "Archivamos 1 producto." in words(staff)
    assert staff.client.get(f"/products/{make.WHEY}").status_code == 404
    staff.get("/cart")
    assert "ya no está a la venta" in words(staff)
    bulk(staff, [product.id], step="publish")
    assert staff.client.get(f"/products/{make.WHEY}").status_code == 200


def test_products_are_found_by_name_number_and_state(app: Flask, staff: Browser) -> None:
    make_shirt(app, staff, status="draft", **{"variants-0-barcode": "7701234567897"})
    for query in (
        "q=algodon",
        "q=camiseta-de-alg",
        "q=7701234567897",
        "status=draft",
        f"category={category_id(app)}&q=algodon",
    ):
        staff.get(f"/staff/products?{query}")
        assert "Camiseta de algodón" in words(staff), query
    for query in ("q=nada", "status=archived", "q=algodon&stock=nothing&status=published"):
        staff.get(f"/staff/products?{query}")
        assert "Camiseta de algodón" not in words(staff), query
    staff.get("/staff/products?stock=out")
    assert "Camiseta de algodón" in words(staff), "the second size has none"


def upload(browser: Browser, action: str, **values: Any) -> None:
    """Send a form with a file; the action is the whole address, or ends with the slash before what is not known."""
    found = [one for one in browser.forms() if one.action == action or action.endswith("/")]
    form = next(one for one in found if one.action.startswith(action))
    browser.page = browser.client.post(form.action, data=form.fields | values, content_type="multipart/form-data")
    browser._follow()


def drawing(colour: str) -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (700, 400), colour).save(out, "PNG")
    out.seek(0)
    return out, "foto.png"


def test_pictures_are_uploaded_described_ordered_and_removed(app: Flask, staff: Browser, tmp_path: Path) -> None:
    app.extensions["files"] = FolderStore(tmp_path / "content")
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    for colour in ("red", "blue"):
        upload(staff, f"{path}/pictures", picture=drawing(colour), alt_es=colour, alt_en=colour, is_decorative="")
        assert "La foto está en la tienda." in words(staff)

    def order() -> list[str]:
        return [match[1] for one in re.findall("<input[^>]*>", staff.text)
                if 'name="alt_es"' in one and (match := re.search(r' value="(\w+)"', one))]  # fmt: skip

    assert order() == ["red", "blue"]
    second = staff.forms()[[form.action.startswith(f"{path}/pictures/") for form in staff.forms()].index(True) + 1]
    staff.send(second.action, step="first")
    assert order() == ["blue", "red"]
    staff.send(second.action, step="describe", alt_es="azul", alt_en="sky", is_decorative="")
    assert order() == ["azul", "red"]
    staff.send(second.action, step="describe", alt_es="", alt_en="clouds", is_decorative="")
    assert staff.page.status_code == 422
    assert list(errors(staff).values()) == ["Describe en español lo que muestra la foto, o márcala como decorativa"]
    assert 'value="clouds"' in staff.text  # what was typed is still there
    staff.send(second.action, step="remove")
    assert order() == ["red"]


def test_a_picture_belongs_to_a_size_and_is_shown_with_it(app: Flask, staff: Browser, tmp_path: Path) -> None:
    app.extensions["files"] = FolderStore(tmp_path / "content")
    make_shirt(app, staff)
    _product, (small, medium) = stored(app, "camiseta-de-algodon")
    path = staff.form("/staff/products/").action
    described = {"alt_es": "De talla M", "alt_en": "Size M", "is_decorative": ""}
    upload(staff, f"{path}/pictures", picture=drawing("blue"), alt_es="De todas", alt_en="Any", is_decorative="")
    upload(staff, f"{path}/pictures", picture=drawing("red"), variant=medium.id, **described)
    assert f'<option selected value="{medium.id}">M</option>' in staff.text

    def is_shown_with(variant: Variant) -> bool:
        return "De talla M" in staff.get(f"/products/camiseta-de-algodon?variant={variant.id}").get_data(as_text=True)

    assert [is_shown_with(small), is_shown_with(medium)] == [False, True]
    staff.get(path)
    change = [form.action for form in staff.forms() if form.action.startswith(f"{path}/pictures/")][-1]
    staff.send(change, step="describe", variant="another", **described)
    assert staff.page.status_code == 422
    staff.send(change, step="describe", variant="", **described)
    assert is_shown_with(small)


def test_a_product_is_put_in_a_new_category(app: Flask, staff: Browser) -> None:
    staff.get("/staff/products/new")
    staff.send("/staff/products/new", **SHIRT, new_category="Camisetas", new_category_en="")
    assert staff.page.status_code == 422
    assert [*errors(staff)] == ["new_category_en"]
    staff.send("/staff/products/new", new_category_en="Shirts", status="published")
    product, _variants = stored(app, "camiseta-de-algodon")
    with app.app_context():
        assert db.session.get(Category, product.category_id).slug == "camisetas"  # type: ignore[union-attr]
    staff.get("/staff/products/new")
    staff.send("/staff/products/new", **SHIRT, new_category="Camisetas", new_category_en="Shirts")
    assert [*errors(staff)] == ["new_category"]  # there is one with this address


def test_a_picture_that_cannot_be_used_is_refused_at_its_field(app: Flask, staff: Browser, tmp_path: Path) -> None:
    app.extensions["files"] = FolderStore(tmp_path / "content")
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    described = {"alt_es": "Foto", "alt_en": "Picture", "is_decorative": ""}
    upload(staff, f"{path}/pictures", **described)
    assert (staff.page.status_code, errors(staff)) == (422, {"picture": "Elige la foto"})
    upload(staff, f"{path}/pictures", picture=(BytesIO(b"<svg/>"), "foto.png"), **described)
    assert errors(staff)["picture"].startswith("Los dibujos SVG no se aceptan")
    upload(staff, f"{path}/pictures", picture=drawing("red"), alt_es="", alt_en="", is_decorative="")
    assert set(errors(staff)) == {"alt_es", "alt_en"}


def test_a_store_that_takes_no_files_is_said_and_leaves_no_picture(app: Flask, staff: Browser, tmp_path: Path) -> None:
    """A full disk and a bucket that is away end the same way: in a page that says so, and nothing is half there."""
    (tmp_path / "content").write_text("a file where the folder should be")
    app.extensions["files"] = FolderStore(tmp_path / "content")
    make_shirt(app, staff)
    path = staff.form("/staff/products/").action
    described = {"alt_es": "Camiseta", "alt_en": "Shirt", "is_decorative": ""}
    upload(staff, f"{path}/pictures", picture=drawing("red"), **described)
    assert staff.page.status_code == 503
    assert "archivo" in words(staff)
    with app.app_context():
        assert db.session.scalars(select(Picture).where(Picture.product_id == path.rpartition("/")[2])).all() == []
    app.extensions["files"] = FolderStore(tmp_path / "other")
    staff.get(path)
    upload(staff, f"{path}/pictures", picture=drawing("red"), **described)
    assert "La foto está en la tienda." in words(staff)


def test_a_digital_product_gets_its_file_and_is_published(app: Flask, staff: Browser, tmp_path: Path) -> None:
    app.extensions["files"] = FolderStore(tmp_path / "content")
    staff.get("/staff/products/new")
    digital = SHIRT | {"kind": "digital", "name": "Guía de fuerza"}
    staff.send("/staff/products/new", **digital, category=category_id(app))
    path = staff.form("/staff/products/").action
    upload(staff, f"{path}/files", sold_file=(BytesIO(b"no file"), "guia.pdf"))
    assert errors(staff) == {"sold_file": "Ese archivo no se puede vender aquí: sube PDF, ZIP o MP4."}
    upload(staff, f"{path}/files", sold_file=(BytesIO(b"%PDF-1.7 one"), "guia.pdf"))
    assert "El archivo está guardado." in words(staff)
    assert staff.send(path, status="published").status_code == 200
    assert staff.client.get("/products/guia-de-fuerza").status_code == 200
    staff.get(path)
    upload(staff, f"{path}/files/", sold_file=(BytesIO(b"%PDF-1.7 second"), "guia-2.pdf"))
    assert "<h3>guia-2.pdf</h3>" in staff.text
    assert "<h3>guia.pdf</h3>" not in staff.text


def test_categories_are_made_moved_hidden_and_removed(app: Flask, staff: Browser) -> None:
    staff.get("/staff/categories")
    staff.send("/staff/categories", name="Recuperación", name_en="Recovery", position="1")
    assert "Guardamos Recuperación." in words(staff)
    staff.send("/staff/categories", name="Otra", name_en="Other", slug="recuperacion")
    assert errors(staff) == {"slug": "Otra página tiene o tuvo esta dirección; elige otra"}
    staff.get(f"/staff/categories/{category_id(app, 'recuperacion')}")
    staff.send(f"/staff/categories/{category_id(app, 'recuperacion')}", slug="descanso")
    answer = staff.client.get("/?category=recuperacion&sort=name")
    assert (answer.status_code, answer.location) == (301, "/?category=descanso&sort=name")
    assert staff.client.get("/?category=never").status_code == 200
    staff.get(f"/staff/categories/{category_id(app, 'descanso')}")
    staff.send(f"/staff/categories/{category_id(app, 'descanso')}/remove")
    assert "Eliminamos Recuperación." in words(staff)


def test_a_category_with_products_stays(app: Flask, staff: Browser) -> None:
    with app.app_context():
        product = db.session.scalar(select(Product).where(Product.slug == make.WHEY))
        assert product is not None
        category_id = product.category_id
    staff.get(f"/staff/categories/{category_id}")
    staff.send(f"/staff/categories/{category_id}/remove")
    assert "no se puede eliminar. Tiene productos: pásalos primero a otra categoría." in words(staff)
