"""Codes of an app: the vectors of RFC 4226 and RFC 6238, the clock's tolerance, and what a QR code holds."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from storefront.services.accounts import one_time_codes as codes

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "code"),
    [(0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (4, "338314"), (9, "520489")],
)
def test_the_vectors_of_rfc_4226(step: int, code: str) -> None:
    assert codes.code_at(SECRET, step) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    assert codes.code_at(SECRET, codes.step_of(moment)) == code[-codes.DIGITS :]


@pytest.mark.parametrize(("seconds", "is_right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phone_may_be_one_step_off(seconds: int, is_right: bool) -> None:
    step = codes.step_of(NOON + timedelta(seconds=seconds))
    found = codes.matching_step(SECRET, codes.code_at(SECRET, step), NOON)
    assert found == (step if is_right else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "000000"])
def test_nothing_else_is_a_code(code: str) -> None:
    assert codes.matching_step(SECRET, code, NOON) is None


def test_a_secret_has_160_random_bits_in_letters() -> None:
    made = {codes.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_the_address_names_shop_and_account() -> None:
    assert codes.address("ABC", shop="Fit & Aiid", email="eva+1@example.com") == (
        "otpauth://totp/Fit%20%26%20Aiid:eva%2B1%40example.com?secret=ABC&issuer=Fit%20%26%20Aiid&period=30&digits=6"
    )
