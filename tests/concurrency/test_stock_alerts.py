"""Some workers at the same alerts and decisions: each is mailed and counted once, and without the guard it is not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.outbox import OutboxMail
from storefront.domain.stock_alert import StockAlert
from storefront.ids import new_id
from storefront.services.catalogue import review_moderation
from storefront.services.jobs import consistency
from storefront.services.stock import alerts
from tests import factories as make
from tests import reviews
from tests.factories import WHEY
from tests.fakes import FakeGateway

pytestmark = pytest.mark.concurrency
Race = Callable[..., list[Any]]
PEOPLE, WORKERS = 40, 4


def wait_for_units() -> None:
    for number in range(PEOPLE):
        alerts.ask(WHEY, "", f"p{number}@example.com", "es", is_proved=True)


def told() -> tuple[int, int]:
    """Return the mails, and the addresses that got one."""
    db.session.rollback()
    counts = select(func.count(), func.count(OutboxMail.recipient.distinct()))
    row = db.session.execute(counts.where(OutboxMail.template == "stock_back")).one()
    return row[0], row[1]


def tell_some() -> None:
    for _ in range(6):
        alerts.tell_due(10)


def tell_naively() -> None:
    """Read what is due, write the mails, and delete the rows afterwards, as if nobody else did."""
    for _ in range(6):
        rows = db.session.execute(select(StockAlert.id, StockAlert.email).limit(10)).all()
        db.session.rollback()
        with transaction():
            mails = [outbox.Occasion(f"stock_back:{new_id()}", row.email, "es", {}) for row in rows]
            outbox.enqueue_all("stock_back", mails, now=clock.now())
            db.session.execute(delete(StockAlert).where(StockAlert.id.in_([row.id for row in rows])))


def test_each_alert_is_mailed_once_by_many_workers(shop: Flask, race: Race) -> None:
    wait_for_units()
    assert race(*[tell_some] * WORKERS) == [None] * WORKERS
    while alerts.tell_due(10):
        pass
    assert (told(), make.count_of(StockAlert)) == ((PEOPLE, PEOPLE), 0)


def test_control_without_the_guard_some_are_mailed_twice(shop: Flask, race: Race) -> None:
    wait_for_units()
    race(*[tell_naively] * WORKERS)
    mails, people = told()
    assert mails > people


def test_reviews_that_are_approved_at_once_all_count(shop: Flask, gateway: FakeGateway, race: Race) -> None:
    keys = [reviews.written(reviews.delivered(gateway, (WHEY, 1))).id for _ in range(6)]
    approve = partial(review_moderation.approve, version=1, staff=reviews.EVA)
    assert race(*[partial(approve, key) for key in keys]) == [None] * 6
    assert (reviews.rating_of(WHEY), consistency.examine()) == ((5.0, 6), [])
