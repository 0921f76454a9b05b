"""The link of a guest's order: what the mails have opens it, and what the database has does not."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import MetaData, select, update

from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.errors import NotFound
from storefront.ids import digest, new_token
from storefront.services.mail.order_context import order_context
from storefront.services.orders import own_orders
from storefront.services.shopper import Shopper
from storefront.settings import settings
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway


def opens(number: str, token: str) -> bool:
    """Return whether a stranger sees the order with this token."""
    try:
        own_orders.get(Shopper(), number, token=token)
    except NotFound:
        return False
    return True


def mailed_token(order_id: int) -> str:
    """Return the token of the link in an order's mail, as the delivery of mail writes it now."""
    return str(order_context(order_id)["url"]).rsplit("token=", 1)[1]


def everything() -> Iterator[str]:
    """Return every text in every table."""
    tables = MetaData()
    tables.reflect(db.engine)
    with db.engine.connect() as connection:
        for table in tables.tables.values():
            for row in connection.execute(select(table)):
                yield from (value if isinstance(value, str) else json.dumps(value, default=str) for value in row)


def test_the_mails_open_the_order_and_no_word_of_the_database_does(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    order = make.order_of(started)
    token = mailed_token(order.id)
    assert opens(order.number, token)
    assert len(token) == 43
    words = list(everything())
    assert not any(token in word for word in words)
    assert order.token_digest == digest(token)
    assert not any(opens(order.number, word) for word in set(words))


def test_links_outlive_the_key_that_made_them_and_new_mails_have_the_new_one(
    shop: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make.order_of(make.begin((WHEY, 1)))
    old = mailed_token(order.id)
    monkeypatch.setattr(settings(), "SECRET_KEY", "another key of a good length 0123456789")
    new = mailed_token(order.id)
    assert new != old
    assert opens(order.number, old)
    assert opens(order.number, new)
    monkeypatch.setattr(settings(), "SECRET_KEY", "a third key of a good length 0123456789")
    monkeypatch.setattr(settings(), "SECRET_KEY_FALLBACKS", ["another key of a good length 0123456789"])
    assert opens(order.number, new)
    monkeypatch.setattr(settings(), "SECRET_KEY_FALLBACKS", [])
    assert not opens(order.number, new)


def test_what_the_version_before_wrote_meanwhile_opens_too(shop: Flask) -> None:
    """Until it is stopped it draws a token and stores it as it is."""
    order, token = make.order_of(make.begin((WHEY, 1))), new_token()
    with transaction():
        db.session.execute(update(Order).where(Order.id == order.id).values(token_digest=token))
    assert opens(order.number, token)
    assert not opens(order.number, digest(token))


def test_one_orders_token_opens_no_other(shop: Flask) -> None:
    first, second = (make.order_of(make.begin((WHEY, 1))) for _ in range(2))
    assert not opens(second.number, mailed_token(first.id))
    assert not opens(second.number, "")
