"""Delivery as staff change it: prices, switches, thresholds, hour, zones of municipalities, carriers, and its words."""

import time
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.shipment import Shipment
from storefront.domain.shipping import load_tariff
from storefront.domain.shipping.tariff import DeliverySettings, MunicipalityZone
from storefront.enums import Method, Zone
from storefront.errors import EditConflict, InvalidInput, NotFound, PriceChanged, ShippingUnavailable
from storefront.i18n.labels import carrier_label, method_label, pickup_address, pickup_hours
from storefront.money import pesos
from storefront.services import carts, checkout, shop_texts
from storefront.services.audit import Actor
from storefront.services.checkout import estimates
from storefront.services.delivery import carriers, editing, places, previews
from storefront.services.delivery.carriers import CarrierDraft
from storefront.services.delivery.drafts import DeliveryDraft, PriceDraft
from storefront.services.orders import fulfilment
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects

EVA = Actor("eva")
MEDELLIN = {"city": "Medellín", "department": "Antioquia"}
STANDARD, EXPRESS, OVERNIGHT, PICKUP = Method


def stored() -> DeliveryDraft:
    db.session.rollback()
    return editing.get()[0]


def save(draft: DeliveryDraft) -> None:
    db.session.rollback()
    editing.save(draft, editing.get()[1], staff=EVA)


def priced(draft: DeliveryDraft, method: Method, zone: Zone, price: int | None, days: tuple[int, int] = (2, 4)) -> Any:
    one = PriceDraft() if price is None else PriceDraft(price_minor=pesos(price), min_days=days[0], max_days=days[1])
    return replace(draft, prices={**draft.prices, (method, zone): one})


def with_method(draft: DeliveryDraft, method: Method, **values: Any) -> DeliveryDraft:
    return replace(draft, methods={**draft.methods, method: replace(draft.methods[method], **values)})


def offers(city: dict[str, str] = MEDELLIN) -> dict[Method, int | None]:
    """Return what a buyer in Medellín would pay for a tin of whey."""
    db.session.rollback()
    shopper = make.guest_with((WHEY, 1))
    view = carts.view(shopper, "es", to=make.address(**city))
    return {offer.method: offer.price_minor // 100 if offer.is_available else None for offer in view.offers}


def test_the_migration_keeps_todays_values(shop: Flask) -> None:
    draft = stored()
    assert draft.methods[STANDARD].free_from_minor == pesos(200_000)
    assert {method: one.is_active for method, one in draft.methods.items()} == dict.fromkeys(Method, True)
    assert draft.prices[STANDARD, Zone.REMOTE] == PriceDraft(price_minor=pesos(45_000), min_days=6, max_days=12)
    assert draft.prices[EXPRESS, Zone.REMOTE] == PriceDraft()
    assert (draft.cut_off_hour, draft.pickup_address) == (None, "")
    assert {code for code, _ in carriers.choices()} == {
        "servientrega", "coordinadora", "interrapidisimo", "envia", "tcc", "deprisa"
    }  # fmt: skip


def test_saving_what_is_stored_changes_no_price(shop: Flask) -> None:
    before = load_tariff()
    save(stored())
    after = load_tariff()
    assert sorted(map(repr, after.rates)) == sorted(map(repr, before.rates))
    assert (after.bases, after.free_from_minor) == (before.bases, before.free_from_minor)


def test_a_price_counts_at_once_and_may_be_below_every_other(shop: Flask) -> None:
    assert offers()[STANDARD] == 25_000
    save(priced(stored(), STANDARD, Zone.MAIN, 8_000))
    assert offers()[STANDARD] == 8_000
    assert stored().prices[STANDARD, Zone.LOCAL].price_minor == pesos(25_000)


def test_without_a_price_a_method_does_not_go_there(shop: Flask) -> None:
    save(priced(stored(), STANDARD, Zone.MAIN, None))
    assert offers()[STANDARD] is None
    save(priced(stored(), STANDARD, Zone.MAIN, 22_000))
    assert offers()[STANDARD] == 22_000


def test_a_method_that_is_off_is_offered_to_nobody(shop: Flask) -> None:
    shopper = make.guest_with((WHEY, 1))
    save(with_method(stored(), EXPRESS, is_active=False))
    assert EXPRESS not in offers()
    with pytest.raises(ShippingUnavailable):
        carts.set_shipping(shopper, email="a@example.com", address=make.address(), method=EXPRESS)


def test_each_method_can_be_free_from_an_amount_of_its_own(shop: Flask) -> None:
    draft = with_method(stored(), EXPRESS, free_from_minor=pesos(100_000))
    save(with_method(draft, STANDARD, free_from_minor=None))
    assert (offers()[STANDARD], offers()[EXPRESS]) == (25_000, 0)
    view = carts.view(make.guest_with((WHEY, 1)), "es")
    assert view.to_free_shipping_minor == 0


def test_the_hour_of_the_environment_counts_until_the_shop_has_its_own(shop: Flask) -> None:
    assert load_tariff().cut_off_hour is None
    save(replace(stored(), cut_off_hour=0))
    assert load_tariff().cut_off_hour == 0


def test_an_order_that_is_placed_keeps_its_freight_and_a_buyer_who_saw_another_total_is_told(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    shopper = make.guest_with((WHEY, 1))
    total = make.order_of(started).total_minor
    save(priced(stored(), STANDARD, Zone.LOCAL, 30_000))
    assert make.order_of(started).total_minor == total
    with pytest.raises(PriceChanged):
        checkout.begin(make.purchase(shopper, expected_total_minor=total))


def test_the_second_of_two_editors_gets_both_versions(shop: Flask) -> None:
    draft, version = editing.get()
    editing.save(priced(draft, STANDARD, Zone.MAIN, 22_000), version, staff=EVA)
    with pytest.raises(EditConflict) as refusal:
        editing.save(priced(draft, STANDARD, Zone.MAIN, 21_000), version, staff=EVA)
    assert refusal.value.data["stored"].prices[STANDARD, Zone.MAIN].price_minor == pesos(22_000)
    assert refusal.value.data["typed"].prices[STANDARD, Zone.MAIN].price_minor == pesos(21_000)
    assert offers()[STANDARD] == 22_000


def test_a_shop_whose_row_of_settings_is_gone_makes_it_again(shop: Flask) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(db.delete(DeliverySettings))
    assert editing.get()[1] == 0
    save(replace(stored(), cut_off_hour=9))
    assert load_tariff().cut_off_hour == 9


def test_nothing_active_at_all_is_refused_and_nothing_is_written(shop: Flask) -> None:
    draft = stored()
    for method in Method:
        draft = with_method(draft, method, is_active=False)
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))
    with pytest.raises(InvalidInput) as refusal:
        save(draft)
    assert refusal.value.problems == {"standard-is_active": "none_left"}
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries
    assert stored().methods[STANDARD].is_active


def test_the_preview_says_what_buyers_pay_before_and_after(shop: Flask) -> None:
    draft = stored()
    [one] = previews.examples(draft, priced(draft, STANDARD, Zone.MAIN, 22_000))
    assert (one.place, one.goods_minor, one.method) == ("Medellín", pesos(120_000), STANDARD)
    assert (one.before, one.after) == (previews.Offer(pesos(25_000), (2, 4)), previews.Offer(pesos(22_000), (2, 4)))
    raised = previews.examples(draft, with_method(draft, STANDARD, free_from_minor=pesos(300_000)))
    assert {(example.place, example.goods_minor) for example in raised} == {
        (place, pesos(200_000)) for place in ("Bogotá D.C.", "Medellín", "Sogamoso", "San Andrés")
    }
    assert previews.examples(draft, draft) == []


def test_a_zone_to_which_nothing_goes_is_named_with_what_its_buyers_can_do(shop: Flask) -> None:
    draft = priced(stored(), STANDARD, Zone.REMOTE, None)
    assert previews.unserved(stored()) == []
    [one] = previews.unserved(draft)
    assert (one.zone, one.place, one.has_pickup) == (Zone.REMOTE, "San Andrés", True)
    [one] = previews.unserved(with_method(draft, PICKUP, is_active=False))
    assert not one.has_pickup


def test_a_municipality_moves_to_another_zone_and_back(shop: Flask) -> None:
    save(priced(stored(), STANDARD, Zone.NATIONAL, 33_000))
    places.move("05001", Zone.NATIONAL, seen=Zone.MAIN, staff=EVA)
    assert (offers()[STANDARD], offers()[OVERNIGHT]) == (33_000, None)
    assert [one.municipality.name for one in places.search("")] == ["Medellín"]
    assert estimates.delivery((make.ItemRequest(WHEY, 1),), STANDARD, "Medellín").cost_minor == pesos(33_000)
    places.move("05001", Zone.MAIN, seen=Zone.NATIONAL, staff=EVA)
    assert offers()[STANDARD] == 25_000
    assert db.session.scalar(select(func.count()).select_from(MunicipalityZone)) == 0


def test_a_municipality_that_somebody_else_moved_meanwhile_is_told(shop: Flask) -> None:
    places.move("05001", Zone.NATIONAL, seen=Zone.MAIN, staff=EVA)
    with pytest.raises(EditConflict) as refusal:
        places.move("05001", Zone.LOCAL, seen=Zone.MAIN, staff=EVA)
    assert refusal.value.data["stored"] == Zone.NATIONAL
    places.move("05001", Zone.NATIONAL, seen=Zone.MAIN, staff=EVA)  # the same again is no quarrel
    with pytest.raises(NotFound):
        places.move("99999", Zone.LOCAL, seen=Zone.MAIN, staff=EVA)
    with pytest.raises(InvalidInput):
        places.move("05001", None, seen=Zone.MAIN, staff=EVA)


def test_an_example_is_a_place_that_is_in_the_zone_now(shop: Flask) -> None:
    places.move("05001", Zone.NATIONAL, seen=Zone.MAIN, staff=EVA)
    draft = stored()
    [one] = previews.examples(draft, priced(draft, STANDARD, Zone.MAIN, 22_000))
    assert places.get(next(p.municipality.code for p in places.search(one.place))).zone == Zone.MAIN


def test_municipalities_are_found_without_accents_by_department_and_by_code(shop: Flask) -> None:
    assert [one.municipality.code for one in places.search("medellin")] == ["05001"]
    assert [one.municipality.code for one in places.search("05001")] == ["05001"]
    assert len(places.search("antioquia")) > 30
    assert places.search("x" * 500) == []


def test_an_own_carrier_is_used_on_a_parcel_with_its_link_and_named(shop: Flask, gateway: FakeGateway) -> None:
    code = carriers.create(CarrierDraft(name="Moto Ñandú", tracking_template="https://m.example/?g={guia}"), staff=EVA)
    assert code == "moto-nandu"
    assert carrier_label(code) == "Moto Ñandú"
    started = make.begin((WHEY, 1))
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    fulfilment.ship(order_id, carrier=code, tracking_number="77-1", staff=EVA)
    shipment = db.session.get(Shipment, order_id)
    assert shipment is not None
    assert shipment.tracking_url == "https://m.example/?g=77-1"
    with pytest.raises(InvalidInput) as refusal:
        carriers.remove(code, staff=EVA)
    assert refusal.value.problems == {"carrier": "used"}


def test_a_messenger_without_a_page_gives_a_parcel_no_link_and_one_that_is_off_takes_none(
    shop: Flask, gateway: FakeGateway
) -> None:
    code = carriers.create(CarrierDraft(name="Mensajero"), staff=EVA)
    started = make.begin((WHEY, 1))
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    carriers.change(code, 1, CarrierDraft(name="Mensajero", is_active=False), staff=EVA)
    with pytest.raises(InvalidInput) as refusal:
        fulfilment.ship(order_id, carrier=code, tracking_number="1", staff=EVA)
    assert refusal.value.problems == {"carrier": "invalid"}
    carriers.change(code, 2, CarrierDraft(name="Mensajero"), staff=EVA)
    fulfilment.ship(order_id, carrier=code, tracking_number="1", staff=EVA)
    shipment = db.session.get(Shipment, order_id)
    assert shipment is not None
    assert shipment.tracking_url is None


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("http://m.example/?g={guia}", "invalid"), ("javascript:alert({guia})", "invalid"),
        ("https://m.example/", "no_number"), ("https://m.example/ {guia}", "invalid"),
        ("https://m.example/<b>{guia}", "invalid"), ("https://m.example/" + "x" * 240 + "{guia}", "too_long"),
    ],
)  # fmt: skip
def test_a_template_that_leads_nowhere_is_refused(shop: Flask, template: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        carriers.create(CarrierDraft(name="Moto", tracking_template=template), staff=EVA)
    assert refusal.value.problems == {"tracking_template": problem}


@pytest.mark.parametrize("name", ["", "TCC", "¡!", "pickup", "x" * 61, "Moto \N{ROCKET}", "<b>"])
def test_a_carrier_needs_a_name_of_its_own(shop: Flask, name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        carriers.create(CarrierDraft(name=name), staff=EVA)
    assert set(refusal.value.problems) == {"name"}


def test_the_second_of_two_editors_of_a_carrier_gets_both_versions(shop: Flask) -> None:
    carriers.change("tcc", 1, CarrierDraft(name="TCC Express"), staff=EVA)
    with pytest.raises(EditConflict) as refusal:
        carriers.change("tcc", 1, CarrierDraft(name="TCC 2"), staff=EVA)
    assert refusal.value.data["stored"].name == "TCC Express"


def test_names_and_pickup_are_the_shops_own_until_staff_write_others(shop: Flask) -> None:
    assert method_label(STANDARD, "en") == "Standard delivery"
    assert pickup_address() == "Carrera 11 # 82-71, Bogotá D.C."
    draft = replace(stored(), pickup_address="Calle 1 # 2-3", pickup_hours="todos los días", pickup_hours_en="daily")
    save(with_method(draft, STANDARD, name="A tu puerta", name_en="To your door"))
    assert (method_label(STANDARD, "es"), method_label(STANDARD, "en")) == ("A tu puerta", "To your door")
    assert (pickup_address(), pickup_hours()) == ("Calle 1 # 2-3", "todos los días")


def test_another_process_reads_the_words_after_some_seconds(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process wrote: the words of this one are kept for a while, and then read again."""
    assert method_label(STANDARD, "es") == "Envío estándar"
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE shipping_methods SET name = 'Puerta', name_en = 'Door'")
    assert method_label(STANDARD, "es") == "Envío estándar"
    shop_texts.forget()
    db.session.rollback()
    monkeypatch.setattr(shop_texts, "KEPT_SECONDS", 0.05)
    assert method_label(STANDARD, "es") == "Puerta"
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE shipping_methods SET name = 'Casa', name_en = 'Home'")
    time.sleep(0.06)
    db.session.rollback()
    assert method_label(STANDARD, "es") == "Casa"
