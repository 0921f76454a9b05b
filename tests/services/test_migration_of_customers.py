"""Migration 0048 writes by which words the accounts are found that were there before."""

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from storefront.database import db
from storefront.domain.customer import Customer
from storefront.services.accounts import documents, profiles
from storefront.services.customers import listing
from tests import factories as make
from tests.services.test_migration_of_addresses import shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.dialects


def test_accounts_of_before_are_found_by_the_same_words(shop: Flask) -> None:  # noqa: F811
    key = make.customer("pia.lopez@example.com").customer_id or ""
    document = documents.check_document("NIT", "901.234.567-7")
    profiles.change(key, first_name="Pía", last_name="Quiñonera", phone="300 555 7788", document=document)
    make.customer("luz@example.com")
    words = select(Customer.email, Customer.search_text).order_by(Customer.email)
    before = [tuple(row) for row in db.session.execute(words)]
    assert "9012345677" in dict(before)["pia.lopez@example.com"]
    db.session.remove()
    downgrade(revision="0047")
    db.session.remove()
    upgrade()
    assert [tuple(row) for row in db.session.execute(words)] == before
    assert [row.email for row in listing.find("quinonera 901.234").items] == []
    assert [row.email for row in listing.find("901.234.567-7").items] == ["pia.lopez@example.com"]
