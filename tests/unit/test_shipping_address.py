"""Typed addresses become checked ones, or say what is wrong field by field."""

import pytest

from storefront.domain.shipping import Address, InvalidAddress, check_address

GOOD = {
    "first_name": "Ana María",
    "last_name": "Gómez Ruiz",
    "street": "Calle 123 #45-67",
    "city": "Bogotá",
    "department": "Cundinamarca",
    "zip_code": "110111",
    "country": "Colombia",
    "phone": "+573001234567",
}


def _check(is_pickup: bool = False, **changes: str) -> Address:
    return check_address(is_pickup=is_pickup, **(GOOD | changes))


def _problems(is_pickup: bool = False, **changes: str) -> dict[str, str]:
    with pytest.raises(InvalidAddress) as caught:
        _check(is_pickup, **changes)
    return dict(caught.value.problems)


def test_a_good_address() -> None:
    assert _check() == Address(
        first_name="Ana María",
        last_name="Gómez Ruiz",
        street="Calle 123 # 45-67",
        city="Bogotá D.C.",
        municipality_code="11001",
        department="Bogotá D.C.",
        zip_code="110111",
        country="CO",
        phone="+573001234567",
    )


def test_it_survives_a_json_column() -> None:
    address = _check()
    assert Address.from_dict(address.to_dict()) == address
    assert Address.from_dict({"first_name": "Ana"}).city == ""


def test_codes_may_stand_for_names() -> None:
    assert _check(city="05001", department="05", zip_code="").city == "Medellín"


def test_spaces_are_collapsed() -> None:
    assert _check(first_name="  Ana   María ").first_name == "Ana María"


@pytest.mark.parametrize(
    ("phone", "stored"),
    [
        ("3001234567", "+573001234567"),
        ("+57 300 123 4567", "+573001234567"),
        ("57 300 123 4567", "+573001234567"),
        ("(300) 123-4567", "+573001234567"),
        ("6011234567", "+576011234567"),
    ],
)
def test_phone_is_stored_as_e164(phone: str, stored: str) -> None:
    assert _check(phone=phone).phone == stored


@pytest.mark.parametrize("phone", ["1234567", "+1 650 253 0000", "+34 612 345 678", "300FITNESS", "300123456789"])
def test_other_phones_are_refused(phone: str) -> None:
    assert _problems(phone=phone) == {"phone": "invalid_phone"}


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"first_name": ""}, {"first_name": "required"}),
        ({"last_name": "   "}, {"last_name": "required"}),
        ({"phone": ""}, {"phone": "required"}),
        ({"street": ""}, {"street": "required"}),
        ({"city": ""}, {"city": "required"}),
        ({"department": ""}, {"department": "required"}),
        ({"country": ""}, {"country": "required"}),
        ({"first_name": "a" * 61}, {"first_name": "too_long"}),
        ({"street": "Calle " + "1" * 160}, {"street": "too_long"}),
        ({"city": "b" * 81}, {"city": "too_long"}),
        ({"first_name": "Ana\r\nBcc: x@example.com"}, {"first_name": "invalid"}),
        ({"last_name": "Gómez\ue000"}, {"last_name": "invalid"}),
        ({"last_name": "1234"}, {"last_name": "invalid"}),
        ({"street": "Calle 1\x00"}, {"street": "invalid"}),
        ({"city": "Narnia"}, {"city": "unknown_city"}),
        ({"city": "Medellín"}, {"city": "city_not_in_department"}),
        ({"department": "Narnia"}, {"department": "invalid"}),
        ({"zip_code": "1101"}, {"zip_code": "invalid"}),
        ({"zip_code": "11011a"}, {"zip_code": "invalid"}),
        ({"zip_code": "١١٠١١١"}, {"zip_code": "invalid"}),
        ({"zip_code": "050001"}, {"zip_code": "zip_mismatch"}),
        ({"country": "México"}, {"country": "unsupported_country"}),
    ],
)
def test_each_problem_is_named_alone(changes: dict[str, str], problems: dict[str, str]) -> None:
    assert _problems(False, **changes) == problems


def test_all_problems_are_told_at_once_in_the_order_of_the_form() -> None:
    empty = dict.fromkeys(GOOD, "")
    assert list(_problems(False, **empty)) == [
        "first_name",
        "last_name",
        "street",
        "city",
        "department",
        "country",
        "phone",
    ]


@pytest.mark.parametrize("country", ["CO", "co", "Colombia", "COLOMBIA", " colombia "])
def test_country_in_any_case(country: str) -> None:
    assert _check(country=country).country == "CO"


def test_the_postcode_is_optional() -> None:
    assert _check(zip_code="").zip_code == ""


def test_pickup_needs_names_and_phone_only() -> None:
    address = check_address(first_name="Ana", last_name="Gómez", phone="3001234567", is_pickup=True)
    assert (address.street, address.city, address.municipality_code, address.country) == ("", "", "", "CO")
    assert _problems(is_pickup=True, phone="", city="Narnia") == {"phone": "required"}
