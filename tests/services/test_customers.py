"""Customers for staff: found by whatever they say, notes, requests about data with the law's days, copy and erasure."""

import json
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.cart import Cart
from storefront.domain.customer import Customer
from storefront.domain.data_subject import CustomerNote, DataRequest
from storefront.domain.order import Order
from storefront.enums import DataRequestKind, StaffRole
from storefront.errors import InvalidInput, NotFound, PaymentProviderError
from storefront.services import carts, checkout
from storefront.services.accounts import recovery, remains
from storefront.services.audit import Actor
from storefront.services.customers import blocks, data_requests, listing, notes, overview, subjects
from storefront.services.jobs import consistency
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment, own_orders
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import management
from tests import factories as make
from tests import reviews
from tests.factories import BAR, GUIDE, PREMIUM, WHEY
from tests.fakes import FakeGateway
from tests.services.test_erasure import DOCUMENT, EMAIL, PASSWORD, PRIVATE, address, found_in, member, place

EVA = Actor("eva")
GUEST = {"email": EMAIL, "address": address(), "document": DOCUMENT, "notes": "dejar en portería"}
GUEST |= {"network": "203.0.113.9", "digital_consent": True}
assert PASSWORD


def bought_as_guest(gateway: FakeGateway, *goods: tuple[str, int], is_paid: bool = True) -> checkout.PlacedOrder:
    """Return an order of a guest with the private data of the tests of erasure."""
    started = make.begin(*goods or ((WHEY, 1),), **GUEST)
    if is_paid:
        make.pay(gateway, started)
    return started


def guest_of(started: checkout.PlacedOrder) -> subjects.DataSubject:
    return subjects.get(make.order_of(started).public_id)


def found(text: str) -> list[tuple[str, bool]]:
    return [(row.email, row.is_guest) for row in listing.find(text).items]


def test_an_account_is_found_by_what_it_says_of_itself(shop: Flask) -> None:
    member()
    for text in ("quiñonera", "QUINONERA pia", "pia.lopez@example.com", "pia.lopez", "52.345.678", "52345678"):
        assert found(text) == [(EMAIL, False)], text
    assert found("otra persona") == []


def test_a_guest_is_found_by_every_order_and_stands_there_once(shop: Flask, gateway: FakeGateway) -> None:
    first = bought_as_guest(gateway)
    make.begin((BAR, 1), email=EMAIL)
    for text in (EMAIL, "quiñonera", "300 555 7788", "52345678", first.order_number):
        assert found(text) == [(EMAIL, True)], text
    (row,) = listing.find("pia.lopez").items
    assert (row.orders, row.name, row.phone) == (2, "Ana Pérez", "+573001234567")
    first_row, *others = found("")
    assert (first_row, len(others)) == ((EMAIL, True), 2), "the shop's own accounts are older"


def test_an_account_is_found_by_the_phone_of_its_order_and_by_a_new_profile(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    assert found("3005557788") == []
    make.pay(gateway, place(shopper, (WHEY, 1)))
    assert found("300 555 7788") == [(EMAIL, False)]
    with transaction():
        recovery.confirm(shopper.customer_id or "", clock.now())
    assert listing.find(EMAIL).items[0].orders == 1


def test_the_list_has_pages_and_costs_the_same_statements(shop: Flask) -> None:
    for number in range(27):
        make.customer(f"ana{number}@example.com")
    sent: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: sent.append(call[2]))
    first, second = listing.find("", 1), listing.find("", 2)
    assert (len(first.items), len(second.items), first.total) == (25, 4, 29)
    assert len({row.reference for row in [*first.items, *second.items]}) == 29
    assert len([one for one in sent if one.startswith("SELECT")]) <= 14


def test_a_page_has_everything_of_an_account(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    make.pay(gateway, place(shopper, (GUIDE, 1), (WHEY, 1)))
    make.pay(gateway, place(shopper, (PREMIUM, 1)))
    bought_as_guest(gateway)
    shown = overview.show(shopper.customer_id or "", language="es")
    assert (shown.contact.name, shown.contact.phones) == ("Pía Quiñonera", ["+573005557788"])
    assert [document.number for document in shown.contact.documents] == ["52345678"]
    assert (shown.order_count, len(shown.plans)) == (2, 1)
    assert {file.file_name.rpartition(".")[2] for file in shown.files} >= {"pdf"}
    assert [consent.purpose for consent in shown.consents] == ["marketing"]
    assert len(shown.agreements) == 2
    assert len(shown.devices) == 1
    assert shown.network == "203.0.113.9"
    guest = overview.show(shown.other_reference or "", language="es")
    assert (guest.subject.is_guest, guest.order_count, guest.other_reference) == (True, 1, shopper.customer_id)


def test_whatever_order_of_a_guest_is_named_it_is_the_same_guest(shop: Flask, gateway: FakeGateway) -> None:
    first, second = bought_as_guest(gateway), bought_as_guest(gateway, (BAR, 1))
    assert guest_of(first) == guest_of(second)
    shopper, _ = member()
    with pytest.raises(NotFound):  # the orders are the account's now
        guest_of(first)
    assert overview.show(shopper.customer_id or "", language="es").order_count == 2


def test_notes_come_along_when_a_guest_confirms_an_account(shop: Flask, gateway: FakeGateway) -> None:
    guest = guest_of(bought_as_guest(gateway))
    notes.add(guest, text="Prefiere WhatsApp.", staff=EVA)
    data_requests.add(guest, DataRequestKind.ACCESS, clock.day_of(clock.now()), staff=EVA)
    shopper, _ = member(is_verified=False)
    account = subjects.get(shopper.customer_id or "")
    assert notes.list_for(account) == []
    with transaction():
        recovery.confirm(shopper.customer_id or "", clock.now())
    account = subjects.get(shopper.customer_id or "")
    assert [note.text for note in notes.list_for(account)] == ["Prefiere WhatsApp."]
    assert len(data_requests.list_for(account)) == 1


@pytest.mark.parametrize("text", ["", "x" * 1001])
def test_a_note_says_something_and_not_too_much(shop: Flask, text: str) -> None:
    shopper, _ = member()
    with pytest.raises(InvalidInput):
        notes.add(subjects.get(shopper.customer_id or ""), text=text, staff=EVA)


@pytest.mark.parametrize(
    ("kind", "received", "due"),
    [
        # Friday; 8 December is a holiday.
        (DataRequestKind.ACCESS, date(2026, 11, 27), date(2026, 12, 14)),
        (DataRequestKind.ERASURE, date(2026, 11, 27), date(2026, 12, 21)),
        # A Saturday counts from Monday.
        (DataRequestKind.CORRECTION, date(2026, 11, 28), date(2026, 12, 21)),
    ],
)
def test_the_law_gives_business_days_from_the_day_after(kind: DataRequestKind, received: date, due: date) -> None:
    assert data_requests.due_on(kind, received) == due


def test_a_request_is_open_until_it_is_answered_and_late_after_its_day(shop: Flask, gateway: FakeGateway) -> None:
    with time_machine.travel(datetime(2026, 11, 27, 15, tzinfo=UTC), tick=False) as traveller:
        guest = guest_of(bought_as_guest(gateway))
        for day in (None, date(2026, 11, 28), date(2025, 1, 1)):
            with pytest.raises(InvalidInput):
                data_requests.add(guest, DataRequestKind.ACCESS, day, staff=EVA)
        data_requests.add(guest, DataRequestKind.ACCESS, date(2026, 11, 27), staff=EVA)
        data_requests.add(guest, DataRequestKind.CORRECTION, date(2026, 11, 26), staff=EVA)
        traveller.move_to(datetime(2026, 12, 15, 5, 1, tzinfo=UTC))
        late, other = data_requests.list_open()
        assert (late.is_late, other.is_late, late.reference) == (True, False, guest.reference)
        mail_delivery.deliver_due()
        assert [finding.area for finding in consistency.examine()] == ["privacy"]
        data_requests.export(guest, staff=EVA)
        (left,) = data_requests.list_open()
        data_requests.close(guest, left.row.id, staff=EVA)
        with pytest.raises(NotFound):
            data_requests.close(guest, left.row.id, staff=EVA)
    assert data_requests.list_open() == []


def test_a_guest_s_copy_has_the_orders_of_the_address_and_nothing_of_an_account(
    shop: Flask, gateway: FakeGateway
) -> None:
    shopper, _ = member(is_verified=False)
    place(shopper, (BAR, 1))
    started = bought_as_guest(gateway, (GUIDE, 1))
    cart = make.guest_with((WHEY, 1))
    carts.set_shipping(cart, email=EMAIL, address=address(), method="standard")
    guest = guest_of(started)
    notes.add(guest, text="Nadie lo lee.", staff=EVA)
    copy = data_requests.export(guest, staff=EVA)
    assert copy["customer"] == {"email": EMAIL}
    assert [order["number"] for order in copy["orders"]] == [started.order_number]
    assert copy["orders"][0]["files"]
    assert len(copy["carts"]) == 1
    assert {mail["template"] for mail in copy["mails"]} >= {"order_confirmed"}
    assert (copy["logins"], copy["addresses"], copy["plans"]) == ([], [], [])
    text = json.dumps(copy)
    assert "Nadie lo lee." not in text
    assert make.token_of(make.order_of(started)) not in text


def test_an_account_that_did_not_confirm_its_address_gets_no_copy_from_staff(shop: Flask) -> None:
    shopper, _ = member(is_verified=False)
    with pytest.raises(InvalidInput):
        data_requests.export(subjects.get(shopper.customer_id or ""), staff=EVA)


def test_of_a_guest_without_paid_orders_nothing_is_left_anywhere(shop: Flask, gateway: FakeGateway) -> None:
    started = bought_as_guest(gateway, is_paid=False)
    cart = make.guest_with((WHEY, 1))
    carts.set_shipping(cart, email=EMAIL, address=address(), method="standard")
    guest = guest_of(started)
    notes.add(guest, text="Quiñonera prefiere que llamen.", staff=EVA)
    data_requests.add(guest, DataRequestKind.ERASURE, clock.day_of(clock.now()), staff=EVA)
    assert remains.remains_of(guest).unpaid == [started.order_number]
    assert len(found_in()) >= 5
    data_requests.erase(guest, is_sure=True, staff=EVA)
    assert found_in() == set()
    assert make.state_of(started)[0] == "cancelled"
    assert make.stock_of(WHEY)[1] == 0
    (request,) = db.session.scalars(select(DataRequest)).all()
    assert request.done_at is not None
    assert request.email is None
    assert make.count_of(CustomerNote) == 0
    assert listing.find(EMAIL).items == []
    assert consistency.examine() == []


def test_an_order_of_files_is_not_under_way_for_ever(shop: Flask, gateway: FakeGateway) -> None:
    files = bought_as_guest(gateway, (GUIDE, 1))
    stays = remains.remains_of(guest_of(files))
    assert (stays.records, stays.under_way) == ([files.order_number], [])


def test_of_a_guest_s_paid_orders_what_the_law_wants_stays_out_of_everybody_s_reach(
    shop: Flask, gateway: FakeGateway
) -> None:
    paid, moving = bought_as_guest(gateway), bought_as_guest(gateway, (BAR, 1))
    reviews.deliver(paid)
    mail_delivery.deliver_due()
    guest = guest_of(paid)
    stays = remains.remains_of(guest)
    assert (stays.records, stays.under_way) == ([moving.order_number, paid.order_number], [moving.order_number])
    assert stays.kept_until == date(clock.day_of(clock.now()).year + 10, stays.kept_until.month, stays.kept_until.day)
    data_requests.erase(guest, is_sure=True, staff=EVA)
    kept, sent = make.order_of(paid), make.order_of(moving)
    assert (kept.email, kept.notes, kept.network, kept.address["phone"]) == (EMAIL, "", None, "")
    assert sent.address["phone"] == "+573005557788", "the courier still needs it"
    assert found_in("orders", "payment_attempts", "payment_events", "coupon_uses") == set()
    with pytest.raises(NotFound):
        subjects.get(guest.reference)
    assert listing.find("quiñonera").items == []
    shopper, _ = member()
    assert not shopper.owns(kept), "whoever registers with that e-mail gets nothing of it"
    with pytest.raises(NotFound):
        own_orders.get(Shopper(order_ids=(kept.public_id,)), kept.public_id)
    assert own_orders.get(Shopper(), sent.public_id, token=make.token_of(sent)).id == sent.id
    fulfilment.ship(sent.id, carrier="tcc", tracking_number="1", staff=EVA)
    assert mail_delivery.deliver_due() >= 1
    assert "shipped" in make.mails_of(moving)
    assert consistency.examine() == []


def test_others_with_the_same_address_keep_what_is_theirs(shop: Flask, gateway: FakeGateway) -> None:
    """An account that never confirmed the address is somebody else's, as far as anybody knows."""
    shopper, _ = member(is_verified=False)
    own = place(shopper, (BAR, 1))
    make.pay(gateway, own)
    data_requests.erase(guest_of(bought_as_guest(gateway)), is_sure=True, staff=EVA)
    assert make.order_of(own).customer_id == shopper.customer_id
    assert db.session.scalar(select(Customer.email).where(Customer.id == shopper.customer_id)) == EMAIL


def test_staff_erase_an_account_that_asked_for_it(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    subject = subjects.get(shopper.customer_id or "")
    notes.add(subject, text="Quiñonera escribió por WhatsApp.", staff=EVA)
    with pytest.raises(InvalidInput) as refusal:
        data_requests.erase(subject, is_sure=False, staff=EVA)
    assert refusal.value.problems == {"is_sure": "required"}
    data_requests.erase(subject, is_sure=True, staff=EVA)
    assert found_in() == set()
    with pytest.raises(NotFound):
        subjects.get(subject.reference)


def test_a_plan_and_a_role_keep_staff_from_erasing(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    key = shopper.customer_id or ""
    make.pay(gateway, place(shopper, (PREMIUM, 1)))
    subject = subjects.get(key)
    assert remains.remains_of(subject).plans == 1
    with pytest.raises(InvalidInput) as refusal:
        data_requests.erase(subject, is_sure=True, staff=EVA)
    assert refusal.value.problems == {"is_sure": "plans_running"}
    (plan,) = management.list_for(key, language="es")
    management.cancel(key, plan.subscription_id, language="es")
    with transaction():
        db.session.execute(db.update(Customer).where(Customer.id == key).values(staff_role=StaffRole.SUPPORT))
    with pytest.raises(InvalidInput) as refusal:
        data_requests.erase(subject, is_sure=True, staff=EVA)
    assert refusal.value.problems == {"is_sure": "works_here"}
    assert subjects.get(key).email == EMAIL


def test_while_stripe_is_silent_a_guest_is_not_erased(shop: Flask, gateway: FakeGateway) -> None:
    guest = guest_of(bought_as_guest(gateway, is_paid=False))
    gateway.silent_calls = {"close"}
    with pytest.raises(PaymentProviderError):
        data_requests.erase(guest, is_sure=True, staff=EVA)
    assert subjects.get(guest.reference) == guest
    gateway.silent_calls = set()


def test_the_audit_never_says_who_was_erased_or_what_was_noted(shop: Flask, gateway: FakeGateway) -> None:
    guest = guest_of(bought_as_guest(gateway))
    notes.add(guest, text="Quiñonera prefiere WhatsApp.", staff=EVA)
    data_requests.add(guest, DataRequestKind.ACCESS, clock.day_of(clock.now()), staff=EVA)
    blocks.add("email", EMAIL, "Quiñonera no paga.", clock.day_of(clock.now()), staff=EVA)
    blocks.end(blocks.list_all()[0].block.id, staff=EVA)
    data_requests.export(guest, staff=EVA)
    data_requests.erase(guest, is_sure=True, staff=EVA)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "customer")).all()
    assert len(entries) == 6
    written = json.dumps([[entry.object_id, entry.before, entry.after] for entry in entries], ensure_ascii=False)
    assert not any(word in written for word in PRIVATE)
    assert make.count_of(Order) == 1
    assert db.session.scalar(select(Cart.id).where(Cart.email == EMAIL)) is None
