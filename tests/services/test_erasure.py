"""A copy of everything that is held about somebody, and the end of their account."""

import json
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import Base, db, transaction
from storefront.domain.cart import Cart
from storefront.domain.customer import Consent, Customer, Login, SavedAddress
from storefront.domain.order import Order
from storefront.domain.order_note import OrderNote
from storefront.domain.outbox import OutboxMail
from storefront.domain.stock_alert import StockAlert
from storefront.enums import OrderEventCode
from storefront.errors import InvalidCredentials, InvalidInput, PaymentProviderError
from storefront.services import carts, checkout
from storefront.services.accounts import (
    addresses,
    authentication,
    consents,
    data_export,
    documents,
    erasure,
    profiles,
    recovery,
)
from storefront.services.audit import Actor
from storefront.services.jobs import cleanup, consistency
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment, notes, own_reviews
from storefront.services.payments import checkout_sessions, refunds
from storefront.services.shopper import Shopper
from storefront.services.stock import alerts
from storefront.services.subscriptions import management
from tests import factories as make
from tests import reviews
from tests.factories import BAR, BELT, DUMBBELL, GUIDE, PREMIUM, WHEY
from tests.fakes import FakeGateway

PASSWORD = "caballo verde 88"
EMAIL = "pia.lopez@example.com"
DOCUMENT = documents.check_document("CC", "52.345.678")
PRIVATE = (EMAIL, "Quiñonera", "300 555 7788", "+573005557788", "Calle 99", "dejar en portería", "52345678")
"""What must be found nowhere once it was erased."""


def member(*, is_verified: bool = True, **changes: Any) -> tuple[Shopper, str]:
    """Return a customer with an account, an address and a consent, and the secret of the login."""
    account = {
        "email": EMAIL,
        "password": PASSWORD,
        "first_name": "Pía",
        "last_name": "Quiñonera",
        "language": "es",
        "accepts_marketing": True,
    }
    signed_in = authentication.register(**account | changes)
    addresses.add(signed_in.customer_id, address())
    profiles.change(signed_in.customer_id, document=DOCUMENT)
    if is_verified:
        with transaction():
            recovery.confirm(signed_in.customer_id, clock.now())
    return Shopper(customer_id=signed_in.customer_id), signed_in.secret


def address() -> addresses.Address:
    """Return the member's own address."""
    return make.address(last_name="Quiñonera", phone="300 555 7788", street="Calle 99 # 1-2")


def place(shopper: Shopper, *goods: tuple[str, int]) -> checkout.PlacedOrder:
    """Place the member's order."""
    for slug, units in goods:
        carts.add(shopper, slug, units)
    delivery = {
        "email": EMAIL,
        "address": address(),
        "document": DOCUMENT,
        "notes": "dejar en portería",
        "network": "203.0.113.9",
    }
    return checkout.begin(make.purchase(shopper, digital_consent=True, **delivery))


def found_in(*tables: str) -> set[str]:
    """Return which tables hold something private, but for those named."""
    db.session.rollback()
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sqlalchemy.select(table)):
            text = json.dumps([str(value) for value in row], ensure_ascii=False)
            if any(word in text for word in PRIVATE) and table.name not in tables:
                found.add(table.name)
    return found


def test_without_paid_orders_nothing_is_left_anywhere(shop: Flask, gateway: FakeGateway) -> None:
    shopper, secret = member()
    mail_delivery.deliver_due()
    started = place(shopper, (DUMBBELL, 1))
    checkout.cancel(shopper, started.order_id)
    place(shopper, (BAR, 1))
    carts.add(shopper, WHEY, 2)
    guest = make.guest_with((WHEY, 1))
    carts.set_shipping(guest, email=EMAIL, address=address(), method="standard")
    assert len(found_in()) >= 6
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert found_in() == set()
    assert authentication.recognise(secret) is None
    assert make.stock_of(BAR) == (2, 0), "the open page was closed, and its goods are free"
    for table in (Login, SavedAddress):
        assert make.count_of(table) == 0
    (consent,) = db.session.scalars(select(Consent)).all()
    assert consent.withdrawn_at is not None
    assert consistency.examine() == []
    with pytest.raises(InvalidCredentials):
        authentication.log_in(email=EMAIL, password=PASSWORD)


def test_of_paid_orders_what_the_law_wants_is_kept(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    paid, on_its_way = place(shopper, (DUMBBELL, 1)), None
    make.pay(gateway, paid)
    fulfilment.ship(make.order_of(paid).id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
    fulfilment.mark_delivered(make.order_of(paid).id, staff=Actor("ana"))
    on_its_way = place(shopper, (BAR, 1))
    make.pay(gateway, on_its_way)
    before = make.order_of(paid).total_minor
    mail_delivery.deliver_due()
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    kept, moving = make.order_of(paid), make.order_of(on_its_way)
    assert (kept.email, kept.total_minor, kept.address["last_name"]) == (EMAIL, before, "Quiñonera")
    assert (kept.notes, kept.network, kept.address["phone"]) == ("", None, "")
    assert moving.address["phone"] == "+573005557788", "the courier still needs it"
    assert found_in("orders", "payment_attempts", "payment_events", "coupon_uses") == set()
    person = db.session.get_one(Customer, shopper.customer_id)
    assert (person.first_name, person.last_name, person.phone, person.password_hash) == ("", "", None, "")
    assert person.closed_at is not None
    assert consistency.examine() == []


def test_the_parcel_of_a_closed_account_still_arrives(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (BAR, 1))
    make.pay(gateway, started)
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    order_id = make.order_of(started).id
    fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
    assert mail_delivery.deliver_due() >= 2
    assert erasure.finish() == 0, "the courier needs the phone, and the buyer the mails"
    fulfilment.mark_delivered(order_id, staff=Actor("ana"))
    assert mail_delivery.deliver_due() >= 1
    assert "delivered" in make.mails_of(started)
    assert "outbox" in found_in()
    assert cleanup.tidy() >= 4, "the phone, and three mails"
    kept = make.order_of(started)
    assert (kept.email, kept.address["phone"]) == (EMAIL, "")
    assert "573005557788" not in kept.search_text
    assert found_in("orders", "payment_attempts", "payment_events", "coupon_uses") == set()
    assert cleanup.tidy() == 0
    assert consistency.examine() == []


def test_an_order_placed_while_its_buyer_was_erased_is_cleared_when_it_is_over(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper, _ = member()
    meanwhile, subject_of = [], erasure.subject_of

    def placing(person: Customer) -> Any:
        meanwhile.append(place(shopper, (BAR, 1)))
        return subject_of(person)

    monkeypatch.setattr(erasure, "subject_of", placing)
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert erasure.finish() == 0, "it may still be paid"
    checkout_sessions.close_sessions(make.order_of(meanwhile[0]).id, cause="test", code=OrderEventCode.CANCELLED)
    assert erasure.finish() >= 1
    assert erasure.finish() == 0
    assert found_in() == set()


def test_mails_that_were_given_up_lose_their_recipient_too(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (GUIDE, 1))
    make.pay(gateway, started)
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    with transaction():
        db.session.execute(sqlalchemy.update(OutboxMail).values(dead_at=clock.now()))
    assert erasure.finish() >= 1
    assert found_in("orders", "payment_attempts", "payment_events", "coupon_uses") == set()


def test_a_refund_after_the_erasure_is_mailed_and_its_recipient_forgotten(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (GUIDE, 1))
    make.pay(gateway, started)
    mail_delivery.deliver_due()
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    refunds.request_refund(make.order_of(started).id, staff=Actor("ana"))
    assert mail_delivery.deliver_due() == 1
    assert "outbox" in found_in()
    assert erasure.finish() == 1
    assert found_in("orders", "payment_attempts", "payment_events", "coupon_uses") == set()


def test_the_address_is_free_for_a_new_account_that_gets_nothing_of_the_old(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (BAR, 1))
    make.pay(gateway, started)
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    again, _ = member()
    assert again.customer_id != shopper.customer_id
    assert not again.owns(make.order_of(started))
    assert data_export.export(again.customer_id or "")["orders"] == []


def test_a_wrong_password_and_a_running_plan_close_nothing(shop: Flask, gateway: FakeGateway) -> None:
    shopper, secret = member()
    key = shopper.customer_id or ""
    with pytest.raises(InvalidCredentials):
        erasure.erase(key, password="no es esta")
    make.pay(gateway, place(shopper, (PREMIUM, 1)))
    with pytest.raises(InvalidInput) as refusal:
        erasure.erase(key, password=PASSWORD)
    assert refusal.value.problems == {"password": "plans_running"}
    assert authentication.recognise(secret) is not None
    (plan,) = management.list_for(key, language="es")
    management.cancel(key, plan.subscription_id, language="es")
    erasure.erase(key, password=PASSWORD)
    assert authentication.recognise(secret) is None


def test_while_stripe_is_silent_about_an_open_page_nothing_is_closed(shop: Flask, gateway: FakeGateway) -> None:
    shopper, secret = member()
    place(shopper, (BAR, 1))
    gateway.silent_calls = {"close"}
    with pytest.raises(PaymentProviderError):
        erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert authentication.recognise(secret) is not None
    gateway.silent_calls = set()
    assert cleanup.expire_unpaid() == 0


def test_others_keep_everything(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    other, secret = member(email="luz@example.com", last_name="Peña")
    make.pay(gateway, place(other, (GUIDE, 1)))
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert authentication.recognise(secret) is not None
    assert len(addresses.list_for(other.customer_id or "")) == 1
    assert db.session.scalar(select(Order.customer_id)) == other.customer_id


def test_the_copy_holds_everything_and_no_secret(shop: Flask, gateway: FakeGateway) -> None:
    shopper, secret = member()
    key = shopper.customer_id or ""
    started = place(shopper, (DUMBBELL, 1), (GUIDE, 1))
    make.pay(gateway, started)
    carts.add(shopper, WHEY, 2)
    with transaction():
        consents.set_marketing(key, False, language="es", now=clock.now())
    copy = json.loads(json.dumps(data_export.export(key)))
    assert copy["customer"]["email"] == EMAIL
    assert copy["addresses"][0]["address"]["street"] == "Calle 99 # 1-2"
    assert copy["consents"][0]["withdrawnAt"].endswith("Z")
    assert copy["carts"][0]["lines"][0]["quantity"] == 2
    assert {mail["template"] for mail in copy["mails"]} >= {"order_confirmed", "email_verification"}
    (order,) = copy["orders"]
    assert order["number"] == started.order_number
    assert {line["slug"] for line in order["lines"]} == {DUMBBELL, GUIDE}
    assert order["notes"] == "dejar en portería"
    assert order["network"] == "203.0.113.9"
    assert order["files"]
    assert order["shipment"][0]["state"] == "to_prepare"
    person = db.session.get_one(Customer, key)
    text = json.dumps(copy)
    for hidden in (person.password_hash, secret, make.token_of(make.order_of(started)), "argon2"):
        assert hidden not in text


def test_reviews_are_in_the_copy_and_go_with_the_account(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (WHEY, 1))
    make.pay(gateway, started)
    reviews.deliver(started)
    reviews.approved(started, reviews.Opinion(5, "", "Se la recomiendo a Quiñonera."))
    own_reviews.stop_mails(shopper, started.order_number)
    key = shopper.customer_id or ""
    copy = data_export.export(key)
    assert [review["text"] for review in copy["orders"][0]["reviews"]] == ["Se la recomiendo a Quiñonera."]
    assert [stop["person"] for stop in copy["reviewMailStops"]] == ["pia.lopez@example.com"]
    erasure.erase(key, password=PASSWORD)
    assert reviews.rating_of(WHEY) == (None, 0)
    assert not found_in("orders", "payment_attempts", "payment_events", "coupon_uses") & {
        "product_reviews", "review_mail_stops", "review_requests",
    }  # fmt: skip
    assert consistency.examine() == []


def test_stock_alerts_are_in_the_copy_and_go_with_the_account(shop: Flask) -> None:
    shopper, _ = member()
    key = shopper.customer_id or ""
    alerts.ask(BELT, "", EMAIL, "es", is_proved=True)
    alerts.ask(BAR, "", EMAIL, "es", is_proved=False)
    alerts.ask(BELT, "", "otra@example.com", "es", is_proved=True)
    copy = data_export.export(key)
    assert [alert["email"] for alert in copy["stockAlerts"]] == [EMAIL, EMAIL]
    assert "stock_alert_confirm" in {mail["template"] for mail in copy["mails"]}
    erasure.erase(key, password=PASSWORD)
    assert found_in() == set()
    assert [alert.email for alert in db.session.scalars(select(StockAlert))] == ["otra@example.com"]


def test_every_table_about_people_is_in_the_copy_or_known_not_to_be() -> None:
    """A new table that leads to a customer or an order must be thought of here."""
    copied = {
        "customers", "saved_addresses", "consents", "logins", "email_links", "second_factors", "recovery_codes",
        "carts", "cart_lines", "subscriptions", "parcels",
        "outbox", "orders", "order_lines", "order_events", "shipments", "payment_attempts", "refunds", "coupon_uses",
        "entitlements", "downloads", "withdrawals", "withdrawal_lines", "product_reviews", "data_requests",
        "failed_charges",
    }  # fmt: skip
    nobody = {
        "stock_holds", "stock_movements",  # units, by order
        "parcel_lines",  # which units of the lines are in which parcel
        "order_notes", "customer_notes",  # what staff write down about their work, which the closing deletes
        "review_requests",  # which orders will be asked about
        "payment_events",  # what Stripe told us, kept as proof of the payment
        "idempotency_keys",  # answers of the last day, which the closing drops
    }  # fmt: skip
    leads = {"customers", "orders"}
    grown = True
    while grown:
        tables = Base.metadata.sorted_tables
        more = {table.name for table in tables if any(key.column.table.name in leads for key in table.foreign_keys)}
        grown, leads = not more <= leads, leads | more
    assert leads - copied - nobody == set()


def rows(*conditions: Any) -> list[tuple[Any, ...]]:
    """Return what is kept of mails, to compare before and after."""
    db.session.rollback()
    columns = (OutboxMail.key, OutboxMail.recipient, OutboxMail.template, OutboxMail.sent_at)
    return [tuple(row) for row in db.session.execute(select(*columns).where(*conditions).order_by(OutboxMail.key))]


def guest_order(gateway: FakeGateway) -> checkout.PlacedOrder:
    """Place and pay somebody's order as a guest, with files, to the member's address."""
    started = make.begin((GUIDE, 1), (BAR, 1), email=EMAIL, digital_consent=True)
    make.pay(gateway, started)
    return started


def test_whoever_opened_an_account_with_a_strangers_address_gets_and_erases_nothing_of_theirs(
    shop: Flask, gateway: FakeGateway
) -> None:
    """The address is somebody's who bought as a guest; the account is a thief's, who cannot read its mail."""
    shop.extensions["settings"].WAREHOUSE_EMAIL = EMAIL
    recovery.request_reset(EMAIL, "es")
    started = guest_order(gateway)
    cart = make.guest_with((WHEY, 1))
    carts.set_shipping(cart, email=EMAIL, address=address(), method="standard")
    mail_delivery.deliver_due()
    guest_order(gateway)
    theirs = rows()
    shopper, _ = member(is_verified=False)
    with pytest.raises(InvalidInput) as refusal:
        data_export.export(shopper.customer_id or "")
    assert refusal.value.problems == {"email": "unverified"}
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert rows() == theirs, "mails of others are as they were, and the account's own are gone"
    order = make.order_of(started)
    assert (order.email, order.customer_id) == (EMAIL, None)
    assert db.session.scalar(select(Cart.address).where(Cart.email == EMAIL)) is not None
    assert db.session.scalar(select(Customer.email).where(Customer.id == shopper.customer_id)) != EMAIL


def test_an_unverified_account_can_be_closed_with_all_that_is_its_own(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member(is_verified=False)
    started = place(shopper, (BAR, 1))
    checkout.cancel(shopper, started.order_id)
    mail_delivery.deliver_due()
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert found_in() == set()


def test_the_shops_own_mails_are_no_data_of_a_customer_who_works_there(shop: Flask, gateway: FakeGateway) -> None:
    shop.extensions["settings"].WAREHOUSE_EMAIL = EMAIL
    shopper, _ = member()
    make.pay(gateway, place(shopper, (BAR, 1)))
    guest_order(gateway)
    mail_delivery.deliver_due()
    to_warehouse = rows(OutboxMail.template == "warehouse_new_order")
    assert len(to_warehouse) == 2
    copy = data_export.export(shopper.customer_id or "")
    assert {mail["template"] for mail in copy["mails"]} == {"order_confirmed", "email_verification"}
    assert GUIDE not in json.dumps(copy)
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert rows(OutboxMail.template == "warehouse_new_order") == to_warehouse


def test_unsent_mail_of_the_account_is_dropped(shop: Flask) -> None:
    shopper, _ = member()
    assert db.session.scalar(select(OutboxMail.template)) == "email_verification"
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert make.count_of(OutboxMail) == 0
    assert make.count_of(Cart) == 0


def test_notes_of_staff_go_with_the_account(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (WHEY, 1))
    make.pay(gateway, started)
    notes.add(make.order_of(started).id, text="Quiñonera prefiere que llamen antes.", staff=Actor("eva"))
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert make.count_of(OrderNote) == 0
