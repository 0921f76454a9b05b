"""The daily mail about what runs low: once a day, each variant once until it is filled up, to the warehouse."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, update

from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from storefront.domain.low_stock import LowStockNotice
from storefront.domain.outbox import OutboxMail
from storefront.enums import ProductStatus, StockReason
from storefront.services.audit import Actor
from storefront.services.mail import mail_delivery
from storefront.services.stock import changes, low_stock
from tests import factories as make
from tests.factories import BAR, DUMBBELL, WHEY, sku_of
from tests.fakes import FakeGateway, KeepingMailer

pytestmark = pytest.mark.dialects

EVA = Actor("eva@example.com")
MORNING = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)  # 7:00 in Bogotá
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _only_three_goods(shop: Flask) -> None:
    """Leave three products on sale, of which none runs low: 120, 5 and 2 units."""
    shop.extensions["settings"].WAREHOUSE_EMAIL = "bodega@example.com"
    with transaction():
        others = Product.slug.not_in((WHEY, DUMBBELL, BAR))
        db.session.execute(update(Product).where(others).values(status=ProductStatus.ARCHIVED))
        db.session.execute(update(Variant).values(low_stock_at=1))


def tell(at: datetime) -> list[list[str]]:
    """Run the job at a time and return the SKUs of each mail since the beginning."""
    with time_machine.travel(at, tick=False):
        low_stock.tell()
    return [[item["sku"] for item in mail.context["items"]] for mail in mails()]


def mails() -> Sequence[OutboxMail]:
    db.session.rollback()
    return db.session.scalars(
        select(OutboxMail).where(OutboxMail.template == "low_stock").order_by(OutboxMail.created_at)
    ).all()


def take(slug: str, units: int) -> None:
    changes.change(make.variant_id_of(slug), StockReason.DAMAGED, units, note="x", staff=EVA)


def receive(slug: str, units: int) -> None:
    changes.change(make.variant_id_of(slug), StockReason.RECEIVED, units, note="", staff=EVA)


def test_what_falls_to_its_mark_is_told_once_and_again_after_it_was_filled_up(shop: Flask) -> None:
    assert tell(MORNING) == []
    take(BAR, 1)
    assert tell(MORNING) == [[sku_of(BAR)]]
    take(DUMBBELL, 5)
    assert tell(MORNING + timedelta(hours=9)) == [[sku_of(BAR)]], "one mail a day"
    told = [[sku_of(BAR)], [sku_of(DUMBBELL)]]
    assert tell(MORNING + DAY) == told
    assert tell(MORNING + 2 * DAY) == told
    receive(BAR, 4)
    assert tell(MORNING + 3 * DAY) == told
    take(BAR, 5)
    assert tell(MORNING + 4 * DAY) == [*told, [sku_of(BAR)]]


def test_reserved_units_count_and_a_mark_that_is_raised_too(shop: Flask) -> None:
    make.begin((DUMBBELL, 4))
    with transaction():
        db.session.execute(update(Variant).where(Variant.sku == sku_of(WHEY)).values(low_stock_at=120))
    assert tell(MORNING) == [[sku_of(DUMBBELL), sku_of(WHEY)]]
    assert [item["available"] for item in mails()[0].context["items"]] == [1, 120]


def test_it_waits_for_the_morning(shop: Flask) -> None:
    take(BAR, 1)
    assert tell(MORNING - timedelta(seconds=1)) == []
    assert tell(MORNING) == [[sku_of(BAR)]]


def test_nobody_is_told_where_nobody_has_an_address(shop: Flask) -> None:
    shop.extensions["settings"].WAREHOUSE_EMAIL = ""
    take(BAR, 1)
    assert tell(MORNING) == []
    assert make.count_of(LowStockNotice) == 0


def test_what_is_not_sold_is_not_told_and_goods_without_a_row_of_stock_are(shop: Flask) -> None:
    with transaction():
        db.session.execute(update(Variant).where(Variant.sku == sku_of(BAR)).values(is_active=False))
        db.session.execute(update(Product).where(Product.slug == DUMBBELL).values(status=ProductStatus.DRAFT))
        db.session.execute(delete(Stock).where(Stock.variant_id == make.variant_id_of(WHEY)))
    assert tell(MORNING) == [[sku_of(WHEY)]]


def test_a_long_list_says_how_many_more(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(low_stock, "_WRITTEN_OUT", 1)
    take(BAR, 1)
    take(DUMBBELL, 5)
    assert tell(MORNING) == [[sku_of(BAR)]]
    assert mails()[0].context["more"] == 1
    assert make.count_of(LowStockNotice) == 2


def test_the_mail_arrives_at_the_warehouse(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    take(BAR, 1)
    with time_machine.travel(MORNING, tick=False):
        low_stock.tell()
        mail_delivery.deliver_due()
    (mail,) = mailer.emails_sent
    assert (mail.to, mail.subject) == ("bodega@example.com", "Por agotarse: 1 producto")
    assert f"({sku_of(BAR)}): quedan 1 (aviso desde 1)" in mail.text
    assert "http://localhost/staff/stock?show=low" in mail.text
    assert "$" not in mail.text
