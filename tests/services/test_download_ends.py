"""A download whose right is taken away between the link and the bytes: nothing flows, and a reason is given."""

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.download import Download, Entitlement
from storefront.errors import DownloadOver, NotFound
from storefront.gateways.payments import PaymentRefused
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.downloads import library, transfers
from storefront.services.payments import refunds
from tests import factories as make
from tests.fakes import FakeGateway


@pytest.fixture
def bought(shop: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a paid order of a guide."""
    started = make.begin((make.GUIDE, 1), digital_consent=True)
    make.pay(gateway, started)
    return started


def link_of(started: PlacedOrder) -> str:
    (item,) = library.list_for_order(make.order_of(started), language="es")
    return library.make_link(make.owner(started), item.entitlement_id).token


def forget() -> None:
    """Lose every right, as a purge by hand would."""
    with transaction():
        db.session.execute(delete(Entitlement))


def test_a_link_to_a_right_that_is_gone_leads_nowhere(shop: Flask, bought: PlacedOrder) -> None:
    token = link_of(bought)
    forget()
    with pytest.raises(NotFound):
        transfers.present(token)


def test_a_right_that_goes_after_the_link_was_opened_gives_no_bytes(shop: Flask, bought: PlacedOrder) -> None:
    ticket = transfers.present(link_of(bought))
    forget()
    with pytest.raises(DownloadOver) as refusal:
        transfers.begin(ticket)
    assert refusal.value.code == "download_limit_reached"


# How much is one copy.


def limit_uses(uses: int) -> None:
    with transaction():
        db.session.execute(update(Entitlement).values(downloads_left=uses))


def uses_left() -> int:
    db.session.rollback()
    return db.session.scalars(select(Entitlement.downloads_left)).one()


def fetch(ticket: transfers.Ticket, start: int, stop: int) -> None:
    transfer = transfers.begin(ticket, start, stop, is_part=True)
    assert len(b"".join(transfer.pieces)) == stop - start
    transfer.finish()


def test_a_link_gives_one_copy_however_often_its_parts_are_fetched(shop: Flask, bought: PlacedOrder) -> None:
    limit_uses(1)
    ticket = transfers.present(link_of(bought))
    fetch(ticket, 0, ticket.size)
    with pytest.raises(DownloadOver) as refusal:
        fetch(ticket, 0, ticket.size)
    assert refusal.value.code == "download_limit_reached"
    limit_uses(1)
    fetch(ticket, 0, ticket.size)
    assert uses_left() == 0, "another copy is another use"


def test_all_but_the_last_byte_is_a_download(shop: Flask, bought: PlacedOrder) -> None:
    limit_uses(3)
    ticket = transfers.present(link_of(bought))
    fetch(ticket, 0, ticket.size - 1)
    assert [claim.state for claim in db.session.scalars(select(Download))] == ["done"]
    whole = transfers.begin(ticket)
    whole.break_off(ticket.size - 1)
    assert uses_left() == 1
    half = ticket.size // 2
    other = transfers.present(link_of(bought))
    fetch(other, 0, half)
    fetch(other, half, ticket.size - 1)
    assert uses_left() == 0


def test_a_download_that_broke_is_resumed_under_its_use(shop: Flask, bought: PlacedOrder) -> None:
    limit_uses(1)
    ticket = transfers.present(link_of(bought))
    half = ticket.size // 2
    first, second = (transfers.begin(ticket, 0, half, is_part=True) for _ in range(2))
    second.break_off(half // 2)
    first.finish()
    fetch(ticket, half, ticket.size)
    assert uses_left() == 0


def test_what_broke_off_adds_up_to_a_download(shop: Flask, bought: PlacedOrder) -> None:
    """A tenth of the file, again and again, is the file in the end; nobody reads it for nothing by breaking off."""
    limit_uses(3)
    for tries in range(1, 21):
        ticket = transfers.present(link_of(bought))
        transfers.begin(ticket).break_off(ticket.size // 10 + 1)
        assert uses_left() == 3 - (tries >= 9) - (tries >= 18), tries


def test_what_nobody_saw_end_costs_nothing(shop: Flask, bought: PlacedOrder) -> None:
    """The process that sent it died: what it had promised is not what came over."""
    limit_uses(2)
    ticket = transfers.present(link_of(bought))
    transfers.begin(ticket)
    with transaction():
        db.session.execute(update(Download).values(link_expires_at=Download.started_at))
    assert transfers.return_unfinished() == 1
    assert uses_left() == 2


def test_a_server_in_front_is_charged_for_what_it_was_asked(shop: Flask, bought: PlacedOrder) -> None:
    limit_uses(1)
    ticket = transfers.present(link_of(bought))
    assert transfers.hand_over(ticket)
    assert transfers.hand_over(ticket, is_part=True), "resumed, as far as the shop can tell"
    with pytest.raises(DownloadOver):
        transfers.hand_over(ticket, 1, is_part=True)


# Copies that are given back.


def copies(gateway: FakeGateway, n: int) -> tuple[int, int]:
    """Buy so many copies of a guide, and return the keys of the order and of its line."""
    started = make.begin((make.GUIDE, n), digital_consent=True)
    make.pay(gateway, started)
    return make.order_of(started).id, make.lines_of(started)[0].id


def test_one_of_two_copies_takes_half_of_what_is_left(shop: Flask, gateway: FakeGateway) -> None:
    order_id, line_id = copies(gateway, 2)
    limit_uses(7)
    refunds.request_refund(order_id, units={line_id: 1})
    assert uses_left() == 4, "rounded for the buyer"
    library.reissue(order_id, staff=Actor("ana"))
    whole = uses_left()
    bought_alone, _ = copies(gateway, 1)
    db.session.rollback()
    alone = db.session.scalars(select(Entitlement.downloads_left).where(Entitlement.order_id == bought_alone)).one()
    assert whole == alone, "issued again, the copy that is left has its own downloads"


def test_a_copy_whose_money_did_not_arrive_has_its_downloads_again(shop: Flask, gateway: FakeGateway) -> None:
    """The first refund fails after the second took the rest: one copy is the buyer's."""
    order_id, line_id = copies(gateway, 2)
    limit_uses(7)
    gateway.go_silent()
    first = refunds.request_refund(order_id, units={line_id: 1})
    refunds.request_refund(order_id, units={line_id: 1})
    assert (uses_left(), standing()) == (0, "revoked")
    gateway.failures = [PaymentRefused("charge_disputed")]
    assert not refunds.send(first)
    assert (uses_left(), standing()) == (3, "ready")


def standing() -> str:
    db.session.rollback()
    return db.session.scalars(select(Entitlement)).one().standing(clock.now())
