"""The back office at one moment: editors of a text, workers and the mail of the morning, erasure and payment."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.audit import AuditEntry
from storefront.domain.customer import Customer
from storefront.domain.data_subject import CustomerNote, DataRequest
from storefront.domain.shop_text import PageText
from storefront.enums import DataRequestKind, ShopPart, TextPage
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services.audit import Actor
from storefront.services.customers import data_requests, notes, subjects
from storefront.services.jobs import daily_mail
from storefront.services.payments import refunds, session_status
from storefront.services.texts import details, pages
from storefront.services.texts.drafts import BannerDraft
from tests import events
from tests import factories as make
from tests.concurrency.conftest import Race
from tests.concurrency.test_races import in_own_transaction
from tests.events import Story
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.services.test_daily_mail import MORNING, mails, owner, wait_for_somebody  # noqa: F401 - a fixture

pytestmark = pytest.mark.concurrency

EMAIL = "guest@example.com"
NAMES = ("ana", "eva", "leo", "pia")


# A text.


def test_of_editors_of_one_page_one_saves_and_the_others_see_it(shop: Flask, race: Race) -> None:
    results = race(*(partial(pages.save, TextPage.TERMS, name, name, 0, staff=Actor(name)) for name in NAMES))
    conflicts = [result for result in results if isinstance(result, EditConflict)]
    assert (results.count(1), len(conflicts)) == (1, 3)
    (saved,) = db.session.scalars(select(PageText)).all()
    assert {result.data["stored"].text for result in conflicts} == {saved.text}
    assert {result.data["typed"][0] for result in conflicts} == {*NAMES} - {saved.text}
    assert make.count_of(AuditEntry) == 1


def test_of_editors_of_the_banner_one_saves_and_the_others_see_it(shop: Flask, race: Race) -> None:
    drafts = (BannerDraft(text=name, text_en=name) for name in NAMES)
    results = race(*(partial(details.save, ShopPart.BANNER, draft, 0, staff=Actor("eva")) for draft in drafts))
    conflicts = [result for result in results if isinstance(result, EditConflict)]
    assert (results.count(None), len(conflicts)) == (1, 3)
    stored, version = details.get(ShopPart.BANNER)
    assert version == 1
    assert {result.data["stored"] for result in conflicts} == {stored}


def test_control_comparing_versions_before_writing_loses_three_texts(shop: Flask, race: Race) -> None:
    details.save(ShopPart.BANNER, BannerDraft(text="Uno", text_en="One"), 0, staff=Actor("eva"))
    everybody_looked = threading.Barrier(len(NAMES))

    def naive(name: str) -> bool:
        version = in_own_transaction("SELECT banner_version FROM shop_details")
        everybody_looked.wait(timeout=30)
        if version != 1:
            return False
        in_own_transaction("UPDATE shop_details SET banner_version = 2, banner_text = :text", text=name)
        return True

    assert race(*(partial(naive, name) for name in NAMES)) == [True] * len(NAMES)
    assert details.get(ShopPart.BANNER)[1] == 2


# The mail of the morning.


@pytest.fixture
def _slow(shop: Flask) -> Iterator[None]:
    """Hold the workers up after each looked whether today's mail was written, so that all look before one writes."""
    looked: list[str] = []

    def think(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "has_daily_mail" in statement and statement.startswith("SELECT"):
            looked.append(statement)
            time.sleep(0.3)

    event.listen(db.engine, "after_cursor_execute", think)
    yield
    event.remove(db.engine, "after_cursor_execute", think)
    assert len(looked) == len(NAMES), "nobody was slowed down"


@pytest.mark.usefixtures("_slow")
def test_workers_at_one_moment_write_one_mail(
    shop: Flask, owner: Actor, gateway: FakeGateway, race: Race  # noqa: F811
) -> None:  # fmt: skip
    wait_for_somebody(gateway)
    with time_machine.travel(MORNING, tick=True):
        assert sorted(race(*[daily_mail.tell] * len(NAMES))) == [0, 0, 0, 1]
    assert [mail.recipient for mail in mails()] == [owner.name]


def test_control_looking_for_a_mail_before_writing_it_writes_four(
    shop: Flask, owner: Actor, gateway: FakeGateway, race: Race  # noqa: F811
) -> None:  # fmt: skip
    everybody_looked = threading.Barrier(len(NAMES))

    def naive(worker: str) -> bool:
        known = in_own_transaction("SELECT count(*) FROM outbox WHERE template = 'daily_summary'")
        everybody_looked.wait(timeout=30)
        if known:
            return False
        with transaction():  # under a key of its own, as without a key for the day
            mail = {"recipient": owner.name, "language": "es", "now": clock.now()}
            return outbox.enqueue(f"daily_summary:{worker}", "daily_summary", **mail)

    assert race(*(partial(naive, name) for name in NAMES)) == [True] * len(NAMES)
    assert len(mails()) == len(NAMES)


# A guest who wants to be forgotten, and pays at that moment.


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("by_webhook", [True, False])
def test_an_order_that_is_paid_while_its_guest_is_erased_keeps_what_it_needs(
    shop: Flask, race: Race, gateway: FakeGateway, by_webhook: bool
) -> None:
    for delay in (0, 0.002, 0.02, 0.1):
        started = make.begin((WHEY, 1), email=EMAIL)
        row = make.order_of(started)
        guest = subjects.get(row.public_id)
        completed = Story.of(row, started.session_id).completed()

        def pay(started: Any = started, completed: Any = completed, delay: float = delay) -> Any:
            time.sleep(delay)
            gateway.pay(started.session_id)
            if by_webhook:
                return events.send(shop.test_client(), completed).status_code
            return session_status.settle_session(make.owner(started), started.session_id)

        erased, _ = race(partial(data_requests.erase, guest, is_sure=True, staff=Actor("eva")), pay)
        assert erased is None
        order, status = make.order_of(started), make.state_of(started)
        holder = db.session.get_one(Customer, order.customer_id)
        assert holder.closed_at is not None
        if order.is_paid:
            assert status == ("confirmed", "paid")
            assert (order.email, bool(order.address)) == (EMAIL, True), "it is still to be sent to its buyer"
            assert make.mails_of(started) == ["order_confirmed"]
        else:
            assert status == ("cancelled", "pending")
            assert (order.email, order.address) == (holder.email, None)
            assert make.mails_of(started) == []


@pytest.mark.parametrize("is_note", [True, False])
def test_nothing_is_written_about_a_guest_who_is_erased_meanwhile(
    shop: Flask, race: Race, gateway: FakeGateway, is_note: bool
) -> None:
    make.pay(gateway, started := make.begin((WHEY, 1), email=EMAIL))
    guest, deleted = subjects.get(make.order_of(started).public_id), threading.Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("DELETE FROM customer_notes"):
            deleted.set()
            time.sleep(0.3)  # the erasure is not committed yet

    def write() -> object:
        deleted.wait(30)
        if is_note:
            return notes.add(guest, text="Llamar por la tarde.", staff=Actor("leo"))
        return data_requests.add(guest, DataRequestKind.ACCESS, clock.day_of(clock.now()), staff=Actor("leo"))

    event.listen(db.engine, "after_cursor_execute", note)
    erased, written = race(partial(data_requests.erase, guest, is_sure=True, staff=Actor("eva")), write)
    event.remove(db.engine, "after_cursor_execute", note)
    assert erased is None
    assert isinstance(written, NotFound)
    assert (make.count_of(CustomerNote), make.count_of(DataRequest)) == (0, 0)


@pytest.mark.usefixtures("books")
def test_of_refunds_from_one_page_at_once_one_is_given(shop: Flask, race: Race, gateway: FakeGateway) -> None:
    make.pay(gateway, started := make.begin((WHEY, 2), email=EMAIL))
    order = make.order_of(started)
    seen = {"seen_left_minor": order.total_minor, "amount_minor": 100_000}
    results = race(*(partial(refunds.request_refund, order.id, **seen, staff=Actor(name)) for name in NAMES))
    refused = [result.problems for result in results if isinstance(result, InvalidInput)]
    assert refused == [{"amount": "changed_meanwhile"}] * 3
    assert [row.amount_minor for row in make.refunds_of(started)] == [100_000]


def test_control_looking_at_what_is_left_before_writing_gives_four(
    shop: Flask, race: Race, gateway: FakeGateway
) -> None:
    make.pay(gateway, started := make.begin((WHEY, 2), email=EMAIL))
    order = make.order_of(started)
    order_id, total, everybody_looked = order.id, order.total_minor, threading.Barrier(len(NAMES))

    def naive(name: str) -> bool:
        sql = "SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE order_id = :id"
        given = in_own_transaction(sql, id=order_id)
        everybody_looked.wait(timeout=30)
        if total - given != total:
            return False
        refunds.request_refund(order_id, amount_minor=100_000, staff=Actor(name))  # without what was seen
        return True

    assert race(*(partial(naive, name) for name in NAMES)) == [True] * len(NAMES)
    assert len(make.refunds_of(started)) == len(NAMES)


def test_control_looking_whether_it_is_paid_before_clearing_it_leaves_a_parcel_without_address(
    shop: Flask, race: Race, gateway: FakeGateway
) -> None:
    started = make.begin((WHEY, 1), email=EMAIL)
    order_id = make.order_of(started).id
    looked, paid = threading.Event(), threading.Event()

    def naive() -> bool:
        known = in_own_transaction("SELECT paid_at IS NOT NULL FROM orders WHERE id = :id", id=order_id)
        looked.set()
        paid.wait(30)
        if known:
            return False
        in_own_transaction("UPDATE orders SET address = NULL WHERE id = :id", id=order_id)
        return True

    def pay() -> None:
        looked.wait(30)
        make.pay(gateway, started)
        paid.set()

    assert race(naive, pay) == [True, None]
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.order_of(started).address is None
