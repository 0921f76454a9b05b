"""The stock pages: what there is, changes with their refusals at the field, counts that show first what they change."""

import html
import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.services.stock import listing
from tests import factories as make
from tests.factories import DUMBBELL, WHEY, sku_of
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_staff import PASSWORD

SHEET = "/staff/stock/count"
MONEY = re.compile(r"\$\s?\d|COP")


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/stock")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


@pytest.fixture
def tub(app: Flask) -> str:
    """Return the address of the page of the tub's stock."""
    with app.app_context():
        return f"/staff/stock/{make.variant_id_of(WHEY)}"


def words(browser: Browser) -> str:
    """Return the text of a page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", browser.text.split("<main")[1].split("</main")[0])).split())


def stock_of(app: Flask, slug: str) -> tuple[int, int]:
    with app.app_context():
        return make.stock_of(slug)


def test_what_runs_low_is_first_and_a_search_looks_everywhere(staff: Browser, tub: str) -> None:
    assert sku_of(WHEY) not in staff.text
    assert "Agotado" in words(staff)
    staff.get(f"/staff/stock?q={sku_of(WHEY)}")
    assert sku_of(WHEY) in staff.text
    assert "En inventario 120 Reservadas 0 Disponibles 120" in words(staff)
    assert "No hay productos con esos filtros." in words_of(staff, "/staff/stock?q=nada+de+nada")
    for path in ("/staff/stock?show=all", tub, "/staff/stock/count"):
        assert not MONEY.search(words_of(staff, path)), path


def words_of(browser: Browser, path: str) -> str:
    browser.get(path)
    return words(browser)


def test_units_are_received_in_the_list_and_the_list_comes_back(app: Flask, staff: Browser, tub: str) -> None:
    staff.get(f"/staff/stock?q={sku_of(WHEY)}")
    staff.send(tub, units="30", stock_note="remisión 9")
    assert stock_of(app, WHEY) == (150, 0)
    assert "disponibles: 150." in words(staff)
    assert staff.page.request.path == "/staff/stock"
    assert "staff@example.com remisión 9" in words_of(staff, tub)
    assert "Recibidas +30 150" in words(staff)


def test_the_same_form_twice_is_refused(app: Flask, staff: Browser, tub: str) -> None:
    staff.get(tub)
    form = staff.form(tub).fields | {"units": "5", "reason": "received"}
    assert staff.client.post(tub, data=form).status_code == 303
    again = staff.client.post(tub, data=form)
    assert again.status_code == 422
    assert "mientras lo mirabas: ahora hay 125" in html.unescape(again.text)
    without = {name: text for name, text in form.items() if name != "seen"}
    assert staff.client.post(tub, data=without).status_code == 422
    assert stock_of(app, WHEY) == (125, 0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": "damaged", "units": "2"}, "Escribe por qué: queda en los movimientos"),
        ({"reason": "received", "units": "2,5"}, "Escribe las unidades con números"),
        ({"reason": "received", "units": ""}, "Escribe las unidades con números"),
        ({"reason": "received", "units": "-2"}, "Escribe las unidades con números"),
        ({"reason": "received", "units": "7701234567897"}, "Escribe un número de unidades de hasta 9.999.999"),
        ({"reason": "corrected", "units": "--2", "stock_note": "x"}, "Escribe las unidades con números"),
        ({"reason": "corrected", "units": "-500", "stock_note": "x"}, "Solo hay 120 unidades de NUT-WHEY-2LB."),
        ({"reason": "sale", "units": "2"}, "Elige qué pasó"),
        ({"reason": "counted", "units": "-2"}, "Escribe las unidades con números"),
        ({"reason": "received", "units": "2", "stock_note": "x" * 301}, "La nota admite hasta 300 caracteres"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    app: Flask, staff: Browser, tub: str, typed: dict[str, str], said: str
) -> None:
    staff.get(tub)
    answer = staff.client.post(tub, data=staff.form(tub).fields | typed)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert 'id="error-summary"' in answer.text
    assert stock_of(app, WHEY) == (120, 0)


def test_reserved_units_are_named(app: Flask, staff: Browser) -> None:
    with app.app_context():
        make.begin((DUMBBELL, 3))
        path = f"/staff/stock/{make.variant_id_of(DUMBBELL)}"
    staff.get(path)
    staff.send(path, reason="damaged", units="3", stock_note="caída")
    assert "hay 5 unidades y 3 están reservadas para pedidos: no pueden quedar menos." in words(staff)
    staff.send(path, reason="corrected", units="-2", stock_note="caída")
    assert stock_of(app, DUMBBELL) == (3, 3)


def test_a_count_of_one_shows_its_difference_first(app: Flask, gateway: FakeGateway, staff: Browser, tub: str) -> None:
    staff.get(tub)
    with app.app_context():
        make.pay(gateway, make.begin((WHEY, 4)))
    staff.send(tub, reason="counted", units="118", stock_note="estante 3")
    assert stock_of(app, WHEY) == (116, 0)
    assert "120 118 −2 −4 114" in words(staff)
    staff.send("/staff/stock/count", confirm="1")
    assert "Listo: 1 conteo anotado." in words(staff)
    assert stock_of(app, WHEY) == (114, 0)
    assert "Conteo −2 114 staff@example.com estante 3" in words_of(staff, tub)


def test_a_sheet_counts_many_and_says_what_was_changed_meanwhile(app: Flask, staff: Browser, tub: str) -> None:
    with app.app_context():
        ids = {slug: make.variant_id_of(slug) for slug in (WHEY, DUMBBELL)}
    staff.get("/staff/stock/count")
    typed = {f"counted-{ids[WHEY]}": "119", f"counted-{ids[DUMBBELL]}": "5"}
    staff.send(SHEET, **typed)
    assert "120 119 −1 0 119" in words(staff)
    assert "5 5 ninguna 0 5" in words(staff)
    confirmed = staff.form("/staff/stock/count").fields | {"confirm": "1"}
    assert staff.client.post("/staff/stock/count", data=confirmed).status_code == 303
    assert (stock_of(app, WHEY), stock_of(app, DUMBBELL)) == ((119, 0), (5, 0))
    again = staff.client.post("/staff/stock/count", data=confirmed)
    assert again.status_code == 422
    assert "ahora hay 119" in html.unescape(again.text)
    assert stock_of(app, WHEY) == (119, 0)


def test_a_sheet_without_a_count_or_with_nonsense_is_refused(app: Flask, staff: Browser, tub: str) -> None:
    with app.app_context():
        name = f"counted-{make.variant_id_of(WHEY)}"
    staff.get("/staff/stock/count")
    staff.send(SHEET)
    assert "No escribiste ningún conteo." in words(staff)
    staff.send(SHEET, **{name: "doce"})
    assert staff.page.status_code == 422
    assert "Escribe cuántas contaste, con números" in words(staff)
    staff.send(SHEET, **{name: "99999999"})
    assert "hasta 9.999.999" in words(staff)


def test_a_count_goes_on_over_pages_and_searches(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    with app.app_context():
        counted, other = (f"counted-{make.variant_id_of(slug)}" for slug in (WHEY, DUMBBELL))
        at = counted.replace("counted", "at")
    staff.get(SHEET)
    assert re.search(r'<button type="submit" name="page" value="2">', staff.text)
    staff.send(SHEET, q="whey", page="1")
    assert other not in staff.text
    with app.app_context():
        make.pay(gateway, make.begin((WHEY, 4)))
    for changes in ({counted: "118", "q": "", "page": "1"}, {"page": "2"}, {"q": "mancuerna"}):
        staff.send(SHEET, **changes)
        assert staff.page.status_code == 200
        assert (staff.form(SHEET).fields[at], staff.form(SHEET).fields[counted]) == ("120", "118")
    assert "Llevas 1 conteo de otras páginas." in words(staff)
    staff.send(SHEET, **{other: "4"})
    assert "120 118 −2 −4 114" in words(staff)
    assert "5 4 −1 0 4" in words(staff)
    staff.send(SHEET, page="1")
    assert {counted: "118", other: "4"}.items() <= staff.form(SHEET).fields.items()
    staff.send(SHEET)
    staff.send(SHEET, confirm="1")
    assert (stock_of(app, WHEY), stock_of(app, DUMBBELL)) == ((114, 0), (4, 0))


def test_nonsense_on_a_sheet_does_not_forget_when_the_rest_was_counted(
    app: Flask, gateway: FakeGateway, staff: Browser
) -> None:
    with app.app_context():
        counted, other = (f"counted-{make.variant_id_of(slug)}" for slug in (WHEY, DUMBBELL))
    for nonsense in ("x", "99999999"):
        staff.get(SHEET)
        with app.app_context():
            before = make.stock_of(WHEY)[0]
            make.pay(gateway, make.begin((WHEY, 4)))
        staff.send(SHEET, **{counted: str(before - 2), other: nonsense})
        assert staff.page.status_code == 422
        staff.send(SHEET, **{other: ""})
        assert f"{before} {before - 2} −2 −4 {before - 6}" in words(staff)


def test_rows_that_nobody_counted_say_what_there_is_now(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    with app.app_context():
        at = f"at-{make.variant_id_of(WHEY)}"
    staff.get(SHEET)
    staff.send(SHEET, q="whey", page="1")
    assert staff.form(SHEET).fields[at] == "120"
    with app.app_context():
        make.pay(gateway, make.begin((WHEY, 4)))
    staff.send(SHEET, page="1")
    assert staff.form(SHEET).fields[at] == "116"


def test_a_long_count_keeps_its_note_and_is_written_in_parts(
    app: Flask, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        ids = [variant.id for variant in db.session.scalars(listing.goods())]
    staff.get(SHEET)
    token = {"csrf_token": staff.form(SHEET).fields["csrf_token"]}
    many = {f"{name}-{key}": "1" for key in ids for name in ("at", "counted")}
    fillers = {f"other{n}": "" for n in range(300)}
    answer = staff.client.post(SHEET, data={**token, **many, **fillers, "page": "2"})
    assert answer.status_code == 200, "more fields than another page has"
    staff.page = staff.client.post(SHEET, data={**token, **many, "stock_note": "estante 3", "page": "1"})
    assert staff.form(SHEET).fields["stock_note"] == "estante 3"
    monkeypatch.setattr("storefront.web.admin.stock._MOST_COUNTS", 3)
    staff.page = staff.client.post(SHEET, data={**token, **many, "page": "2"})
    assert "Anota primero estos conteos" in words(staff)
    assert "Diferencias del conteo" in words(staff)


def test_movements_lead_to_orders_and_go_back_page_by_page(
    app: Flask, gateway: FakeGateway, staff: Browser, tub: str
) -> None:
    with app.app_context():
        started = make.begin((WHEY, 2))
        make.pay(gateway, started)
    assert f"Vendidas −2 118 {started.order_number}" in words_of(staff, tub)
    assert f'href="/staff/orders/{started.order_number}"' in staff.text
    assert "Reservadas 0" in words_of(staff, f"{tub}?holds=1")
    for odd in ("x", "-1", "9" * 30):
        staff.get(f"{tub}?before={odd}")
        assert staff.page.status_code == 200
    assert staff.client.get("/staff/stock/absent").status_code == 404
