"""Proving by mail who reads an address: through the API, and on the pages that the mails link to."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront.clock import now
from storefront.database import db
from storefront.domain.customer import Customer, EmailLink
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.services.mail import mail_delivery
from tests.api.conftest import PASSWORD, Phone, assert_problem
from tests.fakes import KeepingMailer

NEW_PASSWORD = "guayaba-en-bicicleta"


def delivered(app: Flask, mailer: KeepingMailer, to: str) -> list[str]:
    """Deliver what is due and return the tokens of the links in the mails to an address, oldest first."""
    with app.app_context():
        mail_delivery.deliver_due()
        db.session.remove()
    texts = [email.text for email in mailer.emails_sent if email.to == to]
    return [found[1] for text in texts if (found := re.search(r"token=([\w-]+)", text))]


def reset_token(app: Flask, phone: Phone, mailer: KeepingMailer, email: str = "camila@example.com") -> str:
    delivered(app, mailer, email)
    mailer.emails_sent.clear()
    phone.post("/api/auth/forgot-password", {"email": email})
    [token] = delivered(app, mailer, email)
    return token


def test_a_forgotten_password_is_reset_once(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    token = reset_token(app, stranger, mailer)
    weak = stranger.post("/api/auth/reset-password", {"token": token, "password": "corta"})
    assert_problem(weak, 400, "invalid_request", "password")
    response = stranger.post("/api/auth/reset-password", {"token": token, "password": NEW_PASSWORD})
    assert (response.status_code, response.data) == (204, b"")
    assert_problem(camila.get("/api/me"), 401, "token_revoked")
    login = {"email": "camila@example.com"}
    assert_problem(stranger.post("/api/auth/login", {**login, "password": PASSWORD}), 401, "invalid_credentials")
    assert stranger.post("/api/auth/login", {**login, "password": NEW_PASSWORD}).status_code == 200
    again = stranger.post("/api/auth/reset-password", {"token": token, "password": NEW_PASSWORD})
    assert_problem(again, 400, "invalid_request", "token")


def test_a_known_and_an_unknown_email_get_the_same_answer(
    app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer
) -> None:
    delivered(app, mailer, "camila@example.com")
    mailer.emails_sent.clear()
    known = stranger.post("/api/auth/forgot-password", {"email": "camila@example.com"})
    unknown = stranger.post("/api/auth/forgot-password", {"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 202
    assert known.json == unknown.json
    delivered(app, mailer, "camila@example.com")
    assert [email.to for email in mailer.emails_sent] == ["camila@example.com"]


def test_known_and_unknown_emails_cost_the_same_statements(app: Flask, camila: Phone, stranger: Phone) -> None:
    from tests.api.test_budgets import counted

    def ask(email: str) -> int:
        return len(counted(app, lambda: stranger.post("/api/auth/forgot-password", {"email": email})))

    assert ask("camila@example.com") == ask("nobody@example.com")


def test_many_requests_are_one_mail(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    delivered(app, mailer, "camila@example.com")
    mailer.emails_sent.clear()
    with time_machine.travel("2026-11-24 12:00:00+00:00", tick=False):
        for _ in range(5):
            stranger.post("/api/auth/forgot-password", {"email": "Camila@Example.com"})
        assert len(delivered(app, mailer, "camila@example.com")) == 1


def test_a_link_lives_an_hour(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    token = reset_token(app, stranger, mailer)
    with time_machine.travel(now() + timedelta(hours=1, seconds=1)):
        body = {"token": token, "password": NEW_PASSWORD}
        assert_problem(stranger.post("/api/auth/reset-password", body), 400, "invalid_request", "token")


def test_a_reset_voids_the_other_links(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    first = reset_token(app, stranger, mailer)
    with time_machine.travel(now() + timedelta(minutes=6)):
        second = reset_token(app, stranger, mailer)
        assert second != first
        body = {"token": second, "password": NEW_PASSWORD}
        assert stranger.post("/api/auth/reset-password", body).status_code == 204
        body = {"token": first, "password": "otra-guayaba-lenta"}
        assert_problem(stranger.post("/api/auth/reset-password", body), 400, "invalid_request", "token")


def test_a_link_is_good_for_its_own_purpose(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    [verifying] = delivered(app, mailer, "camila@example.com")
    body = {"token": verifying, "password": NEW_PASSWORD}
    assert_problem(stranger.post("/api/auth/reset-password", body), 400, "invalid_request", "token")
    resetting = reset_token(app, stranger, mailer)
    assert_problem(stranger.post("/api/auth/verify-email", {"token": resetting}), 400, "invalid_request", "token")


def test_the_database_keeps_no_secret(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    token = reset_token(app, stranger, mailer)
    with app.app_context():
        assert db.session.get(EmailLink, token) is None
        rows = db.session.scalars(db.select(OutboxMail)).all()
        assert not any(token in str(row.context) for row in rows)


def guest_order(app: Flask, email: str) -> None:
    with app.app_context():
        order = Order(token_digest="t" * 64, email=email, language="es", currency="COP", subtotal_minor=0,
                      discount_minor=0, shipping_minor=0, tax_minor=0, total_minor=0, quote_hash="",
                      placed_at=now())  # fmt: skip
        db.session.add(order)
        db.session.commit()


def test_a_verified_email_adopts_its_guest_orders(
    app: Flask, camila: Phone, diego: Phone, stranger: Phone, mailer: KeepingMailer
) -> None:
    guest_order(app, "camila@example.com")
    assert camila.get("/api/orders").json["total"] == 0
    [token] = delivered(app, mailer, "camila@example.com")
    assert stranger.post("/api/auth/verify-email", {"token": token}).status_code == 204
    assert camila.get("/api/orders").json["total"] == 1
    assert diego.get("/api/orders").json["total"] == 0
    assert camila.get("/api/me").json["emailVerified"] is True
    assert_problem(stranger.post("/api/auth/verify-email", {"token": token}), 400, "invalid_request", "token")


def test_the_confirming_link_can_be_sent_again(app: Flask, camila: Phone, mailer: KeepingMailer) -> None:
    delivered(app, mailer, "camila@example.com")
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert camila.post("/api/auth/resend-verification").status_code == 202
        assert len(delivered(app, mailer, "camila@example.com")) == 2


def test_who_is_verified_gets_no_more_links(app: Flask, camila: Phone, mailer: KeepingMailer) -> None:
    [token] = delivered(app, mailer, "camila@example.com")
    camila.post("/api/auth/verify-email", {"token": token})
    with time_machine.travel(now() + timedelta(minutes=6)):
        camila.post("/api/auth/resend-verification")
        assert len(delivered(app, mailer, "camila@example.com")) == 1


@pytest.mark.parametrize("body", [{"email": "no"}, {"email": ""}, {}, {"email": 1}])
def test_who_forgot_must_be_an_address(stranger: Phone, body: dict[str, object]) -> None:
    assert_problem(stranger.post("/api/auth/forgot-password", body), 400, "invalid_request", "email")


def browse(app: Flask, method: str, path: str, **options: object) -> tuple[int, str, str]:
    """Open a page in a new browser and return status, text and where it leads."""
    response = app.test_client().open(path, method=method, **options)
    return response.status_code, response.get_data(as_text=True), response.headers.get("Location", "")


@pytest.mark.options(wtf_csrf_enabled=False)  # that forms ask for their token is tested where pages are
def test_the_page_of_the_reset_link(app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer) -> None:
    token = reset_token(app, stranger, mailer)
    status, text, _ = browse(app, "GET", f"/reset-password?token={token}")
    assert status == 200
    assert token in text
    assert browse(app, "POST", "/reset-password", data={"token": token, "password": "corta"})[0] == 422
    form = {"token": token, "password": NEW_PASSWORD}
    assert browse(app, "POST", "/reset-password", data=form)[::2] == (303, "/login")
    assert browse(app, "POST", "/reset-password", data=form)[0] == 410
    assert browse(app, "GET", f"/reset-password?token={token}")[0] == 410
    assert_problem(camila.get("/api/me"), 401, "token_revoked")


@pytest.mark.options(wtf_csrf_enabled=False)  # that forms ask for their token is tested where pages are
def test_the_page_of_the_confirming_link(app: Flask, camila: Phone, mailer: KeepingMailer) -> None:
    [token] = delivered(app, mailer, "camila@example.com")
    page, form = f"/verify-email?token={token}", {"token": token}
    hers = app.test_client()
    assert hers.post("/login", data={"email": "camila@example.com", "password": PASSWORD}).status_code == 303
    for _ in range(2):  # looking at it, as mail programs do, does not use it up
        assert hers.get(page).status_code == 200
    assert hers.post("/verify-email", data=form).location == "/"
    assert hers.post("/verify-email", data=form).status_code == 410
    assert hers.get(page).status_code == 410
    assert is_verified(app, "camila@example.com")


@pytest.mark.options(wtf_csrf_enabled=False)  # that forms ask for their token is tested where pages are
def test_a_click_in_the_mail_alone_gives_orders_to_nobody(app: Flask, camila: Phone, mailer: KeepingMailer) -> None:
    """Whoever opened an account with somebody else's address waits for exactly that click."""
    [token] = delivered(app, mailer, "camila@example.com")
    assert browse(app, "GET", f"/verify-email?token={token}")[2].startswith("/login?next=/verify-email")
    assert browse(app, "POST", "/verify-email", data={"token": token})[2].startswith("/login?next=/verify-email")
    other = app.test_client()
    names = {"first_name": "Luz", "last_name": "Peña"}
    other.post("/register", data={"email": "luz@example.com", "password": PASSWORD, **names})
    assert other.post("/verify-email", data={"token": token}).location == "/account/profile"
    assert not is_verified(app, "camila@example.com")


def is_verified(app: Flask, email: str) -> bool:
    """Return whether an address was confirmed."""
    with app.app_context():
        return db.session.scalar(db.select(Customer.email_verified_at).filter_by(email=email)) is not None


@pytest.mark.options(wtf_csrf_enabled=False)  # that forms ask for their token is tested where pages are
def test_the_page_of_who_forgot(app: Flask, camila: Phone, mailer: KeepingMailer) -> None:
    assert browse(app, "GET", "/forgot-password")[0] == 200
    assert browse(app, "POST", "/forgot-password", data={"email": "no"})[0] == 422
    delivered(app, mailer, "camila@example.com")
    mailer.emails_sent.clear()
    for email in ("camila@example.com", "nobody@example.com"):
        assert browse(app, "POST", "/forgot-password", data={"email": email})[::2] == (303, "/login")
    assert len(delivered(app, mailer, "camila@example.com")) == 1


def test_mail_to_an_unconfirmed_address_says_nothing_that_a_stranger_typed(
    app: Flask, stranger: Phone, mailer: KeepingMailer
) -> None:
    """Otherwise the shop would send anybody's text to anybody; a confirmed owner is greeted by name."""
    names = {"firstName": "Gana un millón en evil.example", "lastName": "Ya"}
    stranger.post("/api/auth/register", {"email": "victim@example.com", "password": PASSWORD, **names})
    stranger.post("/api/auth/forgot-password", {"email": "victim@example.com"})
    reset = delivered(app, mailer, "victim@example.com")[-1]
    assert len(mailer.emails_sent) == 2
    assert not any("evil.example" in email.text + email.html + email.subject for email in mailer.emails_sent)
    stranger.post("/api/auth/reset-password", {"token": reset, "password": NEW_PASSWORD})
    mailer.emails_sent.clear()
    with time_machine.travel(now() + timedelta(minutes=10)):
        stranger.post("/api/auth/forgot-password", {"email": "victim@example.com"})
        delivered(app, mailer, "victim@example.com")
    assert "Hola, Gana un" in mailer.emails_sent[0].text
