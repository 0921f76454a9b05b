"""Money: one rounding, exact splits, one way to write an amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.money import (
    PESO,
    decimal_text,
    format_money,
    percent_of,
    pesos,
    portion,
    split,
    tax_contained,
    whole_pesos,
)

NBSP = "\N{NO-BREAK SPACE}"

amounts = st.integers(0, 10**9).map(pesos)


def test_a_peso_has_a_hundred_minor_units_as_stripe_counts_cop() -> None:
    assert pesos(200_000) == 20_000_000


@pytest.mark.parametrize(
    ("amount", "percent", "expected"),
    [
        (0, 10, 0),
        (1, 50, 1),  # half a peso goes up
        (1, 49, 0),
        (149_900, 10, 14_990),
        (149_905, 10, 14_991),  # 14 990.5 goes up
        (149_904, 10, 14_990),
        (389_900, 15, 58_485),
        (99_999, 33, 33_000),  # 32 999.67
        (200_000, 100, 200_000),
        (1, 1, 0),
    ],
)
def test_a_percentage_is_rounded_half_up_to_the_whole_peso(amount: int, percent: int, expected: int) -> None:
    assert percent_of(pesos(amount), percent) == pesos(expected)


@given(amounts, st.integers(0, 100))
def test_a_percentage_is_whole_pesos_and_off_by_half_a_peso_at_most(amount: int, percent: int) -> None:
    part = percent_of(amount, percent)
    assert part % PESO == 0
    assert -50 * 100 < part * 100 - amount * percent <= 50 * 100


@pytest.mark.parametrize(
    ("gross_pesos", "basis_points", "tax_minor"),
    [
        (200_000, 1900, 3_193_277),  # 31 932.77 of IVA: 168 067.23 + 31 932.77
        (119, 1900, 1_900),
        (105, 500, 500),
        (34_900, 500, 166_190),
        (100, 0, 0),
        (0, 1900, 0),
        (1, 1900, 16),  # 15.97 centavos
    ],
)
def test_tax_is_contained_in_the_price(gross_pesos: int, basis_points: int, tax_minor: int) -> None:
    assert tax_contained(pesos(gross_pesos), basis_points) == tax_minor


@given(st.integers(0, 10**13), st.sampled_from([0, 500, 1900]))
def test_contained_tax_is_the_nearest_centavo_half_up(gross: int, rate: int) -> None:
    tax = tax_contained(gross, rate)
    exact_times = gross * rate  # divided by 10_000 + rate
    assert 0 <= tax <= gross
    assert -(10_000 + rate) < 2 * (tax * (10_000 + rate) - exact_times) <= 10_000 + rate


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (10, [1, 0, 1], [5, 0, 5]),
        (1, [1, 1], [1, 0]),
        (5, [3, 1], [4, 1]),  # 3.75 and 1.25
        (0, [5, 5], [0, 0]),
        (7, [0, 0], [0, 0]),
        (9, [1], [9]),
    ],
)
def test_a_split_goes_by_largest_remainder_and_ties_to_the_earlier(
    amount: int, weights: list[int], parts: list[int]
) -> None:
    assert split(pesos(amount), weights) == [pesos(part) for part in parts]


@given(amounts, st.lists(st.integers(0, 10**10), max_size=50))
def test_a_split_adds_up_exactly_in_whole_pesos(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == (amount if any(weights) else 0)
    assert all(part >= 0 and part % PESO == 0 for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.lists(amounts, min_size=1, max_size=50), st.data())
def test_no_part_is_larger_than_the_line_that_bears_it(totals: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(totals) // PESO)) * PESO
    assert all(part <= total for part, total in zip(split(amount, totals), totals, strict=True))


@given(amounts, st.integers(1, 100), st.data())
def test_portions_of_units_in_any_steps_end_at_exactly_the_amount(amount: int, whole: int, data: st.DataObject) -> None:
    taken, given_back = 0, 0
    while taken < whole:
        step = data.draw(st.integers(1, whole - taken))
        money = portion(amount, taken + step, whole) - portion(amount, taken, whole)
        assert money >= 0
        assert money % PESO == 0
        taken, given_back = taken + step, given_back + money
    assert given_back == amount


@pytest.mark.parametrize("amount_minor", [1, 99, 150])
def test_what_is_not_whole_pesos_is_not_split(amount_minor: int) -> None:
    with pytest.raises(ValueError, match=f"^{amount_minor} is not a whole number of pesos$"):
        split(amount_minor, [1, 1])


def test_a_portion_is_whole_pesos_and_all_units_cost_every_centavo() -> None:
    assert portion(pesos(100), 1, 3) == pesos(33)
    assert portion(pesos(100), 2, 3) == pesos(66)
    assert portion(10_050, 3, 3) == 10_050
    assert portion(pesos(10**16 + 1), 1, 1) == pesos(10**16 + 1)
    assert portion(pesos(3 * 10**16 + 3), 1, 3) == pesos(10**16 + 1), "no float could hold it"
    assert type(portion(pesos(100), 1, 3)) is int


@pytest.mark.parametrize(
    ("minor", "spanish", "english"),
    [
        (0, "$_0", "COP_0"),
        (pesos(5), "$_5", "COP_5"),
        (pesos(999), "$_999", "COP_999"),
        (pesos(1_000), "$_1.000", "COP_1,000"),
        (pesos(200_000), "$_200.000", "COP_200,000"),
        (pesos(1_234_567), "$_1.234.567", "COP_1,234,567"),
        (3_193_277, "$_31.932,77", "COP_31,932.77"),
        (5, "$_0,05", "COP_0.05"),
        (-pesos(20_000), "-$_20.000", "-COP_20,000"),
    ],
)
def test_an_amount_is_written_one_way_a_language(minor: int, spanish: str, english: str) -> None:
    assert format_money(minor, "es") == spanish.replace("_", NBSP)
    assert format_money(minor, "en") == english.replace("_", NBSP)
    assert format_money(minor) == format_money(minor, "es")


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "0.00"), (5, "0.05"), (pesos(1_234_567), "1234567.00"), (3_193_277, "31932.77")],
)
def test_machines_read_an_amount_with_a_point_and_two_decimals(minor: int, text: str) -> None:
    assert decimal_text(minor) == text


@pytest.mark.parametrize(
    ("tax_minor", "printed"), [(0, 0), (49, 0), (50, 100), (954_790, 954_800), (-50, 0), (100, 100)]
)
def test_a_tax_is_printed_in_whole_pesos(tax_minor: int, printed: int) -> None:
    assert whole_pesos(tax_minor) == printed
