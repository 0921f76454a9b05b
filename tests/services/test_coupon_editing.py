"""Coupons as staff make and change them: limits, versions, terms, and the categories that they are for."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Category
from storefront.domain.coupon import Coupon
from storefront.enums import CouponKind, CouponStatus
from storefront.errors import CouponRejected, EditConflict, InvalidInput, NotFound, PriceChanged
from storefront.money import pesos
from storefront.services import carts, checkout
from storefront.services.audit import Actor
from storefront.services.catalogue import category_editing
from storefront.services.coupons import editing, listing
from storefront.services.coupons.drafts import CouponDraft, draft_of
from tests import factories as make
from tests.factories import WHEY

pytestmark = pytest.mark.dialects

EVA = Actor("eva")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def draft(**values: object) -> CouponDraft:
    return CouponDraft(**{"code": "MADRES20", "kind": CouponKind.PERCENT, "value": 20} | values)  # type: ignore[arg-type]


def stored(coupon_id: int) -> Coupon:
    db.session.rollback()
    return editing.get(coupon_id)


def change(coupon_id: int, **values: object) -> None:
    editing.change(coupon_id, stored(coupon_id).version, draft(**values), staff=EVA)


def used(*, times: int = 1, **values: object) -> int:
    """Return a coupon that so many orders hold."""
    coupon_id = editing.create(draft(**values), staff=EVA)
    for number in range(times):
        make.begin((WHEY, 1), coupon_code="MADRES20", email=f"p{number}@example.com")
    return coupon_id


def test_a_limit_below_its_uses_is_refused_at_its_field_and_at_its_uses_is_not(shop: Flask) -> None:
    coupon_id = used(times=2)
    with pytest.raises(InvalidInput) as refusal:
        change(coupon_id, max_uses=1)
    assert refusal.value.problems == {"max_uses": "below_uses"}
    assert stored(coupon_id).version == 1
    change(coupon_id, max_uses=2)
    assert (stored(coupon_id).max_uses, stored(coupon_id).version) == (2, 2)
    with pytest.raises(CouponRejected):
        make.begin((WHEY, 1), coupon_code="MADRES20", email="p3@example.com")


def test_a_limit_holds_against_uses_that_are_taken_while_it_is_lowered(shop: Flask) -> None:
    """The change locks the row first, so a use either counts before it is compared or is refused after it."""
    coupon_id = used(times=1)
    refused: list[str] = []

    def lower() -> None:
        with shop.app_context():
            try:
                change(coupon_id, max_uses=1)
            except InvalidInput as refusal:
                refused.append(refusal.problems["max_uses"])
            finally:
                db.session.remove()

    def buy() -> None:
        with shop.app_context():
            try:
                make.begin((WHEY, 1), coupon_code="MADRES20", email="p9@example.com")
            except CouponRejected as refusal:
                refused.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=lower), threading.Thread(target=buy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    coupon = stored(coupon_id)
    assert (coupon.max_uses, coupon.used_count, refused) in [(None, 2, ["below_uses"]), (1, 1, ["coupon_exhausted"])]


def test_the_second_of_two_editors_gets_both_versions(shop: Flask) -> None:
    coupon_id = editing.create(draft(), staff=EVA)
    editing.change(coupon_id, 1, draft(value=25), staff=EVA)
    with pytest.raises(EditConflict) as refusal:
        editing.change(coupon_id, 1, draft(value=30), staff=EVA)
    assert refusal.value.data["stored"].value == 25
    assert refusal.value.data["typed"].value == 30
    assert stored(coupon_id).value == 25


def test_a_code_that_orders_have_stays_and_so_does_the_coupon(shop: Flask) -> None:
    coupon_id = used()
    with pytest.raises(InvalidInput) as refusal:
        change(coupon_id, code="OTRO")
    assert refusal.value.problems == {"code": "used"}
    with pytest.raises(InvalidInput) as refusal:
        editing.remove(coupon_id, staff=EVA)
    assert refusal.value.problems == {"coupon": "used"}
    assert not editing.switch(coupon_id, is_active=False, staff=EVA).is_active


def test_a_coupon_that_nobody_used_gets_another_code_or_goes(shop: Flask) -> None:
    coupon_id = editing.create(draft(), staff=EVA)
    change(coupon_id, code="OTRO")
    assert stored(coupon_id).code == "OTRO"
    editing.remove(coupon_id, staff=EVA)
    with pytest.raises(NotFound):
        stored(coupon_id)


@pytest.mark.parametrize("taken", ["FIT10", "fit10"])
def test_a_code_is_taken_in_any_case(shop: Flask, taken: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        editing.create(draft(code=taken.upper()), staff=EVA)
    assert refusal.value.problems == {"code": "taken"}


def test_switching_twice_writes_one_entry(shop: Flask) -> None:
    coupon_id = editing.create(draft(), staff=EVA)
    for _ in range(2):
        editing.switch(coupon_id, is_active=False, staff=EVA)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_id == "MADRES20")).all()
    assert [(entry.action, entry.after) for entry in entries[1:]] == [("changed", {"is_active": False})]
    assert entries[0].after == {
        "code": "MADRES20", "kind": "percent", "percent": 20, "cap_minor": None, "minimum_minor": 0, "starts_at": None,
        "ends_at": None, "max_uses": None, "max_uses_per_customer": None, "is_first_order_only": False,
        "only_categories": [], "only_products": [],
    }  # fmt: skip


def test_a_cart_is_told_when_its_coupon_gives_something_else_and_only_then(shop: Flask) -> None:
    coupon_id = editing.create(draft(), staff=EVA)
    shopper = make.guest_with((WHEY, 1))
    carts.apply_coupon(shopper, "madres20")

    def notices() -> list[str]:
        return [notice.code for notice in carts.view(shopper, "es").notices]

    before = carts.view(shopper, "es").quote.discount_minor
    change(coupon_id, max_uses=50)
    assert notices() == []
    change(coupon_id, max_uses=50, value=10)
    assert notices() == ["coupon_changed"]
    assert carts.view(shopper, "es").quote.discount_minor == before // 2
    carts.apply_coupon(shopper, "madres20")
    assert notices() == []


def test_the_address_and_method_of_delivery_count_as_a_look_at_the_coupon_too(shop: Flask) -> None:
    coupon_id = editing.create(draft(), staff=EVA)
    shopper = make.guest_with((WHEY, 1))
    carts.apply_coupon(shopper, "MADRES20")
    change(coupon_id, value=10)
    purchase = make.purchase(shopper)
    carts.set_shipping(shopper, email="a@example.com", address=purchase.address, method=purchase.shipping_method)
    assert carts.view(shopper, "es").notices == ()


def test_an_unpaid_order_keeps_its_price_and_a_new_page_for_it_tells_another_one(shop: Flask) -> None:
    coupon_id = editing.create(draft(), staff=EVA)
    started = make.begin((WHEY, 1), coupon_code="MADRES20")
    total = make.order_of(started).total_minor
    change(coupon_id, value=10)
    assert make.order_of(started).total_minor == total
    with pytest.raises(PriceChanged):
        checkout.retry(
            make.owner(started), started.order_id, success_url="http://localhost/s", cancel_url="http://localhost/c"
        )


def test_the_list_tells_five_states_apart(shop: Flask) -> None:
    day = timedelta(days=1)
    now = clock.now()
    make.make_coupon("VIVO", starts_at=now - day, ends_at=now + day)
    make.make_coupon("LUEGO", starts_at=now + day)
    make.make_coupon("FUE", ends_at=now - day)
    make.make_coupon("LLENO", max_uses=0, ends_at=now + day)
    make.make_coupon("NO", is_active=False, ends_at=now - day)
    wanted = {"VIVO": "active", "LUEGO": "scheduled", "FUE": "expired", "LLENO": "used_up", "NO": "off"}
    rows = {row.coupon.code: row.status for row in listing.find(listing.Wanted()).items}
    assert {code: rows[code] for code in wanted} == wanted
    for status in CouponStatus:
        found = {row.coupon.code for row in listing.find(listing.Wanted(status=status)).items}
        assert found == {code for code, state in rows.items() if state == status}
    assert listing.find(listing.Wanted(status="odd")).total == 0
    assert [row.coupon.code for row in listing.find(listing.Wanted(text="leN")).items] == ["LLENO"]
    assert listing.find(listing.Wanted(text="%")).total == 0


def test_who_used_it_is_listed_with_what_was_given_back(shop: Flask) -> None:
    coupon_id = used(times=2)
    order = make.order_of(make.begin((WHEY, 1), coupon_code="MADRES20", email="last@example.com"))
    with transaction():
        coupons.give_back(order.id, NOW)
    page = listing.uses(coupon_id)
    assert [(use.email, use.returned_at is not None) for use in page.items] == [
        ("last@example.com", True), ("p1@example.com", False), ("p0@example.com", False)
    ]  # fmt: skip
    assert page.items[0].discount_minor == order.discount_minor > 0


def test_a_category_takes_its_coupons_along_and_stays_while_it_has_some(shop: Flask) -> None:
    category_id = category_editing.create(
        category_editing.CategoryDraft(name="Descanso", name_en="Rest", slug="descanso"), staff=EVA
    )
    coupon_id = editing.create(draft(categories=("descanso",)), staff=EVA)
    moved = category_editing.CategoryDraft(name="Descanso", name_en="Rest", slug="sueno")
    category_editing.change(category_id, moved, staff=EVA)
    assert stored(coupon_id).categories == ["sueno"]
    with pytest.raises(InvalidInput) as refusal:
        category_editing.remove(category_id, staff=EVA)
    assert refusal.value.problems == {"category": "has_coupons"}
    change(coupon_id, categories=())
    category_editing.remove(category_id, staff=EVA)
    assert db.session.get(Category, category_id) is None


def test_a_category_that_does_not_exist_is_refused(shop: Flask) -> None:
    with pytest.raises(InvalidInput) as refusal:
        editing.create(draft(categories=("luna",)), staff=EVA)
    assert refusal.value.problems == {"categories": "invalid"}


def test_what_is_read_back_is_what_was_typed(shop: Flask) -> None:
    typed = draft(kind=CouponKind.FIXED, value=pesos(20_000), minimum_minor=pesos(100_000), max_uses=5, starts_at=NOW)
    assert draft_of(stored(editing.create(typed, staff=EVA))) == typed
