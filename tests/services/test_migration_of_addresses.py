"""Migration 0005 moves the default address from the customer's row into the table of addresses, and back."""

import json

import pytest
import sqlalchemy
from flask import Flask
from flask_migrate import downgrade, upgrade

from storefront.database import db
from storefront.services.accounts import addresses, authentication, user_agents
from tests import factories as make
from tests.conftest import build

pytestmark = pytest.mark.dialects


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest) -> Flask:
    """Return a shop of its own on each database, because its tables change."""
    app = build(request.getfixturevalue(f"{request.param}_url"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_the_default_address_goes_down_and_up_with_the_tables(shop: Flask) -> None:
    key = make.customer().customer_id or ""
    other = make.customer("otra@example.com").customer_id or ""
    for street in ("Calle 1 # 2-3", "Calle 4 # 5-6"):
        addresses.add(key, make.address(street=street))
    db.session.remove()
    downgrade(revision="0004")
    rows = dict(run("SELECT id, address FROM customers").all())
    kept = json.loads(rows[key]) if isinstance(rows[key], str) else rows[key]
    assert kept["street"] == "Calle 1 # 2-3"
    assert rows[other] is None
    db.session.remove()
    upgrade()
    (row,) = addresses.list_for(key)
    assert (row.is_default, row.address["street"]) == (True, "Calle 1 # 2-3")
    assert addresses.list_for(other) == []
    secret = authentication.open_login(key, caller=user_agents.BROWSER).secret
    person = authentication.recognise(secret)
    assert person is not None
    assert person.address == row.address


def run(sql: str) -> sqlalchemy.CursorResult[tuple[str, object]]:
    """Run one statement on the tables as they are."""
    return db.session.execute(sqlalchemy.text(sql))
