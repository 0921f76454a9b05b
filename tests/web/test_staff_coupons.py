"""Coupons on the staff's pages: made, changed, refused at the field, switched, found, and who used them."""

import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain import coupon as coupons
from storefront.domain.catalogue import Product
from storefront.domain.coupon import Coupon
from tests import factories as make
from tests.factories import WHEY
from tests.web.browser import Browser
from tests.web.test_staff_products import PASSWORD, errors, words

WHOLE = {"code": "madres20", "kind": "percent", "value": "20 %"}


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/coupons")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


def create(staff: Browser, **values: str) -> None:
    staff.get("/staff/coupons/new")
    staff.send("/staff/coupons/new", **WHOLE | values)


def stored(app: Flask, code: str = "MADRES20") -> Coupon:
    with app.app_context():
        coupon = coupons.find(code)
        assert coupon is not None
        return coupon


def test_a_coupon_is_made_without_javascript_and_a_shopper_uses_it(app: Flask, staff: Browser) -> None:
    dates = {"starts_at": "2026-11-01T08:00", "ends_at": "2036-12-31T23:59"}
    create(staff, **dates, cap="30.000", minimum="$ 10.000", max_uses="100", max_uses_per_customer="1")
    assert "Guardamos el cupón MADRES20." in words(staff)
    coupon = stored(app)
    assert (coupon.value, coupon.cap_minor, coupon.minimum_minor) == (20, 3_000_000, 1_000_000)
    assert coupon.starts_at is not None
    assert coupon.starts_at.isoformat() == "2026-11-01T13:00:00+00:00", "eight in Bogotá"
    assert (coupon.max_uses, coupon.max_uses_per_customer, coupon.version) == (100, 1, 1)
    staff.get("/staff/coupons?q=madres")
    assert "20 %, hasta $ 30.000" in words(staff)
    assert "0 de 100" in words(staff)
    assert "del 1 de noviembre de 2026 al 31 de diciembre de 2036" in words(staff)
    staff.add("whey-protein-2lb")
    staff.get("/cart")
    staff.send("/cart/coupon", code="Madres20")
    assert "MADRES20" in words(staff)


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"code": ""}, "code", "Escribe el código del cupón"),
        ({"code": "fit10"}, "code", "Otro cupón ya tiene este código"),
        ({"code": "DÍA DE MADRES"}, "code", "Usa letras sin tildes, números, puntos y guiones, sin espacios ni emojis"),
        ({"code": "MADRES\N{SPARKLES}"}, "code",
         "Usa letras sin tildes, números, puntos y guiones, sin espacios ni emojis"),
        ({"code": "<B>"}, "code", "Usa letras sin tildes, números, puntos y guiones, sin espacios ni emojis"),
        ({"code": "A" * 41}, "code", "Usa menos caracteres"),
        ({"kind": "mitad"}, "kind", "Elige el tipo"),
        ({"value": ""}, "value", "Escribe cuánto descuenta"),
        ({"value": "101"}, "value", "Escribe un porcentaje entero entre 1 y 100"),
        ({"value": "0"}, "value", "Escribe un porcentaje entero entre 1 y 100"),
        ({"value": "-5"}, "value", "Escribe un porcentaje entero entre 1 y 100"),
        ({"value": "7,5"}, "value", "Escribe un porcentaje entero entre 1 y 100"),
        ({"kind": "fixed", "value": "mucho"}, "value", "Escribe un porcentaje como 10, o pesos como 20.000"),
        ({"kind": "fixed", "value": "20.000,50"}, "value", "Escribe pesos enteros, sin centavos"),
        ({"kind": "fixed", "value": "0"}, "value", "Escribe un valor entre $ 1 y $ 1.000.000.000"),
        ({"kind": "fixed", "value": "1.000.000.001"}, "value", "Escribe un valor entre $ 1 y $ 1.000.000.000"),
        ({"kind": "free_shipping", "value": "10"}, "value", "Déjalo vacío: este cupón solo quita el envío"),
        ({"kind": "fixed", "value": "20.000", "cap": "10.000"}, "cap",
         "Solo un porcentaje tiene descuento máximo: déjalo vacío"),
        ({"cap": "0"}, "cap", "Escribe un valor entre $ 1 y $ 1.000.000.000"),
        ({"cap": "x"}, "cap", "Escribe el valor en pesos, como 30.000"),
        ({"minimum": "x"}, "minimum", "Escribe el valor en pesos, como 100.000"),
        ({"minimum": "2.000.000.000"}, "minimum", "Escribe un valor hasta $ 1.000.000.000"),
        ({"starts_at": "mañana"}, "starts_at", "Escribe la fecha y la hora, como 2026-12-01T08:00"),
        ({"ends_at": "31/12"}, "ends_at", "Escribe la fecha y la hora, como 2026-12-31T23:59"),
        ({"starts_at": "2026-12-02T08:00", "ends_at": "2026-12-01T08:00"}, "ends_at", "Debe ser después del comienzo"),
        ({"starts_at": "2026-12-02T08:00", "ends_at": "2026-12-02T08:00"}, "ends_at", "Debe ser después del comienzo"),
        ({"max_uses": "0"}, "max_uses", "Escribe un número entero entre 1 y 1.000.000, o déjalo vacío"),
        ({"max_uses": "9999999"}, "max_uses", "Escribe un número entero entre 1 y 1.000.000, o déjalo vacío"),
        ({"max_uses_per_customer": "uno"}, "max_uses_per_customer",
         "Escribe un número entero entre 1 y 1.000.000, o déjalo vacío"),
        ({"products": "whey-protein-2lb\nno-existe"}, "products",
         "Hay un producto que no existe: escribe direcciones o SKU de la lista de productos"),
        ({"products": ", ".join(f"p{n}" for n in range(201))}, "products", "Un cupón admite hasta 200 productos"),
    ],
)  # fmt: skip
def test_each_refusal_stands_at_its_field_and_keeps_what_was_typed(
    staff: Browser, typed: dict[str, str], field: str, message: str
) -> None:
    create(staff, **typed)
    assert staff.page.status_code == 422
    assert "Error: " in staff.title
    assert errors(staff)[field] == message
    assert f'<a href="#{field}">' in staff.text
    kept = staff.form("/staff/coupons/new").fields
    for name, text in typed.items():
        assert name == "kind" or kept[name].strip() == text, name


def test_a_limit_below_its_uses_and_a_code_with_orders_are_refused_at_the_field(app: Flask, staff: Browser) -> None:
    create(staff)
    path = staff.form("/staff/coupons/").action
    with app.app_context():
        for number in range(2):
            make.begin((WHEY, 1), coupon_code="MADRES20", email=f"p{number}@example.com")
    staff.get(path)
    staff.send(path, max_uses="1")
    assert staff.page.status_code == 422
    assert errors(staff) == {"max_uses": "Ya tiene más usos que ese número; escribe uno más alto o desactiva el cupón"}
    staff.get(path)
    staff.send(path, code="OTRO")
    assert errors(staff) == {"code": "Ya hay pedidos con este código: crea otro cupón y desactiva este"}


def test_who_used_it_is_listed_with_its_orders_and_it_cannot_be_deleted(app: Flask, staff: Browser) -> None:
    create(staff)
    path = staff.form("/staff/coupons/").action
    assert "Nadie todavía." in words(staff)
    with app.app_context():
        number = make.begin((WHEY, 1), coupon_code="MADRES20", email="pia@example.com").order_number
    token = staff.form(f"{path}/remove")
    staff.get(path)
    assert number in words(staff)
    assert "pia@example.com" in words(staff)
    assert "apartado, sin pagar" in words(staff)
    assert f"{path}/remove" not in staff.text
    staff.page = staff.client.post(token.action, data=token.fields)
    staff._follow()
    assert "MADRES20 no se puede eliminar." in words(staff)


def test_a_coupon_nobody_used_is_deleted(app: Flask, staff: Browser) -> None:
    create(staff)
    staff.send(staff.form("/staff/coupons/").action + "/remove")
    assert "Eliminamos MADRES20." in words(staff)
    with app.app_context():
        assert coupons.find("MADRES20") is None


def test_it_is_switched_off_and_on_and_a_cart_with_it_says_so(app: Flask, staff: Browser) -> None:
    create(staff)
    path = staff.form("/staff/coupons/").action
    staff.add("whey-protein-2lb")
    staff.get("/cart")
    staff.send("/cart/coupon", code="MADRES20")
    staff.get(path)
    staff.send(f"{path}/switch")
    assert "Desactivamos MADRES20." in words(staff)
    assert "Desactivado" in words(staff)
    staff.get("/cart")
    assert "Descuento" not in words(staff)
    staff.get(path)
    staff.send(f"{path}/switch")
    assert stored(app).is_active
    staff.get(path)
    staff.send(path, value="5")
    staff.get("/cart")
    assert "El cupón MADRES20 cambió: revisa cuánto descuenta ahora." in words(staff)


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(app: Flask, staff: Browser) -> None:
    create(staff)
    path = staff.form("/staff/coupons/").action
    first = dict(staff.form(path).fields)
    staff.send(path, value="25")
    staff.page = staff.client.post(path, data=first | {"value": "30", "max_uses": "9"})
    assert staff.page.status_code == 409
    assert "Otra persona guardó este cupón mientras lo editabas" in words(staff)
    assert re.search(r"Cuánto descuenta</th><td[^>]*>25</td><td[^>]*>30</td>", words(staff))
    assert stored(app).value == 25
    staff.send(path)
    assert (stored(app).value, stored(app).max_uses, stored(app).version) == (30, 9, 3)


def test_saving_the_same_a_second_time_is_no_quarrel(staff: Browser) -> None:
    create(staff)
    path = staff.form("/staff/coupons/").action
    first = dict(staff.form(path).fields) | {"value": "25"}
    for _ in range(2):
        answer = staff.client.post(path, data=first)
        assert answer.status_code == 303


def test_it_is_for_some_categories_and_products(app: Flask, staff: Browser) -> None:
    staff.get("/staff/coupons/new")
    form = staff.form("/staff/coupons/new")
    with app.app_context():
        sku = make.sku_of(WHEY)
        product_id = db.session.scalar(db.select(Product.id).where(Product.slug == WHEY))
    values = WHOLE | {"categories": ["planes-y-guias"], "products": f"{sku.lower()}, whey-protein-2lb"}
    staff.page = staff.client.post(form.action, data=form.fields | values)
    staff._follow()
    coupon = stored(app)
    assert (coupon.categories, coupon.products) == (["planes-y-guias"], [product_id])
    kept = staff.form("/staff/coupons/").fields
    assert (kept["products"].strip(), kept["categories"]) == ("whey-protein-2lb", "planes-y-guias")


def test_the_list_is_narrowed_and_says_when_nothing_matches(staff: Browser) -> None:
    staff.get("/staff/coupons?status=expired")
    assert "VENCIDO" in words(staff)
    assert "FIT10" not in words(staff)
    staff.get("/staff/coupons?q=nada-de-nada")
    assert "No hay cupones con esos filtros." in words(staff)
    assert staff.get("/staff/coupons/999999").status_code == 404


def test_in_english(staff: Browser) -> None:
    create(staff, ends_at="2036-12-31T23:59", minimum="100.000")
    path = staff.form("/staff/coupons/").action
    staff.send("/language", lang="en")
    staff.get(path)
    assert staff.form(path).fields["minimum"] == "100,000"
    staff.get("/staff/coupons")
    assert "Discount" in words(staff)
    assert "ends December 31, 2036" in words(staff)
    assert "10%" in words(staff)
    staff.get("/staff/coupons/new")
    assert "Discount amount" in words(staff)
    assert "Nutrition" in words(staff), "the categories, too"
    staff.get("/staff/categories")
    assert "First name" not in words(staff)
