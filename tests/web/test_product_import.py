"""The pages of /staff/products/import: send a file, look at what it changes, apply it; without JavaScript."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from storefront.seed.loader import DEMO_PASSWORD
from storefront.services.admin import product_imports
from storefront.services.catalogue import product_csv
from tests.factories import WHEY, sku_of
from tests.web.browser import Browser

PRICES = f"sku;price\n{sku_of(WHEY)};99.900\n".encode()


@pytest.fixture
def staff(client: FlaskClient) -> Browser:
    """Return the browser of an owner."""
    browser = Browser(client)
    browser.get("/login")
    browser.send("/login", email="staff@example.com", password=DEMO_PASSWORD)
    return browser


def send(browser: Browser, content: bytes) -> TestResponse:
    browser.get("/staff/products/import")
    fields = browser.form("/staff/products/import").fields
    sent = fields | {"file": FileStorage(BytesIO(content), "precios.csv")}
    return browser.client.post("/staff/products/import", data=sent)


def work(app: Flask) -> None:
    with app.app_context():
        assert product_imports.run_due() == 1


def test_a_file_is_looked_at_and_then_applied(app: Flask, staff: Browser) -> None:
    sent = send(staff, PRICES)
    assert sent.status_code == 303
    page = sent.headers["Location"]
    waiting = staff.get(page)
    assert (waiting.status_code, waiting.headers["Refresh"]) == (200, "2")
    assert "Esperando la revisión." in staff.text

    work(app)
    checked = staff.get(page)
    assert "Refresh" not in checked.headers
    assert "129900 → 99900" in staff.text
    assert "Todavía no se cambió nada: mira los cambios y aplícalos." in staff.text
    staff.send(f"{page}/apply")
    assert "Esperando la importación." in staff.text
    work(app)
    staff.get(page)
    assert "Importado." in staff.text
    assert "Todavía no se cambió nada" not in staff.text
    staff.get(f"/products/{WHEY}")
    assert "99.900" in staff.text
    staff.get("/staff/products/import")
    assert "precios.csv" in staff.text


def test_what_is_refused_is_named_and_cannot_be_applied(app: Flask, staff: Browser) -> None:
    page = send(staff, PRICES.replace(b"99.900", b"0")).headers["Location"]
    work(app)
    staff.get(page)
    assert "Fila 2 (línea 2), columna price:</strong> El precio debe ser mayor que 0." in staff.text
    assert not [form for form in staff.forms() if form.action.endswith("/apply")]


def test_no_file_and_too_much_of_one_are_said_at_the_field(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = send(staff, b"")
    assert (empty.status_code, "Elige un archivo" in empty.text) == (422, True)
    monkeypatch.setattr(product_csv, "MAX_BYTES", 100)
    large = send(staff, b"x" * 101)
    assert (large.status_code, "El archivo pasa de 20 MB" in large.text) == (422, True)


def test_the_export_is_a_file_that_can_be_imported(app: Flask, staff: Browser) -> None:
    sent = staff.client.get("/staff/products/export.csv", buffered=True)
    assert sent.headers["Content-Type"].startswith("text/csv")
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="productos-')
    with app.app_context():
        report = product_csv.check(sent.data, progress=lambda *_: None)
    assert (report.refused, report.changes, report.unchanged) == ([], [], 42)


def test_a_job_that_is_not_there_is_404(staff: Browser) -> None:
    assert staff.client.get("/staff/products/import/absent").status_code == 404
