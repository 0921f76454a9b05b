"""Packing slips: which orders have one, what stands on it, how long they take, and many of them as a job."""

import re
import time
import zlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.job import Job
from storefront.domain.order import Order, OrderLine
from storefront.enums import JobState, OrderTab, SlipSize
from storefront.errors import NotFound
from storefront.services.admin import product_imports
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import fulfilment, listing, packing_slip_jobs, packing_slips
from storefront.services.orders.packing_slip_pdf import draw
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import COFFEE, DUMBBELL, WHEY
from tests.fakes import FakeGateway
from tests.statements import Statements

BODEGA = Actor("bodega@example.com")


def paid(gateway: FakeGateway, *goods: tuple[str, int], **changes: Any) -> PlacedOrder:
    started = make.begin(*(goods or ((WHEY, 2), (DUMBBELL, 1))), **changes)
    make.pay(gateway, started)
    return started


def id_of(started: PlacedOrder) -> int:
    return make.order_of(started).id


def text_of(pdf: bytes) -> str:
    """Return what a PDF says: its pages are compressed, and its fonts have one byte for each letter."""
    pages = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    texts = []
    for page in pages:
        drawn = zlib.decompress(page).decode("latin-1")
        texts += [re.sub(r"\\(.)", r"\1", found) for found in re.findall(r"\(((?:\\.|[^\\)])*)\) Tj", drawn)]
    return "\n".join(texts)


def sheets_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_a_slip_has_the_units_that_are_left_and_where_they_go(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 3), (DUMBBELL, 2), (COFFEE, 1))
    lines = make.lines_of(started)
    refunds.request_refund(id_of(started), units={lines[0].id: 1})
    fulfilment.ship(id_of(started), carrier="tcc", tracking_number="A1", units={lines[1].id: 2}, staff=BODEGA)
    with transaction():
        db.session.execute(update(Order).values(notes="Timbre dañado, llamar"))
        db.session.execute(update(OrderLine).where(OrderLine.id == lines[0].id).values(options={"Sabor": "Vainilla"}))
    (slip,) = packing_slips.slips_of([id_of(started)])
    assert [(line.units, line.sku) for line in slip.lines] == [(2, lines[0].sku), (1, lines[2].sku)]
    assert (slip.parcel, slip.units, slip.lines[0].options) == (2, 3, "Sabor: Vainilla")
    for size in SlipSize:
        shown = text_of(draw([slip], size))
        order = make.order_of(started)
        address = order.address or {}
        wanted = (
            *(order.number, address["street"], address["city"], address["last_name"], "Paquete 2 de este pedido"),
            *(lines[0].sku, "Sabor: Vainilla", "3 unidades en total", "Timbre dañado, llamar"),
        )
        assert [text for text in wanted if text not in shown] == []
        assert not re.search(r"\$|COP|\d{2}\.\d{3}", shown), "the warehouse sees no money"


def test_only_what_waits_to_leave_has_a_slip(shop: Flask, gateway: FakeGateway) -> None:
    waits, gone, unpaid = paid(gateway), paid(gateway), make.begin((WHEY, 1))
    back, picked_up = paid(gateway), paid(gateway, shipping_method="pickup")
    fulfilment.ship(id_of(gone), carrier="tcc", tracking_number="A1", staff=BODEGA)
    refunds.request_refund(id_of(back))
    fulfilment.mark_ready(id_of(picked_up), staff=BODEGA)
    all_of_them = [waits, gone, unpaid, back, picked_up]
    chosen = packing_slips.choose([one.order_number for one in all_of_them] + ["nonsense", waits.order_number])
    assert chosen.order_ids == [id_of(waits), id_of(picked_up)]
    assert chosen.left_out == [gone.order_number, unpaid.order_number, back.order_number, "nonsense"]
    everything = packing_slips.choose_all(listing.Wanted(tab=OrderTab.TO_PREPARE))
    assert everything.order_ids == [id_of(waits)]
    assert "Lo recoge" in text_of(draw(packing_slips.slips_of([id_of(picked_up)]), SlipSize.LABEL))


def test_many_lines_go_on_with_the_number_on_each_sheet(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 1))
    (slip,) = packing_slips.slips_of([id_of(started)])
    line = slip.lines[0]
    long = packing_slips.Slip(slip.order, 1, [line] * 30)
    label, sheet = draw([long, slip], SlipSize.LABEL), draw([long, slip], SlipSize.A4)
    assert sheets_of(label) > sheets_of(sheet) > 2
    assert f"Pedido {started.order_number}, hoja 2" in text_of(label)
    assert text_of(label).count(line.sku) == 31


def test_letters_that_the_fonts_lack_lose_their_accents(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 1))
    with transaction():
        order = db.session.scalars(select(Order)).one()
        order.address = (order.address or {}) | {"first_name": "Łukasz", "last_name": "Dvořák Nuñez"}
    assert "Lukasz Dvorák Nuñez" in text_of(draw(packing_slips.slips_of([id_of(started)]), SlipSize.LABEL))


def test_twenty_at_once_take_no_longer_than_a_page_may(
    shop: Flask, gateway: FakeGateway, statements: Statements
) -> None:
    ids = [id_of(paid(gateway)) for _ in range(3)] * 7
    db.session.rollback()
    began = time.process_time()
    with statements.at_most(5):
        slips = packing_slips.slips_of(ids[:20])
    pdf = draw(slips, SlipSize.LABEL)
    assert time.process_time() - began < 2
    assert (len(slips), sheets_of(pdf)) == (20, 20)


@pytest.fixture
def job_id(shop: Flask, gateway: FakeGateway) -> str:
    """Return a job for two hundred slips."""
    ids = [id_of(paid(gateway)) for _ in range(2)] * 100
    return packing_slip_jobs.enqueue(ids, SlipSize.LABEL, language="en", actor=BODEGA)


def test_two_hundred_are_a_job_of_the_worker(job_id: str) -> None:
    job = packing_slip_jobs.get(job_id)
    assert (job.state, job.done, job.total) == (JobState.QUEUED, 0, 200)
    with pytest.raises(NotFound):
        packing_slip_jobs.get(job_id, has_file=True)
    assert product_imports.run_due() == 0, "an import's worker leaves it alone"
    assert (packing_slip_jobs.run_due(), packing_slip_jobs.run_due()) == (1, 0)
    db.session.rollback()
    db.session.expire_all()
    done = packing_slip_jobs.get(job_id, has_file=True)
    assert (done.state, done.result) == (JobState.DONE, {"slips": 200, "orders": 200})
    assert done.output is not None
    assert sheets_of(done.output) == 200
    assert "2 units in total" not in text_of(done.output)
    assert "3 units in total" in text_of(done.output), "in the language of who asked"
    with pytest.raises(NotFound):
        product_imports.get(job_id)
    assert [one.id for one in packing_slip_jobs.latest()] == [job_id]
    assert product_imports.latest() == []


def test_slips_are_forgotten_after_a_day(job_id: str) -> None:
    packing_slip_jobs.run_due()
    assert product_imports.forget_old() == 0
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert product_imports.forget_old() == 1
    assert db.session.scalars(select(Job)).all() == []


def test_orders_that_left_meanwhile_have_no_slip(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway)
    job_id = packing_slip_jobs.enqueue([id_of(started)], SlipSize.A4, language="es", actor=BODEGA)
    fulfilment.ship(id_of(started), carrier="tcc", tracking_number="A1", staff=BODEGA)
    packing_slip_jobs.run_due()
    db.session.rollback()
    db.session.expire_all()
    assert packing_slip_jobs.get(job_id).result == {"slips": 0, "orders": 1}
    with pytest.raises(NotFound):
        packing_slip_jobs.get(job_id, has_file=True)
