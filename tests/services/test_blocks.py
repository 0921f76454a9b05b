"""Blocks: who may not begin a checkout, by mailbox, phone or network, until the block is over."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.domain.block import Block
from storefront.enums import BlockKind
from storefront.errors import CheckoutBlocked, InvalidInput, NotFound
from storefront.services import checkout
from storefront.services.accounts import profiles
from storefront.services.audit import Actor
from storefront.services.customers import blocks
from storefront.services.jobs import cleanup
from tests import factories as make
from tests.factories import BAR, GUIDE, WHEY
from tests.fakes import FakeGateway

EVA = Actor("eva")


def block(kind: str, value: str, *, days: int = 0) -> None:
    last_day = clock.day_of(clock.now()) + timedelta(days=days)
    blocks.add(BlockKind(kind), value, "Tarjetas robadas.", last_day, staff=EVA)


def begin(**changes: Any) -> checkout.PlacedOrder:
    return make.begin((WHEY, 1), **{"email": "ana@gmail.com", "network": "203.0.113.9"} | changes)


@pytest.mark.parametrize(
    ("kind", "value", "changes"),
    [
        ("email", "Ana.Perez@gmail.com", {"email": "anaperez+otra@gmail.com"}),
        ("phone", "300 123 4567", {}),
        ("network", "203.0.113.9", {}),
        ("network", "203.0.113.0/24", {}),
        ("network", "203.0.0.0/16", {}),
        ("network", "2001:db8:1::/48", {"network": "2001:db8:1:2::"}),
        ("network", "2001:db8:1:2::77", {"network": "2001:db8:1:2::"}),
    ],
)
def test_whoever_is_blocked_begins_no_checkout(shop: Flask, kind: str, value: str, changes: dict[str, str]) -> None:
    block(kind, value)
    with pytest.raises(CheckoutBlocked):
        begin(**changes)
    assert make.stock_of(WHEY)[1] == 0, "nothing is reserved"
    blocks.end(blocks.list_all()[0].block.id, staff=EVA)
    begin(**changes)


@pytest.mark.parametrize(
    ("kind", "value", "changes"),
    [
        ("email", "otra@gmail.com", {}),
        ("phone", "300 123 4568", {}),
        ("network", "203.0.114.0/24", {}),
        ("network", "203.0.113.0/24", {"network": None}),
        ("network", "203.0.113.0/24", {"network": "nobody knows"}),
        ("network", "cb00:7109::/64", {}),  # the same first bytes, of the other family
    ],
)
def test_nobody_else_is_blocked(shop: Flask, kind: str, value: str, changes: dict[str, Any]) -> None:
    block(kind, value)
    begin(**changes)


def test_a_block_counts_with_the_limits_off_and_for_accounts(shop: Flask) -> None:
    for has_limits in (False, True):
        shop.extensions["settings"].RATE_LIMITS = has_limits
        shopper = make.customer(f"ana{has_limits}@example.com")
        blocks.add(BlockKind.EMAIL, f"ana{has_limits}@example.com", "x", clock.day_of(clock.now()), staff=EVA)
        with pytest.raises(CheckoutBlocked):
            checkout.begin(make.purchase(shopper, items=[(WHEY, 1)], email=f"ana{has_limits}@example.com"))


def test_a_blocked_phone_of_an_account_counts_whatever_number_the_order_has(shop: Flask, gateway: FakeGateway) -> None:
    shopper = make.customer()
    started = checkout.begin(make.purchase(shopper, items=[(WHEY, 1)]))
    profiles.change(shopper.customer_id or "", phone="310 555 6677")
    block("phone", "310 555 6677")
    for goods in (WHEY, GUIDE):
        with pytest.raises(CheckoutBlocked):
            checkout.begin(make.purchase(shopper, items=[(goods, 1)], key=goods, digital_consent=True))
    urls = {"success_url": make.SUCCESS, "cancel_url": make.CANCEL}
    with pytest.raises(CheckoutBlocked):
        checkout.retry(make.owner(started), started.order_id, **urls)
    checkout.begin(make.purchase(make.customer("otra@example.com"), items=[(WHEY, 1)]))


def test_an_unpaid_order_gets_no_new_page(shop: Flask, gateway: FakeGateway) -> None:
    started = begin()
    block("email", "ana@gmail.com")
    urls = {"success_url": make.SUCCESS, "cancel_url": make.CANCEL}
    with pytest.raises(CheckoutBlocked):
        checkout.retry(make.owner(started), started.order_id, **urls)
    blocks.end(blocks.list_all()[0].block.id, staff=EVA)
    assert checkout.retry(make.owner(started), started.order_id, **urls).order_id == started.order_id


def test_a_block_ends_by_itself_at_the_end_of_its_day_and_is_forgotten_later(shop: Flask) -> None:
    noon = clock.beginning_of(date(2026, 11, 30)) + timedelta(hours=12)
    with time_machine.travel(noon, tick=False) as traveller:
        block("phone", "300 123 4567", days=1)
        for moment in (noon, noon + timedelta(hours=35, minutes=59)):
            traveller.move_to(moment)
            with pytest.raises(CheckoutBlocked):
                begin()
        traveller.move_to(noon + timedelta(hours=36))
        begin()
        (row,) = blocks.list_all()
        assert (row.is_over, row.last_day) == (True, date(2026, 12, 1))
        with pytest.raises(NotFound):
            blocks.end(row.block.id, staff=EVA)
        cleanup.tidy()
        assert make.count_of(Block) == 1
        block("phone", "300 123 4567")  # again, in the place of the one that is over
        assert [row.is_over for row in blocks.list_all()] == [False]
        traveller.move_to(noon + timedelta(days=40))
        cleanup.tidy()
    assert make.count_of(Block) == 0


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("email", "", "required_email"),
        ("email", "ana", "invalid_email"),
        ("phone", "123", "invalid_phone"),
        ("network", "fiesta", "invalid_network"),
        ("network", "203.0.113.0/99", "invalid_network"),
        ("network", "203.0.113.0/24/8", "invalid_network"),
        ("network", "0.0.0.0/0", "wrong_size"),
        ("network", "10.0.0.0/8", "wrong_size"),
        ("network", "2001:db8::/128", "wrong_size"),
    ],
)
def test_what_cannot_be_blocked_is_refused_at_its_field(shop: Flask, kind: str, value: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        block(kind, value)
    assert refusal.value.problems == {"block_value": code}


def test_a_block_needs_its_reason_and_a_day_that_is_not_far(shop: Flask) -> None:
    today = clock.day_of(datetime.now(clock.BOGOTA))
    for reason, day, problems in [
        ("", None, {"block_reason": "required", "last_day": "required"}),
        ("x" * 301, today - timedelta(days=1), {"block_reason": "too_long", "last_day": "out_of_range"}),
        ("x", today + timedelta(days=800), {"last_day": "out_of_range"}),
    ]:
        with pytest.raises(InvalidInput) as refusal:
            blocks.add(BlockKind.EMAIL, "ana@example.com", reason, day, staff=EVA)
        assert refusal.value.problems == problems
    with pytest.raises(InvalidInput) as refusal:
        blocks.add(None, "ana@example.com", "x", today, staff=EVA)
    assert refusal.value.problems == {"block_kind": "required"}


def test_the_same_is_blocked_once(shop: Flask) -> None:
    block("email", "ana.perez@gmail.com")
    with pytest.raises(InvalidInput) as refusal:
        block("email", "anaperez@gmail.com", days=3)
    assert refusal.value.problems == {"block_value": "blocked_already"}
    block("email", "otra@gmail.com")
    assert len(blocks.list_of("anaperez@gmail.com", [], [])) == 1
    assert blocks.list_of("nadie@gmail.com", ["+573001234567"], ["203.0.113.9", "?"]) == []


def test_a_plan_or_an_order_of_before_goes_on(shop: Flask, gateway: FakeGateway) -> None:
    started = begin()
    block("network", "203.0.113.9")
    make.pay(gateway, started)
    assert make.state_of(started) == ("confirmed", "paid")
    with pytest.raises(CheckoutBlocked):
        make.begin((BAR, 1), email="luz@example.com", network="203.0.113.9")
