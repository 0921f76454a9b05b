"""Migration 0055 marks the refunds that are owed, also the second payments that another refund made forgotten."""

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.services.audit import Actor
from storefront.services.payments import failed_refunds, repeated_refunds
from tests import factories as make
from tests.second_payments import with_failed_second_payment
from tests.services.test_migration_of_addresses import shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.dialects
ANA = Actor("ana")


def marks() -> list[tuple[int, bool]]:
    """Return of each refund its order and whether it is owed, in their order."""
    rows = select(RefundRecord.order_id, RefundRecord.is_owed).order_by(RefundRecord.order_id, RefundRecord.id)
    with db.engine.connect() as connection:
        return [(row.order_id, row.is_owed) for row in connection.execute(rows)]


def test_what_is_owed_is_marked(shop: Flask) -> None:  # noqa: F811
    orders = [make.order_of(with_failed_second_payment(shop)[0]).id for _ in range(4)]
    forgotten, settled, repeated, owed = orders
    failed_refunds.settle_otherwise(settled, note="by bank transfer", staff=ANA)
    repeated_refunds.repeat(repeated, staff=ANA)
    with transaction():
        db.session.execute(update(Order).where(Order.id == forgotten).values(is_refund_owed=False))
    db.session.remove()
    downgrade(revision="0054")
    db.session.remove()
    upgrade()
    db.session.remove()
    assert marks() == [(forgotten, True), (settled, False), (repeated, False), (repeated, False), (owed, True)]
    with db.engine.connect() as connection:
        waits = connection.scalars(select(Order.id).where(Order.is_refund_owed).order_by(Order.id)).all()
    assert waits == [forgotten, owed]
