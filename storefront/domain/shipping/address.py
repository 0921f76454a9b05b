"""A delivery address in Colombia, and the check that turns typed text into one."""

import re
import unicodedata
from dataclasses import asdict, dataclass, fields

import phonenumbers

from storefront.domain.shipping.municipalities import Municipality, find, find_department
from storefront.domain.shipping.streets import normalise_street
from storefront.errors import InvalidInput
from storefront.text import clean, fold

COUNTRY = "CO"
_CALLING_CODE = 57
_LIMITS = {
    "first_name": 60,
    "last_name": 60,
    "street": 160,
    "city": 80,
    "department": 80,
    "zip_code": 20,
    "country": 40,
    "phone": 40,
}
_ALWAYS_NEEDED = ("first_name", "last_name", "phone")
_NEEDED_TO_SHIP = (*_ALWAYS_NEEDED, "street", "city", "department", "country")
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Line breaks, controls and invisible characters: they end in labels and email headers."""


class InvalidAddress(InvalidInput):
    """An address that cannot be used; ``problems`` names each field with a machine code."""


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address; for pickup only the names and the phone are filled."""

    first_name: str
    last_name: str
    street: str
    city: str
    municipality_code: str
    department: str
    zip_code: str
    country: str
    phone: str

    def to_dict(self) -> dict[str, str]:
        """Return plain data for a JSON column."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> "Address":
        """Return the address kept by ``to_dict``; missing keys are empty."""
        return cls(**{field.name: data.get(field.name, "") for field in fields(cls)})


def check_address(
    *,
    first_name: str,
    last_name: str,
    phone: str,
    street: str = "",
    city: str = "",
    department: str = "",
    zip_code: str = "",
    country: str = COUNTRY,
    is_pickup: bool = False,
) -> Address:
    """Return the address the typed text means, or raise InvalidAddress with every problem at once.

    ``city`` and ``department`` may be names or DANE codes. For pickup everything but names and phone is left out.
    """
    raw = {"first_name": first_name, "last_name": last_name, "phone": phone}
    if not is_pickup:
        raw |= {"street": street, "city": city, "department": department, "zip_code": zip_code, "country": country}
    # Copied text is cleaned first, and what is too long goes no further: folding it could cost more than it is worth.
    cleaned = {field: clean(value) for field, value in raw.items()}
    problems: dict[str, str] = {}
    for field, value in cleaned.items():
        if code := _text_problem(field, value, _ALWAYS_NEEDED if is_pickup else _NEEDED_TO_SHIP):
            problems[field] = code
    typed = {
        field: "" if problems.get(field) == "too_long" else " ".join(value.split()) for field, value in cleaned.items()
    }
    number = e164(typed["phone"])
    if number is None:
        problems.setdefault("phone", "invalid_phone")
    place = None if is_pickup else _check_place(typed, problems)
    if problems or number is None:
        raise InvalidAddress({field: problems[field] for field in _LIMITS if field in problems})
    return _build(typed, number, place)


def _build(typed: dict[str, str], number: str, place: Municipality | None) -> Address:
    """Return the address of checked text, with the place written as in the table."""
    return Address(
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        street=normalise_street(typed.get("street", "")),
        city=place.name if place else "",
        municipality_code=place.code if place else "",
        department=place.department if place else "",
        zip_code=typed.get("zip_code", ""),
        country=COUNTRY,
        phone=number,
    )


def _text_problem(field: str, value: str, needed: tuple[str, ...]) -> str | None:
    """Return what is wrong with one text on its own, or None."""
    text = " ".join(value.split())
    if len(text) > _LIMITS[field] or len(value) > 4 * _LIMITS[field]:
        return "too_long"
    if any(unicodedata.category(char) in _FORBIDDEN for char in value):
        return "invalid"
    if not text:
        return "required" if field in needed else None
    if field in {"first_name", "last_name", "street"} and not any(char.isalpha() for char in text):
        return "invalid"
    return None


def _check_place(typed: dict[str, str], problems: dict[str, str]) -> Municipality | None:
    """Return the municipality, and note what is wrong with country, department, city and postcode."""
    if fold(typed["country"]) not in {"co", "colombia"}:
        problems.setdefault("country", "unsupported_country")
    if find_department(typed["department"]) is None:
        problems.setdefault("department", "invalid")
    if find(typed["city"]) is None:
        problems.setdefault("city", "unknown_city")
    if "city" in problems or "department" in problems:
        _check_zip(typed["zip_code"], None, problems)
        return None
    place = find(typed["city"], typed["department"])
    if place is None:
        problems["city"] = "city_not_in_department"
    _check_zip(typed["zip_code"], place, problems)
    return place


def _check_zip(zip_code: str, place: Municipality | None, problems: dict[str, str]) -> None:
    """Note a postcode that is not six digits or belongs to another department."""
    if not zip_code:
        return
    if not re.fullmatch(r"[0-9]{6}", zip_code):
        problems.setdefault("zip_code", "invalid")
    elif place is not None and not zip_code.startswith(place.department_code):
        problems.setdefault("zip_code", "zip_mismatch")


def e164(phone: str) -> str | None:
    """Return a Colombian phone number in E.164, or None if it is not one."""
    if not re.fullmatch(r"[0-9+() .\-]{7,40}", phone):
        return None
    try:
        number = phonenumbers.parse(phone, COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != _CALLING_CODE or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
