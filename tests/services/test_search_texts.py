"""The doctor and the back office's search: orders and accounts that it knows by other words are told and repaired."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.services.audit import Actor
from storefront.services.customers import listing as customers
from storefront.services.jobs import consistency
from storefront.services.jobs.consistency import search_texts
from storefront.services.mail import mail_delivery
from storefront.services.orders import addresses, fulfilment, listing
from storefront.services.orders.listing import Wanted
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.services.test_erasure import EMAIL, member
from tests.services.test_order_addresses import place_of
from tests.statements import Statements

pytestmark = pytest.mark.dialects

EVA = Actor("eva")


def spoil(table: type[Order] | type[Customer], text: str) -> None:
    """Give every row of a table other words."""
    with transaction():
        db.session.execute(update(table).values(search_text=text).execution_options(synchronize_session=False))


def found(text: str) -> list[str]:
    db.session.rollback()
    return [order.public_id for order in listing.find(Wanted(text=text)).items]


def test_what_staff_do_to_an_order_leaves_its_words_right(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 2), (COFFEE, 1), email="ana.perez@example.com")
    make.pay(gateway, started)
    order = make.order_of(started)
    addresses.correct(order.id, address=place_of("Bogotá", "Bogotá, D.C."), staff=EVA)
    fulfilment.ship(order.id, carrier="tcc", tracking_number="GU-77-001", staff=EVA)
    member()
    mail_delivery.deliver_due()
    assert consistency.examine() == []


def test_wrong_words_of_an_order_are_told_and_repaired(shop: Flask, gateway: FakeGateway) -> None:
    started, other = make.begin((WHEY, 1), email="ana.perez@example.com"), make.begin((COFFEE, 1))
    make.pay(gateway, started)
    fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="GU-77-001", staff=EVA)
    mail_delivery.deliver_due()
    words = make.order_of(started).search_text
    spoil(Order, "nobody")
    assert found("gu77001") == []
    told = consistency.examine()
    numbers = [make.order_of(one).number for one in (started, other)]
    assert [finding.what for finding in told] == [
        f"order {number}: the search knows it by other words" for number in numbers
    ]
    assert {(finding.area, finding.repair) for finding in told} == {("search", "flask doctor --fix")}
    assert consistency.repair() == 2
    assert found("gu77001") == found("ana.perez@") == [started.order_id]
    assert set(make.order_of(started).search_text.split()) == set(words.split())
    assert consistency.examine() == []
    assert consistency.repair() == 0


def test_wrong_words_of_an_account_are_told_and_repaired(shop: Flask) -> None:
    member()
    spoil(Customer, "")
    assert customers.find("quiñonera").items == []
    told = {finding.what for finding in consistency.examine()}
    keys = db.session.scalars(select(Customer.id)).all()
    assert told == {f"account {key}: the search knows it by other words" for key in keys}
    db.session.rollback()
    assert consistency.repair() == len(keys)
    assert [row.email for row in customers.find("quiñonera").items] == [EMAIL]
    assert consistency.examine() == []


def test_a_row_that_somebody_changes_meanwhile_is_left_alone(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    order = make.order_of(started)
    stale = search_texts._Wrong(order.id, order.number, "what it was before", "older words")
    with transaction():
        assert search_texts._write(Order, [stale]) == 0
    assert make.order_of(started).search_text == order.search_text


def test_the_words_are_read_in_parts(shop: Flask, statements: Statements, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(5):
        make.begin((WHEY, 1), email=f"ana{at}@example.com")
    spoil(Order, "nobody")
    monkeypatch.setattr(search_texts, "_AT_ONCE", 2)
    with statements.at_most(3 * 3 + 1 + 3):  # three parts of orders and an empty one; accounts
        assert len([one for one in search_texts.find_wrong() if one.what.startswith("order")]) == 5
