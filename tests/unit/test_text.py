"""Copied text is read as somebody would have typed it."""

import pytest

from storefront.domain.shipping.address import InvalidAddress, check_address, e164
from storefront.text import clean, fold

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u2069\u200e\u200f\U000e0041"


def test_invisible_characters_go_and_spaces_are_spaces() -> None:
    assert clean(f" {INVISIBLE}An{INVISIBLE}a\u00a0María\u202fRuiz\u3000{INVISIBLE}") == "Ana María Ruiz"


@pytest.mark.parametrize("dash", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d")
def test_every_dash_of_a_line_is_a_hyphen(dash: str) -> None:
    assert clean(f"12{dash}34") == "12-34"


def test_a_note_keeps_its_lines_and_its_dashes() -> None:
    assert clean("Portería –\nno\u2011timbrar\u200b — gracias\n", lines=True) == "Portería –\nno-timbrar — gracias"


def test_controls_stay_for_the_checks() -> None:
    assert clean("a\x07b\r\nc") == "a\x07b\r\nc"


def test_a_hidden_character_splits_no_word_of_a_search() -> None:
    assert fold("pro\u00adte\u200bína") == "proteina"


@pytest.mark.parametrize(
    "copied",
    [
        "\u202a+57\u00a0300\u2011123\u20114567\u202c",
        "300\u2013123\u20134567",
        "(300)\u00a0123\u20104567",
        "\ufeff3001234567",
    ],
)
def test_a_phone_copied_from_a_phone_book_is_understood(copied: str) -> None:
    assert e164(clean(copied)) == "+573001234567"
    assert checked(phone=copied).phone == "+573001234567"


def test_an_address_copied_from_a_map_is_understood() -> None:
    address = checked(street="Calle\u00a0123\u200b #45\u201367", city="Bogotá\u200b", first_name="A\u00adna")
    assert (address.street, address.city, address.first_name) == ("Calle 123 # 45-67", "Bogotá D.C.", "Ana")


def test_what_is_too_long_is_said_at_its_field_and_goes_no_further() -> None:
    with pytest.raises(InvalidAddress) as refusal:
        checked(city="\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 5_000, street="x" * 161)
    assert refusal.value.problems == {"street": "too_long", "city": "too_long"}


def checked(**changes: str):  # type: ignore[no-untyped-def]
    whole = {
        "first_name": "Ana", "last_name": "Ruiz", "phone": "3001234567", "street": "Calle 123 #45-67",
        "city": "Bogotá", "department": "Cundinamarca", "country": "Colombia",
    }  # fmt: skip
    return check_address(**whole | changes)
