"""Packing slips on the staff's pages: of one order, of ticked rows, of a whole list as a job with its progress."""

import pytest
from flask import Flask

from storefront.enums import StaffRole
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import fulfilment, packing_slip_jobs, packing_slips
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.services.test_packing_slips import sheets_of, text_of
from tests.web.browser import Browser
from tests.web.test_account import register
from tests.web.test_staff_permissions import employ
from tests.web.test_staff_products import words


@pytest.fixture
def warehouse(app: Flask, browser: Browser) -> Browser:
    """Return the browser of somebody in the warehouse."""
    register(browser)
    employ(app, StaffRole.WAREHOUSE)
    return browser


@pytest.fixture
def orders(app: Flask, gateway: FakeGateway) -> list[PlacedOrder]:
    """Return three orders to prepare."""
    with app.app_context():
        placed = [make.begin((WHEY, 1), (COFFEE, 1)) for _ in range(3)]
        for one in placed:
            make.pay(gateway, one)
    return placed


def sent(app: Flask, started: PlacedOrder) -> None:
    with app.app_context():
        fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="A1", staff=Actor("eva"))


def print_ticked(warehouse: Browser, *numbers: str, **values: str) -> None:
    form = warehouse.form("/staff/orders/slips")
    warehouse.page = warehouse.client.post(form.action, data={**form.fields, "order": list(numbers), **values})


def test_the_slip_of_one_order(app: Flask, warehouse: Browser, orders: list[PlacedOrder]) -> None:
    number = orders[0].order_number
    warehouse.get(f"/staff/orders/{number}")
    assert f"/staff/orders/{number}/slip.pdf?size=a4" in warehouse.text
    file = warehouse.client.get(f"/staff/orders/{number}/slip.pdf?size=a4")
    assert (file.mimetype, sheets_of(file.data)) == ("application/pdf", 1)
    assert f"Pedido {number}" in text_of(file.data)
    sent(app, orders[0])
    warehouse.get(f"/staff/orders/{number}/slip.pdf")
    assert "no tiene nada por enviar" in words(warehouse)
    assert "slip.pdf" not in warehouse.text


def test_ticked_rows_are_one_file_without_what_has_left(
    app: Flask, warehouse: Browser, orders: list[PlacedOrder]
) -> None:
    sent(app, orders[1])
    warehouse.get("/staff/orders")
    print_ticked(warehouse, *(one.order_number for one in orders))
    told = text_of(warehouse.page.data)
    assert sheets_of(warehouse.page.data) == 2
    assert [one.order_number in told for one in orders] == [True, False, True]
    warehouse.get("/staff/orders")
    assert f"1 pedido no tiene nada por enviar y no salió en las hojas: {orders[1].order_number}." in words(warehouse)


def test_nothing_ticked_is_said_beside_the_field_and_ticks_stay(
    app: Flask, warehouse: Browser, orders: list[PlacedOrder]
) -> None:
    warehouse.get("/staff/orders?tab=to_prepare")
    print_ticked(warehouse)
    assert warehouse.page.status_code == 422
    assert "Marca uno o más pedidos." in words(warehouse)
    assert 'aria-current="page">Por preparar' in warehouse.text
    warehouse.get("/staff/orders")
    sent(app, orders[0])
    print_ticked(warehouse, orders[0].order_number, size="a4")
    assert warehouse.page.status_code == 422
    assert "Ninguno de esos pedidos tiene algo por enviar." in words(warehouse)
    assert warehouse.form("/staff/orders/slips").fields["size"] == "a4"
    assert f'value="{orders[0].order_number}" aria-label="Marcar el pedido {orders[0].order_number}" checked' in (
        warehouse.text
    )


def test_a_whole_list_is_a_job_with_its_progress(
    app: Flask, warehouse: Browser, orders: list[PlacedOrder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing_slips, "AT_ONCE", 2)
    warehouse.get("/staff/orders?tab=to_prepare")
    print_ticked(warehouse, all="1")
    job = warehouse.page.location
    warehouse.get(job)
    assert warehouse.page.headers["Refresh"] == "2"
    assert "Esperando para hacer las hojas." in words(warehouse)
    assert warehouse.client.get(f"{job}/file.pdf").status_code == 404
    with app.app_context():
        assert packing_slip_jobs.run_due() == 1
    warehouse.get(job)
    assert "Refresh" not in warehouse.page.headers
    assert "3 pedidos." in words(warehouse)
    file = warehouse.client.get(f"{job}/file.pdf")
    assert sheets_of(file.data) == 3
    warehouse.get("/staff/orders/slips")
    assert job in warehouse.text


def test_a_list_of_products_is_not_the_warehouse_s(app: Flask, warehouse: Browser, orders: list[PlacedOrder]) -> None:
    with app.app_context():
        job_id = packing_slip_jobs.enqueue([1], "label", language="es", actor=Actor("eva"))  # type: ignore[arg-type]
    assert warehouse.client.get(f"/staff/products/import/{job_id}").status_code == 404
    employ(app, StaffRole.OWNER)
    assert warehouse.client.get(f"/staff/products/import/{job_id}").status_code == 404
    employ(app, StaffRole.SUPPORT)
    assert warehouse.client.get(f"/staff/orders/slips/{job_id}").status_code == 404
