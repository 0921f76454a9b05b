"""A password that changes while somebody signs in with the old one."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.customer import EmailLink, Login
from storefront.errors import InvalidCredentials, InvalidInput
from storefront.services.accounts import authentication, erasure, passwords, recovery
from tests import factories as make
from tests.services.test_erasure import EMAIL, PASSWORD, member

OTHER_PASSWORD = "otro caballo 77"


def open_logins() -> int:
    return len(db.session.scalars(select(Login.id).where(Login.revoked_at.is_(None))).all())


@pytest.fixture
def meanwhile(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a customer whose password changes right after it was found to be right, once."""
    shopper, _ = member()
    real: Callable[[str, str], bool] = passwords.matches

    def matches(stored: str, password: str) -> bool:
        is_right = real(stored, password)
        if password == PASSWORD:
            monkeypatch.setattr(passwords, "matches", real)
            passwords.change_password(shopper.customer_id or "", current=PASSWORD, new=OTHER_PASSWORD)
        return is_right

    monkeypatch.setattr(passwords, "matches", matches)
    return shopper.customer_id or ""


def test_a_login_that_was_under_way_is_refused(meanwhile: str) -> None:
    with pytest.raises(InvalidCredentials):
        authentication.log_in(email=EMAIL, password=PASSWORD)
    assert open_logins() == 0


def test_without_the_second_look_the_old_password_opens_a_login(
    meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(passwords, "require_same_password", lambda *_: None)
    authentication.log_in(email=EMAIL, password=PASSWORD)
    assert open_logins() == 1


def test_neither_a_change_nor_a_closing_that_was_under_way_goes_on(meanwhile: str) -> None:
    with pytest.raises(InvalidCredentials):
        erasure.erase(meanwhile, password=PASSWORD)
    assert authentication.log_in(email=EMAIL, password=OTHER_PASSWORD).customer_id == meanwhile


def test_a_changed_password_ends_the_links_that_would_set_another(shop: Flask) -> None:
    shopper, _ = member()
    recovery.request_reset(EMAIL, "es")
    link = recovery.link_context("password_reset", EMAIL)
    assert link is not None
    token = link["url"].rpartition("=")[2]
    passwords.change_password(shopper.customer_id or "", current=PASSWORD, new=OTHER_PASSWORD)
    with pytest.raises(InvalidInput):
        recovery.reset_password(token, PASSWORD)
    assert make.count_of(EmailLink) >= 1
