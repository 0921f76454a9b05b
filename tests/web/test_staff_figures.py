"""Figures on the staff's pages: days to choose, tables with charts and files, and openings counted without cookies."""

import csv
import html
import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from flask import Flask

from storefront import clock
from storefront.database import db
from storefront.domain.step_count import StepCount
from storefront.enums import FigureTable, FunnelStep
from storefront.services.figures import accounting, funnel
from storefront.step_counting import Writer
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_staff_products import PASSWORD


@pytest.fixture(autouse=True)
def _nothing_counted_by_others() -> None:
    """Forget what other tests of this process opened."""
    funnel._openings.take()


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/figures")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


@pytest.fixture
def sold(app: Flask, gateway: FakeGateway) -> None:
    """Sell two orders today."""
    with app.app_context():
        make.change_product(COFFEE, name="=1+1 & <café>")
        for goods in ((WHEY, 2), (COFFEE, 1)):
            make.pay(gateway, make.begin(goods))


def words(staff: Browser) -> str:
    """Return what a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", staff.text)).replace("\N{NO-BREAK SPACE}", " ").split())


def counted(app: Flask) -> dict[str, int]:
    """Write what was counted and return it by step."""
    with app.app_context():
        funnel.write()
        return {row.step: row.times for row in db.session.scalars(db.select(StepCount))}


@pytest.mark.usefixtures("sold")
def test_the_page_shows_tables_charts_and_sums(staff: Browser) -> None:
    staff.get("/staff/figures?period=7")
    shown = words(staff)
    for title in (
        "Ventas por día",
        "Ventas por producto",
        "Ventas por categoría",
        "Ventas por cupón",
        "Ventas por ciudad",
    ):
        assert title in shown
    assert "Pedidos pagados 2" in shown
    assert "Compradores 1 1 ya había comprado" in shown
    charts = staff.text.split('<svg role="img"')[1:]
    assert len(charts) == 6, "the orders are steps of the funnel, too"
    for chart in charts:
        drawn = ElementTree.fromstring('<svg role="img"' + chart.split("</svg>")[0] + "</svg>")
        named = drawn.attrib["aria-labelledby"].split()
        assert [drawn.find(name).attrib["id"] for name in ("title", "desc")] == named  # type: ignore[union-attr]
        assert drawn.findall("rect")


@pytest.mark.usefixtures("sold")
def test_each_table_is_a_file_without_formulas(staff: Browser) -> None:
    staff.get("/staff/figures?period=7")
    addresses = [part.split('"')[0].replace("&amp;", "&") for part in staff.text.split('href="/staff/figures/')[1:]]
    files = [f"/staff/figures/{address}" for address in addresses if ".csv" in address]
    assert len(files) == len(FigureTable)
    for address in files:
        staff.get(address)
        assert staff.page.headers["Content-Disposition"].startswith("attachment")
        rows = list(csv.reader(io.StringIO(staff.text.lstrip("\ufeff")), delimiter=";"))
        assert len({len(row) for row in rows}) == 1
        if "products" in address:
            assert "'=1+1 & <café>" in [row[0] for row in rows]
            assert ["Envíos y ajustes", "", "", "25000"] in rows
        if "days" in address:
            assert rows[-1][0] == clock.day_of(clock.now()).isoformat()
            assert rows[-1][1] == "2"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("first=2026-11-02", "last", "Elige el día"),
        ("first=2026-11-02&last=2026-11-01", "last", "Elige el mismo día o uno posterior al primero"),
        ("first=2024-11-02&last=2026-11-01", "last", "Elige un año como máximo"),
        ("first=ayer&last=2026-11-01", "first", "Elige una fecha del calendario"),
    ],
)
def test_wrong_days_are_told_at_their_field(staff: Browser, query: str, field: str, message: str) -> None:
    for address in ("/staff/figures", "/staff/figures/days.csv"):
        staff.get(f"{address}?period=own&{query}")
        assert staff.page.status_code == 422
        assert "<title>Error: Cifras" in staff.text
        assert f'id="{field}-error">{message}<' in staff.text


@pytest.mark.parametrize("period", ["7", "30", "90", "month", "last_month", "nonsense", ""])
def test_every_period_works_in_an_empty_shop(staff: Browser, period: str) -> None:
    staff.get(f"/staff/figures?period={period}")
    assert staff.page.status_code == 200
    assert "No hubo ventas en estos días." in words(staff)
    staff.get(f"/staff/figures/cities.csv?period={period}")
    assert staff.page.status_code == 200
    staff.get("/staff/figures/everything.csv")
    assert staff.page.status_code == 404


def test_openings_are_counted_without_a_statement_or_a_cookie(app: Flask, browser: Browser) -> None:
    counted(app)
    browser.get(f"/products/{WHEY}")
    browser.get("/cart")
    assert counted(app) == {FunnelStep.PRODUCT: 1}, "an empty cart is no step"
    browser.add(WHEY)
    browser.get("/cart")
    browser.get("/checkout/shipping")
    browser.send("/checkout/shipping", email="x")
    found = counted(app)
    assert found[FunnelStep.ADDRESS] == 1, "a form that comes back is no opening"
    assert found[FunnelStep.CART] >= 1
    client = app.test_client()
    for headers in ({"User-Agent": "Googlebot/2.1"}, {"User-Agent": ""}, {"Sec-Purpose": "prefetch"}):
        client.get(f"/products/{COFFEE}", headers=headers)
    client.head(f"/products/{COFFEE}")
    client.get("/products/nothing-like-this")
    assert counted(app) == found


def test_staff_are_not_counted(app: Flask, staff: Browser) -> None:
    counted(app)
    before = counted(app)
    staff.get(f"/products/{WHEY}")
    assert counted(app) == before


def test_what_was_counted_is_written_by_a_thread_once_for_each_waking(app: Flask) -> None:
    counted(app)
    writer = Writer()
    with app.app_context():
        funnel.count(FunnelStep.PRODUCT, now=clock.now())
        before = db.session.scalar(db.select(db.func.sum(StepCount.times))) or 0
    assert writer.write(app) == 1
    with app.app_context():
        assert db.session.scalar(db.select(db.func.sum(StepCount.times))) == before + 1
    assert writer.write(app) == 0


@pytest.mark.usefixtures("sold")
def test_the_accountant_s_file_comes_at_once_or_from_the_worker(
    app: Flask, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.get("/staff/figures")
    assert "/staff/figures/accounting" in staff.text
    staff.get("/staff/figures/accounting")
    today = clock.day_of(clock.now()).isoformat()
    staff.send("/staff/figures/accounting", first=today, last=today)
    assert staff.page.headers["Content-Disposition"] == f'attachment; filename="contabilidad-{today}-{today}.csv"'
    at_once = staff.text
    assert len(at_once.splitlines()) == 3
    monkeypatch.setattr(accounting, "MOST_AT_ONCE", 1)
    staff.get("/staff/figures/accounting")
    staff.send("/staff/figures/accounting", first=today, last=today)
    path = staff.page.request.path
    assert "Esperando para hacer el archivo. Esta página se actualiza sola." in words(staff)
    assert staff.page.headers["Refresh"] == "2"
    assert staff.client.get(f"{path}/file").status_code == 404
    with app.app_context():
        assert accounting.run_due() == 1
    staff.get(path)
    assert "Refresh" not in staff.page.headers
    assert staff.client.get(f"{path}/file").text == at_once
    staff.get("/staff/figures/accounting")
    assert f"contabilidad-{today}-{today}.csv : Listo." in words(staff)


def test_wrong_days_of_a_file_are_told_at_their_field(staff: Browser) -> None:
    staff.get("/staff/figures/accounting")
    staff.send("/staff/figures/accounting", first="2026-11-30", last="2026-11-01")
    assert staff.page.status_code == 422
    assert 'id="last-error">Elige el mismo día o uno posterior al primero<' in staff.text
    assert 'value="2026-11-30"' in staff.text


def test_an_owner_switches_the_mail_of_the_morning_off_and_on(staff: Browser) -> None:
    staff.get("/staff/security")
    assert "A las 6 de la mañana" in words(staff)
    staff.send("/staff/security/daily-mail")
    assert "Ya no recibirás el correo de cada mañana." in words(staff)
    assert "Hoy no lo recibes." in words(staff)
    staff.send("/staff/security/daily-mail")
    assert "Recibirás el correo de cada mañana." in words(staff)
