"""Payment pages while others act: what a rival did meanwhile counts, and nothing is released on a guess."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.order import Order
from storefront.errors import NotFound, PaymentProviderError
from storefront.gateways.payments import PaymentRefused
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup
from storefront.services.orders import fulfilment
from storefront.services.payments import checkout_sessions
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway


def elsewhere(shop: Flask, act: Callable[[], object]) -> Callable[[], None]:
    """Return the act as another process does it: with a session of its own."""

    def acted() -> None:
        with shop.app_context():
            act()

    return acted


def unanswered(gateway: FakeGateway) -> PlacedOrder:
    """Return an order whose page is open at the provider, and whose answer never came."""
    guest = make.guest_with((WHEY, 1))
    gateway.go_silent(after_work=True)
    with pytest.raises(PaymentProviderError):
        checkout.begin(make.purchase(guest))
    (page,) = gateway.pages.values()
    order = make.order_of(page.order_id)
    return PlacedOrder(
        order_id=order.public_id, order_number=order.number, session_id=page.id, checkout_url="",
        expires_at=page.expires_at, quote=None,
    )  # fmt: skip


def test_a_page_is_opened_once(shop: Flask, gateway: FakeGateway) -> None:
    (attempt,) = make.sessions_of(make.begin((WHEY, 1)))
    assert checkout_sessions.open_session(attempt) is attempt
    assert gateway.calls == ["open"]


def test_a_refusal_that_passes_keeps_the_hold_and_the_next_click_has_its_page(
    shop: Flask, gateway: FakeGateway
) -> None:
    guest = make.guest_with((WHEY, 1))
    gateway.failures = [PaymentRefused("rate_limit", is_passing=True)]
    with pytest.raises(PaymentProviderError) as refusal:
        checkout.begin(make.purchase(guest))
    assert refusal.value.data == {"reason": "rate_limit"}
    assert make.stock_of(WHEY) == (120, 1)
    started = checkout.begin(make.purchase(guest))
    assert make.state_of(started) == ("pending", "pending")
    assert make.count_of(Order) == 1


def test_a_page_that_was_closed_while_it_was_opened_is_handed_to_nobody(shop: Flask, gateway: FakeGateway) -> None:
    """The sweeper came between, as where a process hangs for minutes: its word is newer."""
    guest = make.guest_with((WHEY, 1))

    def sweep() -> None:
        with transaction():
            db.session.execute(update(CheckoutSession).values(created_at=clock.now() - 2 * cleanup.UNANSWERED))
        assert cleanup.sweep() == 1

    gateway.meanwhile = {"open": elsewhere(shop, sweep)}
    with pytest.raises(PaymentProviderError) as refusal:
        checkout.begin(make.purchase(guest))
    assert refusal.value.data == {"reason": "attempt closed meanwhile"}
    (page,) = gateway.pages.values()
    assert page.status == "expired"
    assert make.state_of(page.order_id) == ("cancelled", "pending")
    assert make.stock_of(WHEY) == (120, 0)


def test_a_refusal_counts_for_nothing_where_the_page_was_opened_meanwhile(shop: Flask, gateway: FakeGateway) -> None:
    guest = make.guest_with((WHEY, 1))
    opened: list[PlacedOrder] = []

    def second_click() -> None:
        opened.append(checkout.begin(make.purchase(guest)))
        gateway.failures = [PaymentRefused("card_declined")]

    gateway.meanwhile = {"open": elsewhere(shop, second_click)}
    with pytest.raises(PaymentProviderError):
        checkout.begin(make.purchase(guest))
    assert make.state_of(opened[0]) == ("pending", "pending")
    assert [attempt.state for attempt in make.sessions_of(opened[0])] == ["open"]
    assert make.stock_of(WHEY) == (120, 1)


def test_a_page_that_stripe_does_not_close_releases_nothing(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.stubborn = {started.session_id}
    with pytest.raises(PaymentProviderError) as refusal:
        checkout.cancel(make.owner(started), started.order_id)
    assert refusal.value.data == {"reason": "page still open"}
    assert make.state_of(started) == ("pending", "pending")
    assert make.stock_of(WHEY) == (120, 1)
    gateway.stubborn = set()
    assert checkout.cancel(make.owner(started), started.order_id).status == "cancelled"


def test_a_page_that_never_came_to_be_is_given_up(shop: Flask, gateway: FakeGateway) -> None:
    guest = make.guest_with((WHEY, 1))
    gateway.go_silent()
    with pytest.raises(PaymentProviderError):
        checkout.begin(make.purchase(guest))
    gateway.failures = [PaymentRefused("parameter_invalid")]
    order = db.session.query(Order).one()
    checkout_sessions.close_sessions(order.id, cause="staff eva")
    assert make.state_of(order.public_id) == ("cancelled", "pending")
    assert make.stock_of(WHEY) == (120, 0)
    assert gateway.pages == {}
    (attempt,) = db.session.query(CheckoutSession).all()
    assert attempt.state == "refused"


def test_a_page_that_never_came_to_be_ends_no_order_that_has_another(shop: Flask, gateway: FakeGateway) -> None:
    """The kept page may still be paid."""
    started = unanswered(gateway)
    gateway.failures = [PaymentRefused("parameter_invalid")]
    with transaction():
        order = db.session.get_one(Order, make.order_of(started).id)
        kept = CheckoutSession(
            order_id=order.id, request={}, state="open", session_id="cs_kept", expires_at=clock.now(),
            created_at=clock.now(),
        )  # fmt: skip
        db.session.add(kept)
    checkout_sessions.close_sessions(make.order_of(started).id, cause="customer", keep=kept.id)
    assert make.state_of(started) == ("pending", "pending")
    assert sorted(attempt.state for attempt in make.sessions_of(started)) == ["open", "refused"]
    assert make.stock_of(WHEY) == (120, 1)


def test_while_stripe_takes_no_questions_a_page_of_unknown_fate_stays(shop: Flask, gateway: FakeGateway) -> None:
    started = unanswered(gateway)
    gateway.failures = [PaymentRefused("rate_limit", is_passing=True)]
    with pytest.raises(PaymentProviderError) as refusal:
        checkout_sessions.close_sessions(make.order_of(started).id, cause="staff eva")
    assert refusal.value.data["reason"].startswith("rate_limit")
    assert make.state_of(started) == ("pending", "pending")
    checkout_sessions.close_sessions(make.order_of(started).id, cause="staff eva")
    assert gateway.pages[started.session_id].status == "expired"
    assert make.state_of(started) == ("cancelled", "pending")


def test_an_order_without_a_page_blocks_its_cart_until_the_sweeper_ends_it(shop: Flask, gateway: FakeGateway) -> None:
    """Made by hand: no path of the shop leaves an order like this."""
    guest = make.guest_with((WHEY, 1))
    started = checkout.begin(make.purchase(guest))
    with transaction():
        db.session.execute(update(CheckoutSession).values(state="refused"))
    with pytest.raises(PaymentProviderError) as refusal:
        checkout.begin(make.purchase(guest))
    assert refusal.value.data == {"reason": "earlier order still open"}
    assert cleanup.expire_unpaid() == 0
    with transaction():
        db.session.execute(update(Order).values(hold_until=clock.now() - cleanup.UNANSWERED))
    assert cleanup.expire_unpaid() == 1
    assert make.causes_of(started)[-1] == ("cancelled", "sweeper")
    assert make.state_of(checkout.begin(make.purchase(guest))) == ("pending", "pending")


def test_a_changed_price_makes_another_order_of_the_same_cart(shop: Flask, gateway: FakeGateway) -> None:
    guest = make.guest_with((WHEY, 1))
    first = checkout.begin(make.purchase(guest))
    make.change_product(WHEY, price_minor=10_000_000)
    second = checkout.begin(make.purchase(guest))
    assert make.state_of(first) == ("cancelled", "pending")
    assert gateway.pages[first.session_id].status == "expired"
    assert second.quote.subtotal_minor == 10_000_000
    assert make.stock_of(WHEY) == (120, 1)


def test_whatever_is_wrong_with_one_order_the_others_end(shop: Flask, gateway: FakeGateway) -> None:
    held = [make.begin((WHEY, 1), email=f"{n}@example.com") for n in range(3)]
    with transaction():
        db.session.execute(update(Order).values(hold_until=clock.now() - cleanup.UNANSWERED))
    gateway.failures = [ZeroDivisionError("something unforeseen")]
    assert cleanup.expire_unpaid() == 2
    assert sorted(make.state_of(one)[0] for one in held) == ["cancelled", "cancelled", "pending"]
    assert cleanup.expire_unpaid() == 1


def test_an_order_that_is_not_there_cannot_be_worked_on(shop: Flask) -> None:
    with pytest.raises(NotFound):
        fulfilment.mark_ready(4711, staff=Actor("eva"))
