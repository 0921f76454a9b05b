"""A coupon's own rules, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storefront.domain.coupon import Coupon, check, normalise_code
from storefront.errors import CouponRejected
from storefront.money import pesos

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GOODS = [("p1", ("fuerza",), pesos(80_000)), ("p2", ("proteinas", "nutricion"), pesos(20_000))]

RULES = [
    # rule, refusal
    ({}, None),
    ({"is_active": False}, "coupon_invalid"),
    ({"starts_at": NOW}, None),
    ({"starts_at": NOW + SECOND}, "coupon_not_started"),
    ({"ends_at": NOW + SECOND}, None),
    ({"ends_at": NOW}, "coupon_expired"),
    ({"max_uses": 3, "used_count": 2}, None),
    ({"max_uses": 3, "used_count": 3}, "coupon_exhausted"),
    ({"max_uses": 0}, "coupon_exhausted"),
    ({"minimum_minor": pesos(100_000)}, None),
    ({"minimum_minor": pesos(100_000) + 100}, "coupon_minimum_not_met"),
    ({"categories": ["fuerza"]}, None),
    ({"categories": ["planes"]}, "coupon_not_applicable"),
    ({"products": ["p2"]}, None),
    ({"products": ["p3"]}, "coupon_not_applicable"),
    ({"categories": ["planes"], "products": ["p1"]}, None),
    ({"ends_at": NOW, "max_uses": 0, "minimum_minor": pesos(10**6)}, "coupon_expired"),
]


def coupon(**rule: Any) -> Coupon:
    facts = {"code": "X", "kind": "percent", "value": 10, "is_active": True, "used_count": 0, "minimum_minor": 0}
    return Coupon(**facts | {"categories": [], "products": []} | rule)


@pytest.mark.parametrize(("rule", "refusal"), RULES)
def test_rules(rule: dict[str, Any], refusal: str | None) -> None:
    made = coupon(**rule)
    if refusal is None:
        assert check(made, GOODS, None, NOW) is made
        return
    with pytest.raises(CouponRejected) as error:
        check(made, GOODS, None, NOW)
    assert error.value.code == refusal


def test_no_coupon_is_an_invalid_one() -> None:
    with pytest.raises(CouponRejected) as error:
        check(None, GOODS, None, NOW)
    assert error.value.code == "coupon_invalid"


@pytest.mark.parametrize(
    ("lists", "covered"),
    [
        ({}, {"p1", "p2"}),
        ({"categories": ["fuerza"]}, {"p1"}),
        ({"categories": ["proteinas"]}, {"p2"}),
        ({"categories": ["nutricion"]}, {"p2"}),
        ({"products": ["p2"]}, {"p2"}),
        ({"categories": ["fuerza"], "products": ["p2"]}, {"p1", "p2"}),
    ],
)
def test_lists_say_what_a_coupon_is_for(lists: dict[str, Any], covered: set[str]) -> None:
    made = coupon(**lists)
    assert {product for product, categories, _ in GOODS if made.covers(product, categories)} == covered


@pytest.mark.parametrize("typed", ["FIT10", "fit10", " Fit10 ", "\tfIT10\n"])
def test_blanks_and_case_do_not_matter(typed: str) -> None:
    assert normalise_code(typed) == "FIT10"
