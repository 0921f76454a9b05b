"""What delivery costs, where it is offered and when it is free."""

from datetime import date, datetime

import pytest

from storefront.clock import BOGOTA
from storefront.domain.shipping import (
    DEFAULT_BASE,
    DEFAULT_RATES,
    DateRange,
    ShippingOption,
    Tariff,
    get,
)
from storefront.domain.shipping.rates import DEFAULT_FREE_FROM
from storefront.enums import Method, Zone
from storefront.money import pesos

TUESDAY_MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=BOGOTA)


def _offers(zone: Zone | None, subtotal_pesos: int = 50_000) -> dict[Method, ShippingOption]:
    tariff = Tariff(DEFAULT_RATES, DEFAULT_BASE, DEFAULT_FREE_FROM)
    listed = tariff.offers(zone, pesos(subtotal_pesos), TUESDAY_MORNING, 15)
    return {offer.method: offer for offer in listed}


def test_methods_come_in_the_shops_order() -> None:
    assert list(_offers(Zone.LOCAL)) == ["standard", "express", "overnight", "pickup"]


@pytest.mark.parametrize(
    ("zone", "standard", "express", "overnight", "pickup"),
    [
        (Zone.LOCAL, 25_000, 45_000, 75_000, 0),
        (Zone.MAIN, 25_000, 45_000, 75_000, 0),
        (Zone.NATIONAL, 25_000, 50_000, None, 0),
        (Zone.REMOTE, 45_000, None, None, 0),
        (None, None, None, None, 0),
    ],
)
def test_prices_by_zone(
    zone: Zone | None, standard: int | None, express: int | None, overnight: int | None, pickup: int | None
) -> None:
    found = {
        method: offer.price_minor // 100 if offer.is_available else None for method, offer in _offers(zone).items()
    }
    assert found == {"standard": standard, "express": express, "overnight": overnight, "pickup": pickup}


@pytest.mark.parametrize(
    ("subtotal", "is_free"), [(0, False), (199_999, False), (200_000, True), (200_001, True), (9_000_000, True)]
)
@pytest.mark.parametrize("zone", list(Zone))
def test_standard_is_free_from_200_000_pesos_everywhere(zone: Zone, subtotal: int, is_free: bool) -> None:
    offer = _offers(zone, subtotal)[Method.STANDARD]
    assert offer.is_free is is_free
    assert offer.price_minor == (0 if is_free else offer.full_price_minor)
    assert offer.full_price_minor >= pesos(25_000)


def test_express_and_overnight_always_cost() -> None:
    found = _offers(Zone.LOCAL, 9_000_000)
    assert found[Method.EXPRESS].price_minor == pesos(45_000)
    assert found[Method.OVERNIGHT].price_minor == pesos(75_000)
    assert not found[Method.EXPRESS].is_free
    assert not found[Method.OVERNIGHT].is_free


def test_an_offer_promises_dates_and_an_unavailable_one_none() -> None:
    assert _offers(Zone.MAIN)[Method.OVERNIGHT].window == DateRange(date(2026, 11, 25), date(2026, 11, 25))
    assert _offers(Zone.LOCAL)[Method.PICKUP].window == DateRange(date(2026, 11, 24), date(2026, 11, 25))
    assert _offers(Zone.REMOTE)[Method.EXPRESS].window is None


def test_a_method_without_a_base_price_is_not_offered() -> None:
    listed = Tariff(DEFAULT_RATES, {}, DEFAULT_FREE_FROM).offers(Zone.LOCAL, 0, TUESDAY_MORNING, 15)
    assert [offer.is_available for offer in listed] == [False] * 4


def test_there_is_one_row_a_method_and_zone_and_all_money_is_whole_pesos() -> None:
    assert len({(rate.method, rate.zone) for rate in DEFAULT_RATES}) == len(DEFAULT_RATES)
    assert all(rate.surcharge_minor % 100 == 0 and 0 <= rate.min_days <= rate.max_days for rate in DEFAULT_RATES)


def test_a_method_that_is_off_is_offered_to_nobody_and_promises_no_free_delivery() -> None:
    tariff = Tariff(DEFAULT_RATES, DEFAULT_BASE, DEFAULT_FREE_FROM, off=frozenset({Method.STANDARD}))
    assert [offer.method for offer in tariff.offers(Zone.MAIN, 0, TUESDAY_MORNING, 15)] == [
        "express", "overnight", "pickup"
    ]  # fmt: skip
    assert tariff.missing_minor(0) == 0


def test_each_method_has_its_own_threshold_and_one_without_always_costs() -> None:
    tariff = Tariff(DEFAULT_RATES, DEFAULT_BASE, {Method.EXPRESS: pesos(500_000)})
    for subtotal, free in ((499_999, []), (500_000, [Method.EXPRESS])):
        offers = tariff.offers(Zone.MAIN, pesos(subtotal), TUESDAY_MORNING, 15)
        assert [offer.method for offer in offers if offer.is_free and offer.method != Method.PICKUP] == free
    assert (tariff.free_standard_from_minor, tariff.missing_minor(0)) == (None, 0)


def test_the_shops_own_cut_off_hour_counts_before_that_of_the_environment() -> None:
    """At nine an order is early for 15 h and late for 8 h."""
    own = Tariff(DEFAULT_RATES, DEFAULT_BASE, {}, cut_off_hour=8)
    late = own.offers(Zone.MAIN, 0, TUESDAY_MORNING, 15)[2].window
    assert late == DateRange(date(2026, 11, 26), date(2026, 11, 26))


def test_a_place_that_the_shop_moved_is_in_its_new_zone() -> None:
    tariff = Tariff(DEFAULT_RATES, DEFAULT_BASE, {}, place_zone=Zone.LOCAL)
    assert tariff.zone_of(get("05001")) == Zone.LOCAL
    assert Tariff(DEFAULT_RATES, DEFAULT_BASE, {}).zone_of(get("05001")) == Zone.MAIN
