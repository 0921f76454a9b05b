"""Plans, from the cart to their end: what may be bought, what it costs today, what the owner can do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Category
from storefront.domain.customer import Customer
from storefront.domain.order import Order, lock
from storefront.domain.subscription import Subscription
from storefront.errors import (
    AccountRequired,
    AlreadySubscribed,
    ConsentRequired,
    InvalidInput,
    NotFound,
    PaymentProviderError,
    PlanOver,
)
from storefront.services import carts, checkout
from storefront.services.audit import Actor
from storefront.services.downloads import library
from storefront.services.jobs import cleanup, consistency
from storefront.services.mail import mail_delivery
from storefront.services.orders import own_orders
from storefront.services.payments import refunds, session_status
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import lifecycle as plan_verbs
from storefront.services.subscriptions import management
from tests import factories, plans
from tests.factories import PREMIUM, WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.plans import NUTRITION, PRICE, YEARLY, begin, bought, only


def test_a_plan_with_a_product_is_one_session_with_the_freight_as_a_line(shop: Flask, gateway: FakeGateway) -> None:
    """Point 6: one page for both, the stock is reserved, the total is due today."""
    shopper, started = begin((PREMIUM, 1), (WHEY, 1))
    request = gateway.requests[started.session_id]
    assert [(line.interval, line.unit_price_minor) for line in request.lines] == [("month", PRICE), (None, 12_990_000)]
    assert request.customer_id == f"cus_{shopper.customer_id}"
    assert (request.shipping_minor, request.trial_days) == (2_500_000, 0)
    assert started.quote.total_minor == PRICE + 12_990_000 + 2_500_000
    assert factories.stock_of(WHEY) == (120, 1)
    factories.pay(gateway, started)
    assert factories.state_of(started) == ("confirmed", "paid")
    assert factories.stock_of(WHEY) == (119, 0)
    order = factories.order_of(started)
    assert (order.payment_id, order.invoice_id) == (None, gateway.pages[started.session_id].invoice_id)
    assert only().status == "active"
    assert carts.view(shopper, "es").is_empty


@pytest.mark.parametrize(
    ("lines", "method", "fits"),
    [(20, "pickup", True), (21, "pickup", False), (20, "express", False), (19, "express", True)],
)
def test_a_plan_takes_no_more_lines_along_than_stripe_does(
    shop: Flask, gateway: FakeGateway, lines: int, method: str, fits: bool
) -> None:
    shelf = db.session.scalars(select(Category)).first()
    assert shelf is not None
    with transaction():
        db.session.add_all(factories.product(f"linea-{n}", shelf) for n in range(lines))
    shopper = factories.customer()
    items = ((PREMIUM, 1), *((f"linea-{n}", 1) for n in range(lines)))
    said = factories.purchase(shopper, items=items, shipping_method=method, digital_consent=True)
    if fits:
        assert len(checkout.begin(said).quote.lines) == lines + 1
    else:
        with pytest.raises(InvalidInput) as refusal:
            checkout.begin(said)
        assert refusal.value.problems == {"items": "too_many_with_plan"}
        assert gateway.calls.count("open") == 0


def test_one_stripe_customer_for_a_shopper(shop: Flask, gateway: FakeGateway) -> None:
    """Point 6: asked once, remembered, and used again for the next plan."""
    shopper, _ = bought(gateway)
    begin((NUTRITION, 1), shopper=shopper)
    assert gateway.calls.count("customer") == 1
    db.session.rollback()
    assert db.session.get_one(Customer, shopper.customer_id).provider_id == f"cus_{shopper.customer_id}"


def test_nobody_is_ordered_for_while_stripe_is_silent_about_the_customer(shop: Flask, gateway: FakeGateway) -> None:
    shopper = factories.customer()
    gateway.go_silent()
    with pytest.raises(PaymentProviderError):
        begin(shopper=shopper)
    assert factories.count_of(Order) == 0


def test_a_guest_must_sign_in_first(shop: Flask) -> None:
    """Point 6: the cart holds the plan, the order needs an account."""
    guest = factories.guest_with((PREMIUM, 1))
    with pytest.raises(AccountRequired):
        checkout.begin(factories.purchase(guest, digital_consent=True))


def test_the_guest_s_plan_comes_along_at_login(shop: Flask, gateway: FakeGateway) -> None:
    guest, shopper = factories.guest_with((PREMIUM, 1)), factories.customer()
    carts.add(shopper, PREMIUM, 1)
    with transaction():
        assert shopper.customer_id
        carts.merge(guest.cart_token, shopper.customer_id, clock.now())
    view = carts.view(shopper, "es")
    assert [(line.slug, line.quantity) for line in view.lines] == [(PREMIUM, 1)]


def test_a_plan_needs_the_consent(shop: Flask) -> None:
    with pytest.raises(ConsentRequired):
        begin(digital_consent=False)


def test_one_of_a_plan_and_one_plan_at_a_time(shop: Flask) -> None:
    shopper = factories.customer()
    with pytest.raises(InvalidInput):
        carts.add(shopper, PREMIUM, 2)
    carts.add(shopper, PREMIUM, 1)
    carts.add(shopper, PREMIUM, 1)
    assert carts.view(shopper, "es").count == 1
    carts.add(shopper, YEARLY, 1)
    view = carts.view(shopper, "es")
    assert {line.problem for line in view.lines} == {"one_plan"}
    assert not view.can_check_out
    with pytest.raises(InvalidInput):
        checkout.begin(factories.purchase(shopper, digital_consent=True))
    with pytest.raises(InvalidInput):
        checkout.begin(factories.purchase(shopper, items=((PREMIUM, 1), (YEARLY, 1)), digital_consent=True))


def test_the_same_active_plan_is_not_sold_twice(shop: Flask, gateway: FakeGateway) -> None:
    """Point 6: refused at begin, and again at a retry of an order that was open meanwhile."""
    shopper, _ = bought(gateway)
    with pytest.raises(AlreadySubscribed):
        begin(shopper=shopper)
    with transaction():
        db.session.execute(update(Subscription).values(status="cancelled", ended_at=clock.now()))
    _, again = begin(shopper=shopper)
    factories.pay(gateway, again)
    assert [row.ended_at is None for row in plans.subscriptions()] == [False, True]


def test_an_open_order_of_the_plan_is_closed_before_another_is_made(shop: Flask, gateway: FakeGateway) -> None:
    """Two pages of one plan are never payable together, through whichever door they came."""
    shopper, first = begin()
    items = ((PREMIUM, 1),)
    second = checkout.begin(factories.purchase(shopper, items=items, digital_consent=True, key="phone"))
    assert gateway.pages[first.session_id].status == "expired"
    assert factories.state_of(first) == ("cancelled", "pending")
    assert gateway.pages[second.session_id].status == "open"


def test_a_page_paid_while_another_is_asked_for_counts(shop: Flask, gateway: FakeGateway) -> None:
    shopper, first = begin()
    gateway.pay(first.session_id)
    with pytest.raises(AlreadySubscribed):
        checkout.begin(factories.purchase(shopper, items=((PREMIUM, 1),), digital_consent=True, key="phone"))
    assert factories.state_of(first) == ("confirmed", "paid")


def test_a_plan_paid_for_beside_a_running_one_ends_and_its_money_goes_back(shop: Flask, gateway: FakeGateway) -> None:
    """However it came about: the customer has the plan once and pays for it once."""
    shopper, started = begin((PREMIUM, 1), (WHEY, 1))
    page = gateway.pay(started.session_id)
    other = checkout.begin(factories.purchase(shopper, items=((NUTRITION, 1),), digital_consent=True))
    with transaction():
        plan = factories.lines_of(started)[0].product_id
        db.session.add(
            Subscription(
                provider_id="sub_elsewhere",
                customer_id=shopper.customer_id,
                product_id=plan,
                order_id=factories.order_of(other).id,
                status="active",
                price_minor=PRICE,
                currency="COP",
                interval="month",
                current_period_end=clock.now(),
                paid_until=clock.now(),
                created_at=clock.now(),
            )
        )
    session_status.settle_session(shopper, started.session_id)
    (refund,) = factories.refunds_of(started)
    assert (refund.reason, refund.amount_minor, refund.payment_id) == ("already_subscribed", PRICE, page.invoice_id)
    cleanup.sweep()
    assert gateway.subscriptions[page.subscription_id or ""].status == "cancelled"
    assert factories.state_of(started) == ("confirmed", "partially_refunded")
    assert [plan.status for plan in management.list_for(shopper.customer_id or "", language="es")] == ["active"]
    cleanup.sweep()
    assert gateway.calls.count("end") == 1


def test_a_trial_costs_nothing_today_and_once_only(shop: Flask, gateway: FakeGateway) -> None:
    """Points 6 and 7: the total is what is due, and whoever had the plan pays from the first day."""
    shopper = factories.customer(is_confirmed=True)
    carts.add(shopper, NUTRITION, 1)
    (line,) = carts.view(shopper, "es").lines
    assert (line.trial_days, line.unit_price_minor, line.total_minor) == (7, 6_990_000, 0)
    _, started = begin((NUTRITION, 1), shopper=shopper)
    assert started.quote.total_minor == 0
    assert started.checkout_url.startswith("https://checkout.stripe.com/")
    assert gateway.requests[started.session_id].trial_days == 7
    factories.pay(gateway, started)
    assert factories.state_of(started) == ("confirmed", "paid")
    row = only()
    assert (row.status, row.price_minor) == ("trialing", 6_990_000)
    with transaction():
        db.session.execute(update(Subscription).values(status="cancelled", ended_at=clock.now()))
    _, again = begin((NUTRITION, 1), shopper=shopper)
    assert again.quote.total_minor == 6_990_000
    assert gateway.requests[again.session_id].trial_days == 0


def test_a_trial_needs_a_confirmed_address_and_the_cart_says_so(shop: Flask, gateway: FakeGateway) -> None:
    shopper = factories.customer()
    carts.add(shopper, NUTRITION, 1)
    seen = carts.view(shopper, "es")
    assert (seen.quote.total_minor, [notice.code for notice in seen.notices]) == (6_990_000, ["trial_unconfirmed"])
    with transaction():
        db.session.execute(update(Customer).values(email_verified_at=clock.now()))
    seen = carts.view(shopper, "es")
    assert (seen.quote.total_minor, seen.notices) == (0, ())


def test_one_mailbox_tries_a_plan_once(shop: Flask, gateway: FakeGateway) -> None:
    first = factories.customer("ana.perez@gmail.com", is_confirmed=True)
    _, started = begin((NUTRITION, 1), shopper=first)
    factories.pay(gateway, started)
    for email, total in (("anaperez+2@googlemail.com", 6_990_000), ("otra@gmail.com", 0)):
        _, other = begin((NUTRITION, 1), shopper=factories.customer(email, is_confirmed=True))
        assert other.quote.total_minor == total


def test_one_card_tries_a_plan_once_and_the_second_trial_ends_with_a_mail(shop: Flask, gateway: FakeGateway) -> None:
    """The card is known after the page only: nobody is charged for what was promised for nothing, the plan ends."""
    people = [factories.customer(f"{name}@example.com", is_confirmed=True) for name in "ab"]
    tries = [begin((NUTRITION, 1), shopper=person) for person in people]
    for _, started in tries:
        key = factories.pay(gateway, started).subscription_id or ""
        gateway.fingerprints[key] = "the same card"
        assert management.refresh(key)
        assert management.refresh(key), "asked twice, it is the same answer"
    (_, first), (shopper, second) = tries
    assert "subscription_trial_refused" not in factories.mails_of(first)
    assert "subscription_trial_refused" in factories.mails_of(second)
    (file,) = library.list_for_order(factories.order_of(second), language="es")
    assert file.state == "expired"
    cleanup.sweep()
    key = next(row.provider_id for row in plans.subscriptions() if row.customer_id == shopper.customer_id)
    management.refresh(key)
    assert sorted(row.status for row in plans.subscriptions()) == ["cancelled", "trialing"]
    assert "subscription_cancelled" not in factories.mails_of(second)
    assert gateway.calls.count("end") == 1
    _, again = begin((NUTRITION, 1), shopper=shopper)
    assert again.quote.total_minor == 6_990_000


def test_another_card_tries_for_itself_and_a_paid_plan_asks_nothing(shop: Flask, gateway: FakeGateway) -> None:
    for number, slug in enumerate((NUTRITION, NUTRITION, PREMIUM, PREMIUM)):
        buyer = factories.customer(f"{number}@example.com", is_confirmed=True)
        _, started = begin((slug, 1), shopper=buyer)
        key = factories.pay(gateway, started).subscription_id or ""
        gateway.fingerprints[key] = "one card" if slug == PREMIUM else f"card {number}"
        management.refresh(key)
    assert not any(row.is_trial_refused for row in plans.subscriptions())


def test_a_trial_with_a_product_is_paid_for_the_product(shop: Flask, gateway: FakeGateway) -> None:
    _, started = bought(gateway, (NUTRITION, 1), (WHEY, 2))
    assert started.quote.total_minor == 25_980_000
    assert factories.state_of(started) == ("confirmed", "paid")


def test_a_coupon_is_taken_off_the_first_payment(shop: Flask, gateway: FakeGateway) -> None:
    """Point 6: once, and never more than the goods."""
    code = factories.make_coupon(kind="percent", value=10)
    _, started = begin(coupon_code=code)
    request = gateway.requests[started.session_id]
    assert (request.discount_minor, request.total_minor) == (399_000, PRICE - 399_000)
    assert request.lines[0].unit_price_minor == PRICE
    assert only_price(gateway, started) == PRICE


def only_price(gateway: FakeGateway, started: Any) -> int:
    factories.pay(gateway, started)
    return only().price_minor


def test_a_plan_for_nothing_still_goes_to_stripe(shop: Flask, gateway: FakeGateway) -> None:
    """A coupon of 100 % covers the first payment; the card is wanted for those that follow."""
    code = factories.make_coupon(kind="percent", value=100)
    _, started = begin(coupon_code=code)
    assert started.session_id.startswith("cs_test_")
    factories.pay(gateway, started)
    assert factories.state_of(started) == ("confirmed", "paid")


def test_an_unpaid_plan_can_be_tried_again_and_given_up(shop: Flask, gateway: FakeGateway) -> None:
    shopper, started = begin()
    urls = {"success_url": factories.SUCCESS, "cancel_url": factories.CANCEL}
    again = checkout.retry(shopper, started.order_id, **urls)
    assert gateway.requests[again.session_id].lines == gateway.requests[started.session_id].lines
    assert gateway.requests[again.session_id].customer_id == f"cus_{shopper.customer_id}"
    checkout.cancel(shopper, started.order_id)
    assert plans.subscriptions() == []


def test_cancel_tells_the_date_and_resume_takes_it_back(shop: Flask, gateway: FakeGateway) -> None:
    """Point 8: at the end of the period, twice is once, and somebody else's plan is nobody's."""
    shopper, _started = bought(gateway)
    mine = shopper.customer_id or ""
    (plan,) = management.list_for(mine, language="es")
    cancelled = management.cancel(mine, plan.subscription_id, language="es")
    management.cancel(mine, plan.subscription_id, language="es")
    assert (cancelled.status, cancelled.cancel_at_period_end) == ("active", True)
    assert gateway.calls.count("cancellation") == 1
    assert plans.mails() == ["subscription_cancelled", "subscription_started"]
    resumed = management.resume(mine, plan.subscription_id, language="es")
    assert not resumed.cancel_at_period_end
    stranger = factories.customer("otra@example.com").customer_id or ""
    for verb in (management.cancel, management.resume):
        with pytest.raises(NotFound):
            verb(stranger, plan.subscription_id, language="es")
    assert management.list_for(stranger, language="es") == []


def test_a_plan_that_is_over_stays_over(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = bought(gateway)
    row = only()
    gateway.end(row.provider_id)
    assert management.refresh(row.provider_id)
    assert only().status == "cancelled"
    with pytest.raises(PlanOver):
        management.resume(shopper.customer_id or "", row.id, language="es")


def test_nothing_changes_while_stripe_is_silent(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = bought(gateway)
    row = only()
    gateway.go_silent()
    with pytest.raises(PaymentProviderError):
        management.cancel(shopper.customer_id or "", row.id, language="es")
    assert not only().cancel_at_period_end


def test_the_card_is_changed_at_stripe_s_portal(shop: Flask, gateway: FakeGateway) -> None:
    """Point 8: the way there, the way back, and the card's name and digits learned by the worker."""
    shopper, _ = bought(gateway)
    mine = shopper.customer_id or ""
    assert management.list_for(mine, language="es")[0].card is None
    cleanup.sweep()
    card = management.list_for(mine, language="es")[0].card
    assert card
    assert (card.brand, card.last4) == ("visa", "4242")
    url = management.portal_url(mine, return_url="http://localhost/account/subscriptions", language="es")
    assert url == f"https://billing.stripe.com/p/session/cus_{mine}"
    with pytest.raises(NotFound):
        management.portal_url(factories.customer("x@example.com").customer_id or "", return_url="", language="es")


def test_a_plan_s_payment_is_refunded_by_its_invoice(shop: Flask, gateway: FakeGateway) -> None:
    """Point 9: invoice, invoice payment, payment; never more than was paid."""
    _, started = bought(gateway, (PREMIUM, 1), (WHEY, 1))
    order = factories.order_of(started)
    with pytest.raises(InvalidInput):
        refunds.request_refund(order.id, amount_minor=order.total_minor + 100)
    refunds.request_refund(order.id, amount_minor=PRICE)
    order = factories.order_of(started)
    assert order.payment_id == gateway.invoice_payments[order.invoice_id or ""]
    assert (order.refunded_minor, order.payment_status) == (PRICE, "partially_refunded")
    with pytest.raises(InvalidInput):
        refunds.request_refund(order.id, amount_minor=order.total_minor - PRICE + 100)
    refunds.request_refund(order.id)
    assert factories.state_of(started) == ("refunded", "refunded")
    assert only().status == "cancelled"


def test_a_refund_waits_until_stripe_tells_the_payment(shop: Flask, gateway: FakeGateway) -> None:
    _, started = bought(gateway)
    known = gateway.invoice_payments.copy()
    gateway.invoice_payments.clear()
    refunds.request_refund(factories.order_of(started).id)
    assert factories.state_of(started) == ("confirmed", "paid")
    gateway.invoice_payments.update(known)
    cleanup.sweep()
    assert factories.state_of(started) == ("refunded", "refunded")


def test_the_plan_s_files_are_in_the_library_while_it_runs(shop: Flask, gateway: FakeGateway) -> None:
    """Point 10: once each, told as the plan's, closed at its end."""
    shopper, _started = bought(gateway)
    mine = shopper.customer_id or ""
    items = library.list_for(mine, language="es")
    assert {(item.source, item.state) for item in items} == {("subscription", "ready")}
    assert len(items) == 2
    link = library.make_link(shopper, items[0].entitlement_id)
    assert link.token
    assert library.list_for(factories.customer("otra@example.com").customer_id or "", language="es") == []
    row = only()
    gateway.end(row.provider_id)
    management.refresh(row.provider_id)
    assert {item.state for item in library.list_for(mine, language="es")} == {"expired"}


def test_a_running_plan_keeps_its_files_a_little_past_the_period(shop: Flask, gateway: FakeGateway) -> None:
    """A webhook may be late; a payment that failed is no renewal."""
    bought(gateway)
    row = only()
    assert row.content_until == row.paid_until + timedelta(days=3)
    row.status = "past_due"
    assert row.content_until == row.paid_until
    db.session.rollback()


def test_every_plan_mail_is_written_in_both_languages(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    """Point 7: started, renewed, failed and how to mend it, cancelled with the date."""
    shopper, _started = bought(gateway)
    row = only()
    with transaction():
        order = lock(row.order_id)
        for template in ("subscription_renewed", "subscription_payment_failed"):
            plan_verbs.enqueue_email(row, order, template, "1", clock.now())
        db.session.get_one(Customer, row.customer_id).language = "en"
        for template in ("renewed", "payment_failed", "cancelled", "started"):
            plan_verbs.enqueue_email(row, order, f"subscription_{template}", "2", clock.now())
    management.cancel(shopper.customer_id or "", row.id, language="es")
    while mail_delivery.deliver_due():
        pass
    texts = {letter.subject: letter.text for letter in mailer.emails_sent}
    assert any("/account/subscriptions" in text and "cambia la tarjeta" in text for text in texts.values())
    assert any(subject.startswith("Renovamos tu plan") for subject in texts)
    assert any(subject.startswith("We cancelled your plan") for subject in texts)
    assert len([letter for letter in mailer.emails_sent if "/account/subscriptions" in letter.html]) == 8


def test_renewals_are_orders_of_their_owner(shop: Flask, gateway: FakeGateway) -> None:
    shopper, started = bought(gateway)
    page = own_orders.list_for(shopper.customer_id or "")
    assert [order.public_id for order in page.items] == [started.order_id]
    (plan,) = management.list_for(shopper.customer_id or "", language="es")
    assert [order.public_id for order in plan.invoices] == [started.order_id]


def test_a_shopper_is_not_known_by_another_s_plan(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = bought(gateway)
    assert management.has(shopper.customer_id or "", only().product_id)
    assert not management.has(factories.customer("otra@example.com").customer_id or "", only().product_id)
    assert Shopper().customer_id is None


def test_a_plan_that_fell_silent_is_asked_about(shop: Flask, gateway: FakeGateway) -> None:
    """Point 7: every webhook of a renewal was lost; the sweeper asks a day after the period's end."""
    bought(gateway)
    cleanup.sweep()
    row = only()
    later = row.paid_until + timedelta(days=30)
    state = gateway.subscriptions[row.provider_id]
    gateway.subscriptions[row.provider_id] = replace(state, current_period_end=later, paid_until=later)
    with time_machine.travel(row.paid_until + timedelta(hours=2)):
        cleanup.sweep()
        assert only().paid_until == row.paid_until
    with time_machine.travel(row.paid_until + timedelta(days=2)):
        cleanup.sweep()
        assert only().paid_until == later


def test_the_doctor_sees_a_plan_that_was_not_ended(shop: Flask, gateway: FakeGateway) -> None:
    bought(gateway)
    with transaction():
        db.session.execute(update(Subscription).values(must_end=True, created_at=clock.now() - timedelta(hours=1)))
    (found,) = [finding for finding in consistency.examine() if finding.area == "plans"]
    assert "must end at Stripe" in found.what


@pytest.mark.parametrize("by_staff", [True, False])
def test_a_paused_plan_can_be_ended_by_its_owner_and_by_staff(
    shop: Flask, gateway: FakeGateway, by_staff: bool
) -> None:
    shopper, started = bought(gateway)
    ((key, state),) = gateway.subscriptions.items()
    gateway.subscriptions[key] = replace(state, status="paused")
    management.refresh(key)
    row = only()
    assert row.status == "paused"
    if by_staff:
        management.end(factories.order_of(started), staff=Actor("a@example.com"))
        assert only().status == gateway.subscriptions[key].status == "cancelled"
    else:
        assert management.cancel(str(shopper.customer_id), row.id, language="es").cancel_at_period_end
