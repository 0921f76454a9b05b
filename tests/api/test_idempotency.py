"""The same request twice: one order, one answer, whoever is in a hurry."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from storefront.api import problems
from storefront.clock import now
from storefront.database import db
from storefront.domain.customer import Customer, Login
from storefront.domain.idempotency import IdempotencyRecord
from storefront.domain.inventory import Stock
from storefront.domain.order import Order
from storefront.errors import IdempotencyConflict
from storefront.services import idempotency
from storefront.services.accounts import api_logins as logins_of_phones
from storefront.services.accounts import passwords
from storefront.services.payments import checkout_sessions
from tests.api.conftest import DUMBBELLS, PASSWORD, URLS, Phone, assert_problem, purchase, registered
from tests.conftest import _opened, build
from tests.fakes import FakeGateway

SESSION = "/api/checkout/create-session"
NEW = {"email": "nueva@example.com", "password": PASSWORD, "firstName": "Ana", "lastName": "Gil"}


def count(app: Flask, table: Any) -> int:
    with app.app_context():
        found = db.session.scalar(db.select(db.func.count()).select_from(table)) or 0
        db.session.remove()
    return found


def reserved(app: Flask) -> int:
    with app.app_context():
        found = db.session.scalar(db.select(db.func.sum(Stock.reserved))) or 0
        db.session.remove()
    return found


def test_the_same_key_and_body_give_the_same_answer(app: Flask, camila: Phone) -> None:
    first = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    second = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count(app, Order) == 1


def test_without_a_key_twice_is_two(app: Flask, camila: Phone) -> None:
    camila.post(SESSION, purchase())
    camila.post(SESSION, purchase())
    assert count(app, Order) == 2


def test_spaces_and_order_make_no_other_body(camila: Phone) -> None:
    first = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    turned = dict(reversed(purchase().items()))
    assert camila.post(SESSION, turned, Idempotency_Key="k-1").json == first.json


def test_another_body_is_a_conflict(app: Flask, camila: Phone) -> None:
    camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    other = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
    assert_problem(camila.post(SESSION, other, Idempotency_Key="k-1"), 409, "idempotency_conflict")
    assert count(app, Order) == 1


def test_keys_belong_to_their_customer_and_address(app: Flask, camila: Phone, diego: Phone) -> None:
    mine = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    theirs = diego.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert theirs.status_code == 201
    assert theirs.json["orderId"] != mine.json["orderId"]
    paid = camila.post(f"/api/orders/{mine.json['orderId']}/pay", URLS, Idempotency_Key="k-1")
    assert paid.status_code == 201
    assert "Idempotent-Replayed" not in paid.headers


def test_nothing_is_kept_when_the_body_is_refused(app: Flask, camila: Phone) -> None:
    assert camila.post(SESSION, {"x": 1}, Idempotency_Key="k-1").status_code == 400
    assert count(app, IdempotencyRecord) == 0
    assert camila.post(SESSION, purchase(), Idempotency_Key="k-1").status_code == 201


def test_a_refusal_of_the_shop_is_repeated(app: Flask, camila: Phone) -> None:
    body = purchase(couponCode="VENCIDO")
    first = camila.post(SESSION, body, Idempotency_Key="k-1")
    second = camila.post(SESSION, body, Idempotency_Key="k-1")
    assert_problem(first, 400, "coupon_expired")
    assert second.json == first.json
    assert second.mimetype == problems.PROBLEM
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.options(propagate_exceptions=False)
def test_a_fault_of_ours_is_not_kept(app: Flask, camila: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(checkout_sessions, "open_session", broken)
        assert camila.post(SESSION, purchase(), Idempotency_Key="k-1").status_code == 500
    other = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
    assert_problem(camila.post(SESSION, other, Idempotency_Key="k-1"), 409, "idempotency_conflict")
    again = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert (count(app, Order), reserved(app)) == (1, 2)


@pytest.mark.parametrize("after_work", [False, True])
def test_after_a_silent_stripe_the_same_key_finds_the_same_order(
    app: Flask, camila: Phone, gateway: FakeGateway, after_work: bool
) -> None:
    gateway.go_silent(3, after_work=after_work)
    for _ in range(3):
        assert_problem(camila.post(SESSION, purchase(), Idempotency_Key="k-1"), 500, "payment_provider_error")
    assert reserved(app) == 2
    started = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert started.status_code == 201
    assert "Idempotent-Replayed" not in started.headers
    assert (count(app, Order), reserved(app), len(gateway.pages)) == (1, 2, 1)
    other = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
    assert_problem(camila.post(SESSION, other, Idempotency_Key="k-1"), 409, "idempotency_conflict")


def test_after_silence_another_body_is_still_a_conflict(camila: Phone, gateway: FakeGateway) -> None:
    gateway.go_silent()
    camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    other = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
    assert_problem(camila.post(SESSION, other, Idempotency_Key="k-1"), 409, "idempotency_conflict")


def test_without_a_key_a_retry_after_silence_holds_twice(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    """The control: this is what the key prevents; the sweeper ends the first order later."""
    gateway.go_silent()
    camila.post(SESSION, purchase())
    camila.post(SESSION, purchase())
    assert reserved(app) == 4


def test_a_page_about_to_expire_is_not_handed_out_again(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    gateway.go_silent(after_work=True)
    camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    with time_machine.travel(now() + timedelta(minutes=30)):
        phone = registered_again(app)
        started = phone.post(SESSION, purchase(), Idempotency_Key="k-1")
        assert started.status_code == 201
    assert (count(app, Order), reserved(app)) == (2, 2)


def test_keys_are_forgotten_after_a_day(app: Flask, camila: Phone) -> None:
    first = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    with time_machine.travel(now() + timedelta(hours=24, minutes=1)):
        with app.app_context():
            assert idempotency.forget_old() == 1
            assert idempotency.forget_old() == 0
        phone = registered_again(app)
        second = phone.post(SESSION, purchase(), Idempotency_Key="k-1")
        assert second.status_code == 201
        assert second.json["orderId"] != first.json["orderId"]


def test_an_old_key_is_free_even_before_it_is_forgotten(app: Flask, camila: Phone) -> None:
    camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    with time_machine.travel(now() + timedelta(hours=24, minutes=1)):
        other = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
        assert registered_again(app).post(SESSION, other, Idempotency_Key="k-1").status_code == 201


def test_a_claim_whose_process_died_is_released(app: Flask) -> None:
    with app.app_context():
        lost = idempotency.claim("me", "k", "body")
        with pytest.raises(IdempotencyConflict):
            idempotency.claim("me", "k", "body")
        with time_machine.travel(now() + timedelta(minutes=5, seconds=1)):
            taken = idempotency.claim("me", "k", "body")
            with pytest.raises(IdempotencyConflict):
                idempotency.claim("me", "k", "other")
            idempotency.keep(taken, 201, {"by": "the second"})
            idempotency.keep(lost, 201, {"by": "the first, come back to life"})
            assert idempotency.claim("me", "k", "body").body == {"by": "the second"}


@pytest.mark.parametrize("key", ["", "ñ".encode().decode("latin-1"), "a" * 256, "a\tb", "a\x7f"])
def test_keys_that_are_none(camila: Phone, key: str) -> None:
    assert_problem(camila.post(SESSION, purchase(), Idempotency_Key=key), 400, "invalid_request", "Idempotency-Key")


def test_long_keys(camila: Phone) -> None:
    assert camila.post(SESSION, purchase(), Idempotency_Key=" ~" + "a" * 253).status_code == 201


def test_a_repeated_registration_signs_in_and_stores_no_secret(app: Flask, stranger: Phone) -> None:
    first = stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
    second = stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
    assert first.status_code == second.status_code == 201
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json["user"] == first.json["user"]
    assert set(second.json) == set(first.json)
    assert stranger.take(second.json).get("/api/me").status_code == 200
    with app.app_context():
        [record] = db.session.scalars(db.select(IdempotencyRecord))
        stored = str(record.body) + record.fingerprint
        assert "accessToken" not in stored
        assert "refreshToken" not in stored
        assert PASSWORD not in stored
        assert db.session.scalar(db.select(db.func.count()).where(Customer.email == NEW["email"])) == 1


OTHER_PASSWORD = "otra-guayaba-lenta"


def logins(app: Flask) -> int:
    return count(app, Login)


def changed_password(app: Flask) -> None:
    with app.app_context():
        customer_id = db.session.scalar(db.select(Customer.id).where(Customer.email == NEW["email"])) or ""
        passwords.change_password(customer_id, current=PASSWORD, new=OTHER_PASSWORD)
        db.session.remove()


def test_a_repeated_registration_is_nothing_after_the_password_changed(app: Flask, stranger: Phone) -> None:
    stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
    changed_password(app)
    assert count(app, IdempotencyRecord) == 0
    before = logins(app)
    assert_problem(stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1"), 409, "email_taken")
    assert logins(app) == before


def test_even_an_answer_that_was_not_dropped_needs_the_password_of_today(
    app: Flask, stranger: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "forget_answers", lambda _customer_id: None)
    stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
    changed_password(app)
    before = logins(app)
    for _ in range(2):
        refused = stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
        assert_problem(refused, 401, "invalid_credentials")
    assert logins(app) == before


def test_after_the_account_was_closed_its_registration_opens_a_new_one(app: Flask, stranger: Phone) -> None:
    first = stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1").json
    phone = Phone(app.test_client()).take(first)
    assert phone.post("/api/me/close", {"password": PASSWORD}).status_code == 204
    assert count(app, IdempotencyRecord) == 0
    again = stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
    assert "Idempotent-Replayed" not in again.headers
    assert again.json["user"]["userId"] != first["user"]["userId"]


def test_a_new_password_drops_what_was_answered_and_buys_nothing_twice(app: Flask, stranger: Phone) -> None:
    phone = Phone(app.test_client()).take(stranger.post("/api/auth/register", NEW).json)
    first = phone.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert count(app, IdempotencyRecord) == 1
    changed_password(app)
    assert count(app, IdempotencyRecord) == 0
    credentials = {"email": NEW["email"], "password": OTHER_PASSWORD}
    phone.take(phone.post("/api/auth/login", credentials, Authorization="").json)
    second = phone.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert (second.status_code, second.json["orderId"]) == (201, first.json["orderId"])
    assert count(app, Order) == 1


def test_no_stored_answer_holds_anything_about_a_person(app: Flask, stranger: Phone) -> None:
    phone = Phone(app.test_client()).take(stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1").json)
    phone.post(SESSION, purchase(), Idempotency_Key="k-1")
    with app.app_context():
        records = db.session.scalars(db.select(IdempotencyRecord)).all()
        assert {record.customer_id for record in records} == {phone.user["userId"]}
        for record in records:
            stored = str(record.body).lower()
            assert not [word for word in ("token", "nueva@", "gil", "torres", "calle", "+57") if word in stored]


def test_a_registration_with_another_password_is_a_conflict(stranger: Phone) -> None:
    stranger.post("/api/auth/register", NEW, Idempotency_Key="k-1")
    other = NEW | {"password": "otra-guayaba-lenta"}
    refused = stranger.post("/api/auth/register", other, Idempotency_Key="k-1")
    assert_problem(refused, 409, "idempotency_conflict")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def busy(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Return a shop on each database, outside any context: threads bring their own."""
    yield from _opened(build(request.getfixturevalue(f"{request.param}_url")))


@pytest.mark.concurrency
def test_many_at_once_make_one_order(busy: Flask) -> None:
    phone = registered(busy, "camila@example.com")
    answers = at_once(busy, phone, 12, lambda mine, _: mine.post(SESSION, purchase(), Idempotency_Key="k-1"))
    statuses = sorted(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert len({answer.json["orderId"] for answer in answers if answer.status_code == 201}) == 1
    assert count(busy, Order) == 1
    assert reserved(busy) == 2


@pytest.mark.concurrency
def test_without_a_key_many_at_once_make_many_orders(busy: Flask) -> None:
    """The control: the same race without the guard."""
    phone = registered(busy, "camila@example.com")
    answers = at_once(busy, phone, 4, lambda mine, _: mine.post(SESSION, purchase()))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert count(busy, Order) == 4


@pytest.mark.concurrency
def test_of_many_refreshes_at_once_all_get_a_pair_that_works(busy: Flask) -> None:
    phone = registered(busy, "camila@example.com")
    bearer = {"Authorization": f"Bearer {phone.refresh}"}
    answers = at_once(busy, phone, 8, lambda mine, _: mine.post("/api/auth/refresh", **bearer))
    assert [answer.status_code for answer in answers] == [200] * 8
    for answer in answers:
        other = Phone(busy.test_client()).take(answer.json)
        assert other.get("/api/me").status_code == 200
        again = other.post("/api/auth/refresh", Authorization=f"Bearer {other.refresh}")
        assert again.status_code == 200, "whichever answer the phone kept"


@pytest.mark.concurrency
def test_without_the_moment_for_lost_answers_they_end_the_login(busy: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the same race did."""
    monkeypatch.setattr(logins_of_phones, "LOST_ANSWER", timedelta(seconds=-60))
    phone = registered(busy, "camila@example.com")
    bearer = {"Authorization": f"Bearer {phone.refresh}"}
    answers = at_once(busy, phone, 8, lambda mine, _: mine.post("/api/auth/refresh", **bearer))
    assert [answer.status_code for answer in answers].count(200) <= 1
    assert_problem(phone.get("/api/me"), 401, "token_revoked")


def at_once(app: Flask, phone: Phone, many: int, act: Callable[[Phone, int], TestResponse]) -> list[TestResponse]:
    """Let many threads, each with its own client, act at the same moment."""
    gate, answers = threading.Barrier(many), []

    def run(number: int) -> None:
        mine = Phone(app.test_client(), phone.token)
        gate.wait()
        answers.append(act(mine, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def registered_again(app: Flask) -> Phone:
    phone = Phone(app.test_client())
    return phone.take(phone.post("/api/auth/login", {"email": "camila@example.com", "password": PASSWORD}).json)
