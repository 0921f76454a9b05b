"""Goods given back, as staff see them on the command line."""

from datetime import datetime, timedelta

import time_machine
from flask import Flask

from storefront import clock
from storefront.money import format_money
from storefront.services.audit import Actor
from storefront.services.orders import admin_orders, fulfilment, own_returns
from tests import factories as make
from tests.cli.conftest import Run
from tests.factories import BAR, DUMBBELL
from tests.fakes import FakeGateway


def asked(gateway: FakeGateway, **units: int) -> str:
    """Return the number of an order on its way of which some goods are given back; slugs are without their dashes."""
    started = make.begin((DUMBBELL, 2), (BAR, 1), shipping_method="express")
    make.pay(gateway, started)
    fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="1", staff=Actor("eva"))
    lines = {line.slug.replace("-", "_"): line.id for line in make.lines_of(started)}
    chosen = {lines[slug]: n for slug, n in units.items()}
    own_returns.request_return(make.owner(started), started.order_number, units=chosen, reason="", key="a")
    return started.order_number


def test_what_waits_with_its_day_and_the_command_that_ends_it(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    number = asked(gateway, mancuerna_edicion_limitada=1)
    due = clock.day_of(clock.now()) + timedelta(days=15)
    listed = run("orders", "withdrawals").output
    assert f"withdrawal {number}-R1 open: 1 x {DUMBBELL}" in listed
    assert f"COP 389,900 due {due}\n" in listed
    assert "1 requests wait" in listed
    shown = run("orders", "show", number).output
    command = f"flask orders refund {number} --line {DUMBBELL}:1"
    assert command in shown
    with time_machine.travel(clock.now() + timedelta(days=17)):
        assert f"COP 389,900 due {due} LATE" in run("orders", "withdrawals").output
        assert f"withdrawal {number}-R1: the money was due on {due}" in run("doctor").output
    assert run(*command.split()[1:]).exit_code == 0
    assert "0 requests wait" in run("orders", "withdrawals").output
    assert f"withdrawal {number}-R1 refunded: 1 x {DUMBBELL}" in run("orders", "show", number).output


def test_the_evening_is_still_the_same_day(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    """After 19:00 in Bogotá it is tomorrow in UTC, and on the last evening of a year even next year."""
    with time_machine.travel(datetime(2026, 12, 31, 23, tzinfo=clock.BOGOTA)):
        number = asked(gateway, mancuerna_edicion_limitada=1)
        assert number.startswith("2026-12-")
        assert "asked 2026-12-31, COP 389,900 due 2027-01-15\n" in run("orders", "withdrawals").output


def test_who_returns_everything_gets_the_freight_back_too(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    number = asked(gateway, mancuerna_edicion_limitada=2, barra_dominadas_puerta=1)
    order = admin_orders.get(number)
    total = format_money(order.total_minor, "en").replace("\N{NO-BREAK SPACE}", " ")
    listed = run("orders", "withdrawals").output
    assert f"{total} with the freight due" in listed
    command = f"flask orders refund {number} --line {DUMBBELL}:2 --line {BAR}:1"
    assert command in listed
    assert run(*command.split()[1:]).exit_code == 0
    order = admin_orders.get(number)
    assert order.shipping_minor > 0
    assert order.refunded_minor == order.total_minor


def test_goods_that_never_came(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    number = asked(gateway, mancuerna_edicion_limitada=1)
    assert run("orders", "close-withdrawal", number, "1").exit_code == 2, "the note is needed"
    done = run("orders", "close-withdrawal", number, "1", "--note", "nunca llegó")
    assert done.output == f"{number}-R1 closed\n"
    again = run("orders", "close-withdrawal", number, "1", "--note", "nunca llegó")
    assert again.exit_code == 1
    assert "withdrawal R1 closed: nunca llegó" in run("orders", "show", number).output


def test_what_came_back_late_and_parcels_without_news(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    number = asked(gateway, mancuerna_edicion_limitada=1)
    run("orders", "refund", number, "--line", f"{DUMBBELL}:1", "--no-restock")
    assert run("orders", "restock", number, "--line", f"{DUMBBELL}:1").output == f"{number} restocked\n"
    assert run("orders", "restock", number, "--line", f"{DUMBBELL}:1").exit_code == 1
    assert "back on the shelf: 1 × " in run("orders", "show", number).output
    assert run("orders", "overdue").output == "0 parcels overdue\n"
    with time_machine.travel(clock.now() + timedelta(days=12)):
        assert "tcc 1  ana@example.com\n1 parcels overdue\n" in run("orders", "overdue").output
