"""The domain that was probably meant, where one is mistyped."""

import pytest

from storefront.services.accounts.email_addresses import likely_address


@pytest.mark.parametrize(
    ("typed", "likely"),
    [
        ("luz@gmial.com", "luz@gmail.com"),
        ("luz@gmail.co", "luz@gmail.com"),
        ("luz@hotmial.com", "luz@hotmail.com"),
        ("luz@hotnail.con", "luz@hotmail.com"),
        ("luz@outlok.com", "luz@outlook.com"),
        ("luz@yaho.com", "luz@yahoo.com"),
        ("luz@gmail.com", ""),
        ("luz@mail.com", ""),
        ("luz@fitaiid.com", ""),
        ("luz@unal.edu.co", ""),
        ("luz@example.com", ""),
        ("luz", ""),
    ],
)
def test_a_mistyped_domain_is_recognised(typed: str, likely: str) -> None:
    assert likely_address(typed) == likely
