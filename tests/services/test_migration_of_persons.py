"""Migration 0015 writes whose each address is, for the rows that were there before."""

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from storefront.database import db, transaction
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from tests import factories as make
from tests.factories import WHEY
from tests.services.test_migration_of_addresses import shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.dialects

WRITTEN = "Ana.Perez+uno@gmail.com"


def test_rows_of_before_count_for_their_person(shop: Flask) -> None:  # noqa: F811
    make.customer("luz@example.com")
    make.customer("l.u.z@googlemail.com")
    for email in (WRITTEN, "eva@example.com"):
        make.begin((WHEY, 1), email=email, coupon_code="FIT10")
    db.session.remove()
    downgrade(revision="0014")
    db.session.remove()
    upgrade()
    assert set(db.session.scalars(select(Customer.person))) >= {"luz@example.com", "luz@gmail.com"}
    for column in (Order.person, CouponUse.person):
        assert sorted(db.session.scalars(select(column))) == ["anaperez@gmail.com", "eva@example.com"]
    assert db.session.scalar(text("SELECT count(*) FROM cart_deeds")) == 0


@pytest.mark.usefixtures("shop")
def test_a_new_address_is_a_new_person() -> None:
    make.customer("luz@example.com")
    with transaction():
        person = db.session.scalars(select(Customer).where(Customer.email == "luz@example.com")).one()
        person.email = "L.uz@gmail.com"
        assert person.person == "luz@gmail.com"
