"""What was sold: by day in Colombia, product, category, coupon and city, net of refunds, and the way to a purchase."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.domain.order_lines import lines_of
from storefront.enums import FigurePeriod, FunnelStep
from storefront.errors import InvalidInput
from storefront.money import pesos
from storefront.services.audit import Actor
from storefront.services.figures import funnel, sales
from storefront.services.figures.periods import Span, own_span, span_of
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import COFFEE, DUMBBELL, GUIDE, WHEY
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects

EVA = Actor("eva@example.com")
NIGHT = datetime(2026, 11, 11, 4, 30, tzinfo=UTC)  # 23:30 of November 10 in Bogotá
WEEK = Span(date(2026, 11, 9), date(2026, 11, 15))


def sell(gateway: FakeGateway, at: datetime, *goods: tuple[str, int], **changes: object) -> Order:
    """Sell goods at a moment, and return the paid order."""
    with time_machine.travel(at, tick=False):
        started = make.begin(*goods, **changes)
        make.pay(gateway, started)
    return make.order_of(started)


def rows(groups: sales.Groups) -> dict[str | None, tuple[int, int]]:
    return {one.key: (one.orders, one.net_minor) for one in groups.items}


@pytest.fixture
def sold(shop: Flask, gateway: FakeGateway) -> list[Order]:
    """Return a week: two orders of Ana's, one with a refunded unit and a coupon, one of Luis's that went back."""
    with time_machine.travel(NIGHT - timedelta(hours=1), tick=False):
        make.make_coupon("DIEZ")
    first = sell(gateway, NIGHT, (WHEY, 2), (COFFEE, 1), email="ana@example.com", coupon_code="DIEZ")
    there = make.address(city="Medellín", department="Antioquia")
    second = sell(gateway, NIGHT + timedelta(hours=1), (WHEY, 1), email="ana+gym@example.com", address=there)
    third = sell(gateway, NIGHT + timedelta(days=2), (GUIDE, 1), email="luis@example.com", digital_consent=True)
    with time_machine.travel(NIGHT + timedelta(days=30), tick=False):
        whey = next(line for line in lines_of(first) if line.slug == WHEY)
        refunds.request_refund(first.id, units={whey.id: 1}, staff=EVA)
        refunds.request_refund(second.id, amount_minor=pesos(10_000), staff=EVA)
        refunds.request_refund(third.id, staff=EVA)
    return [make.order_of(order.public_id) for order in (first, second, third)]


def test_days_are_colombia_s_and_refunds_are_taken_off_the_day_of_the_sale(sold: list[Order]) -> None:
    first, second, third = sold
    days = {one.day.day: one.sales for one in sales.by_day(WEEK)}
    assert list(days) == [9, 10, 11, 12, 13, 14, 15]
    assert days[10] == sales.Sales(1, first.total_minor, first.refunded_minor), "half past eleven at night"
    assert days[11] == sales.Sales(1, second.total_minor, pesos(10_000))
    assert days[12] == sales.Sales(1, third.total_minor, third.total_minor)
    assert days[13] == sales.Sales(0, 0, 0)
    total = sales.total(sales.by_day(WEEK))
    assert total.net_minor == sum(order.total_minor - order.refunded_minor for order in sold)
    assert total.average_minor == total.net_minor // 300 * 100
    assert sales.Sales(0, 0, 0).average_minor == 0


def test_who_bought_before_is_counted_once_however_the_address_is_written(
    sold: list[Order], gateway: FakeGateway
) -> None:
    assert sales.buyers(WEEK) == sales.Buyers(total=2, returning=1)
    later = NIGHT + timedelta(days=40)
    sell(gateway, later, (COFFEE, 1), email="luis@example.com")
    sell(gateway, later, (COFFEE, 1), email="nueva@example.com")
    assert sales.buyers(own_span(date(2026, 12, 1), date(2026, 12, 31))) == sales.Buyers(total=2, returning=1)


def test_groups_have_what_they_sold_and_add_up_to_the_days(sold: list[Order]) -> None:
    first, second, _ = sold
    lines = {line.slug: line for line in lines_of(first)}
    products = sales.by_product(WEEK)
    assert rows(products) == {
        WHEY: (2, lines[WHEY].net_minor - lines[WHEY].worth_minor(1) + pesos(129_900)),
        COFFEE: (1, lines[COFFEE].net_minor),
        GUIDE: (1, 0),
    }
    assert {one.key: one.units for one in products.items} == {WHEY: 2, COFFEE: 1, GUIDE: 0}
    assert products.items[0].names[1] != products.items[0].names[0], "both languages"
    categories = sales.by_category(WEEK)
    assert sum(one.net_minor for one in categories.items) == sum(one.net_minor for one in products.items)
    assert rows(sales.by_coupon(WEEK)) == {
        "DIEZ": (1, first.total_minor - first.refunded_minor),
        None: (2, second.total_minor - pesos(10_000)),
    }
    assert {one.key: one.discount_minor for one in sales.by_coupon(WEEK).items} == {
        "DIEZ": first.discount_minor,
        None: 0,
    }
    assert rows(sales.by_city(WEEK)) == {
        "Bogotá D.C.": (1, first.total_minor - first.refunded_minor),
        "Medellín, Antioquia": (1, second.total_minor - pesos(10_000)),
        None: (1, 0),
    }


def test_what_is_beyond_the_limit_is_summed(sold: list[Order]) -> None:
    whole, some = sales.by_product(WEEK), sales.by_product(WEEK, 1)
    assert [one.key for one in some.items] == [WHEY]
    assert (some.others, some.others_minor) == (2, sum(one.net_minor for one in whole.items[1:]))


def test_a_payment_of_another_amount_counts_as_what_the_shop_kept(sold: list[Order]) -> None:
    order = sold[1]
    db.session.rollback()
    with transaction():
        row = db.session.get_one(Order, order.id)
        row.received_minor = row.total_minor - pesos(50_000)
    day = next(one.sales for one in sales.by_day(WEEK) if one.day.day == 11)
    assert day.paid_minor == order.total_minor - pesos(50_000)
    with transaction():
        db.session.get_one(Order, order.id).received_minor = order.total_minor + pesos(50_000)
    day = next(one.sales for one in sales.by_day(WEEK) if one.day.day == 11)
    assert day.paid_minor == order.total_minor, "what was too much went back"


def test_an_empty_shop_has_figures_too(shop: Flask) -> None:
    assert sales.total(sales.by_day(WEEK)) == sales.Sales(0, 0, 0)
    assert sales.buyers(WEEK) == sales.Buyers(0, 0)
    for read in (sales.by_product, sales.by_category, sales.by_coupon, sales.by_city):
        assert read(WEEK) == sales.Groups([], 0, 0)
    assert funnel.funnel(WEEK) == funnel.Funnel(dict.fromkeys(FunnelStep, 0), 0, 0)


def test_openings_are_written_together_and_orders_tell_the_rest(sold: list[Order], gateway: FakeGateway) -> None:
    funnel.write()  # what other tests counted
    for step, times in ((FunnelStep.PRODUCT, 5), (FunnelStep.CART, 3)):
        for _ in range(times):
            funnel.count(step, now=NIGHT)
    funnel.count(FunnelStep.PRODUCT, now=NIGHT + timedelta(days=10))
    assert (funnel.write(), funnel.write()) == (9, 0)
    funnel.count(FunnelStep.PRODUCT, now=NIGHT + timedelta(hours=2))
    funnel.count(FunnelStep.PRODUCT, now=NIGHT)
    funnel.write()
    with time_machine.travel(NIGHT, tick=False):
        make.begin((DUMBBELL, 1))
    found = funnel.funnel(WEEK)
    assert found.openings == {FunnelStep.PRODUCT: 7, FunnelStep.CART: 3, FunnelStep.ADDRESS: 0}
    assert (found.placed, found.paid) == (4, 3)


def test_what_cannot_be_written_is_written_later(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    funnel.write()
    funnel.count(FunnelStep.CART, now=NIGHT)
    with monkeypatch.context() as broken:
        broken.setattr(funnel, "upsert", lambda *_a, **_b: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            funnel.write()
    assert funnel.write() == 1
    assert funnel.funnel(WEEK).openings[FunnelStep.CART] == 1


def test_periods_end_today_and_own_ones_are_checked() -> None:
    today = date(2026, 3, 15)
    assert span_of(FigurePeriod.SEVEN_DAYS, today) == Span(date(2026, 3, 9), today)
    assert span_of(FigurePeriod.THIRTY_DAYS, today) == Span(date(2026, 2, 14), today)
    assert span_of(FigurePeriod.NINETY_DAYS, today).days[0] == date(2025, 12, 16)
    assert span_of(FigurePeriod.THIS_MONTH, today) == Span(date(2026, 3, 1), today)
    assert span_of(FigurePeriod.LAST_MONTH, today) == Span(date(2026, 2, 1), date(2026, 2, 28))
    assert own_span(today, today).end - own_span(today, today).begin == timedelta(days=1)
    assert own_span(today, today).begin == datetime(2026, 3, 15, 5, tzinfo=UTC)
    for first, last, problems in (
        (None, today, {"first": "required"}),
        (today, None, {"last": "required"}),
        (today, today - timedelta(days=1), {"last": "before_first"}),
        (today - timedelta(days=366), today, {"last": "too_many_days"}),
    ):
        with pytest.raises(InvalidInput) as refusal:
            own_span(first, last)
        assert refusal.value.problems == problems
    assert len(own_span(today - timedelta(days=365), today).days) == 366
