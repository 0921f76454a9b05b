"""Pricing: from items to a total that adds up, however odd the cart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.domain.order import OrderLine
from storefront.domain.pricing import Discount, Item, Quote, QuoteLine, quote
from storefront.money import pesos, tax_contained
from tests.examples import examples


def item(price: int = 100_000, quantity: int = 1, **changes: object) -> Item:
    values = {
        "product_id": "p1",
        "variant_id": "v1",
        "sku": "P1",
        "options": {},
        "name": "Mancuerna",
        "quantity": quantity,
        "unit_price_minor": pesos(price),
        "tax_basis_points": 1900,
        "ships": True,
    }
    return Item(**values | changes)


def percent(value: int, cap: int | None = None) -> Discount:
    return Discount(code="X", kind="percent", value=value, cap_minor=None if cap is None else pesos(cap))


def fixed(value: int) -> Discount:
    return Discount(code="X", kind="fixed", value=pesos(value))


FREE_SHIPPING = Discount(code="X", kind="free_shipping", value=0)

items = st.lists(
    st.builds(
        Item,
        product_id=st.uuids().map(str),
        variant_id=st.uuids().map(str),
        sku=st.just("P1"),
        options=st.just({}),
        name=st.text(min_size=1, max_size=12),
        quantity=st.integers(1, 100),
        unit_price_minor=st.integers(1, 2_000_000).map(pesos),
        tax_basis_points=st.sampled_from([0, 500, 1900]),
        ships=st.booleans(),
        is_discountable=st.booleans(),
    ),
    min_size=1,
    max_size=50,
)
discounts = (
    st.none()
    | st.builds(
        Discount,
        code=st.just("X"),
        kind=st.sampled_from(["percent", "free_shipping"]),
        value=st.integers(1, 100),
        cap_minor=st.none() | st.integers(0, 500_000).map(pesos),
    )
    | st.builds(Discount, code=st.just("X"), kind=st.just("fixed"), value=st.integers(0, 10**7).map(pesos))
)
shipping = st.sampled_from([0, 25_000, 45_000, 75_000]).map(pesos)


@pytest.mark.parametrize(
    ("discount", "lines_off", "total"),
    [
        (None, [0, 0], 325_000),
        (percent(10), [20_000, 10_000], 295_000),
        (percent(10, cap=12_000), [8_000, 4_000], 313_000),
        (fixed(20_000), [13_333, 6_667], 305_000),
        (fixed(900_000), [200_000, 100_000], 25_000),
        (percent(100), [200_000, 100_000], 25_000),
        (FREE_SHIPPING, [0, 0], 300_000),
    ],
)
def test_a_coupon_lowers_the_lines_and_free_shipping_the_freight(
    discount: Discount | None, lines_off: list[int], total: int
) -> None:
    goods = [item(100_000, 2), item(100_000, 1)]
    priced = quote(goods, discount=discount, shipping_minor=pesos(25_000), shipping_method="standard")
    assert [line.discount_minor for line in priced.lines] == [pesos(off) for off in lines_off]
    assert priced.total_minor == pesos(total)


@pytest.mark.parametrize(("discount", "code"), [(None, None), (percent(10), "X")])
def test_a_quote_says_how_it_travels_and_by_which_coupon(discount: Discount | None, code: str | None) -> None:
    priced = quote([item()], discount=discount, shipping_minor=pesos(45_000), shipping_method="express")
    assert (priced.shipping_method, priced.coupon_code) == ("express", code)
    assert quote([item()]).shipping_method is None


@pytest.mark.parametrize("method", ["express", "overnight"])
def test_express_and_overnight_cost_with_a_coupon_for_free_shipping_too(method: str) -> None:
    priced = quote([item(100_000)], discount=FREE_SHIPPING, shipping_minor=pesos(45_000), shipping_method=method)
    assert priced.total_minor == pesos(145_000)


def test_a_coupon_never_touches_what_it_is_not_for() -> None:
    priced = quote([item(100_000), item(50_000, is_discountable=False)], discount=percent(50))
    assert [line.discount_minor for line in priced.lines] == [pesos(50_000), 0]
    assert priced.total_minor == pesos(100_000)


def test_tax_is_that_of_what_remains_after_the_coupon_and_freight_carries_none() -> None:
    priced = quote([item(200_000)], discount=percent(50), shipping_minor=pesos(25_000))
    assert priced.tax_minor == tax_contained(pesos(100_000), 1900)


@examples(1000)
@given(items, discounts, shipping)
def test_every_cart_adds_up_in_whole_pesos(cart: list[Item], discount: Discount | None, freight: int) -> None:
    priced = quote(cart, discount=discount, shipping_minor=freight)
    assert priced.total_minor == priced.subtotal_minor - priced.discount_minor + priced.shipping_minor
    assert priced.total_minor >= 0
    assert priced.subtotal_minor == sum(line.total_minor for line in priced.lines)
    assert priced.discount_minor == sum(line.discount_minor for line in priced.lines)
    assert priced.tax_minor == sum(line.tax_minor for line in priced.lines)
    assert [line.total_minor for line in priced.lines] == [one.unit_price_minor * one.quantity for one in cart]
    for money in (priced.subtotal_minor, priced.discount_minor, priced.shipping_minor, priced.total_minor):
        assert money % 100 == 0
    for line, one in zip(priced.lines, cart, strict=True):
        assert line.discount_minor % 100 == 0
        assert 0 <= line.discount_minor <= (line.total_minor if one.is_discountable else 0)
        assert 0 <= line.tax_minor <= line.total_minor - line.discount_minor


@examples(300)
@given(items, discounts, shipping)
def test_pricing_twice_changes_nothing(cart: list[Item], discount: Discount | None, freight: int) -> None:
    first = quote(cart, discount=discount, shipping_minor=freight)
    second = quote(cart, discount=discount, shipping_minor=freight)
    assert first == second
    assert first.quote_hash == second.quote_hash


@examples(500)
@given(items, discounts, st.randoms(use_true_random=False))
def test_refunds_of_single_units_in_any_sequence_end_at_exactly_zero(
    cart: list[Item], discount: Discount | None, random: object
) -> None:
    priced = quote(cart, discount=discount, shipping_minor=pesos(25_000))
    lines = [sold(line) for line in priced.lines]
    turns = [line for line in lines for _ in range(line.quantity)]
    random.shuffle(turns)
    left = priced.total_minor - priced.shipping_minor
    for line in turns:
        money = line.refund_minor(1)
        line.refunded += 1
        left -= money
        assert money % 100 == 0
        assert money >= 0
        assert left >= 0
    assert left == 0


def sold(line: QuoteLine) -> OrderLine:
    """Return a quoted line as an order keeps it."""
    facts = {"quantity": line.quantity, "total_minor": line.total_minor, "discount_minor": line.discount_minor}
    return OrderLine(**facts, refunded=0)


def changed(priced: Quote) -> list[Quote]:
    """Return the quote with each fact changed alone."""
    line = priced.lines[0]
    lines = [
        replace(line, quantity=2),
        replace(line, unit_price_minor=line.unit_price_minor + 100),
        replace(line, discount_minor=100),
        replace(line, tax_minor=line.tax_minor + 1),
        replace(line, product_id="p2"),
        replace(line, variant_id="v2"),
        replace(line, sku="P2"),
        replace(line, options={"Talla": "M"}),
    ]
    return [
        *(replace(priced, lines=(other,)) for other in lines),
        replace(priced, shipping_minor=1),
        replace(priced, shipping_method="express"),
        replace(priced, coupon_code="Y"),
        replace(priced, total_minor=priced.total_minor + 100),
        replace(priced, currency="USD"),
    ]


def test_the_seal_changes_with_every_fact_and_with_nothing_else() -> None:
    priced = quote([item()], shipping_minor=pesos(25_000), shipping_method="standard")
    seals = [other.quote_hash for other in changed(priced)]
    assert len({priced.quote_hash, *seals}) == len(seals) + 1
    assert priced.quote_hash == replace(priced).quote_hash
    assert len(priced.quote_hash) == 64


def test_the_seal_is_the_same_in_every_process() -> None:
    priced = quote([item()], shipping_minor=0)
    assert priced.quote_hash == "69bd2ceace44540e284bb01cc48d506ae4b34c26cd8cc2b8f867ac5c96a7744c"
