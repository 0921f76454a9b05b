"""The library of a phone: what is listed, the link that needs no token, and every way it refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.download import Entitlement
from storefront.domain.order import Order
from tests.api.conftest import DUMBBELLS, GUIDE, Phone, assert_problem, purchase
from tests.factories import moment
from tests.fakes import FakeGateway

ITEM_KEYS = {
    "entitlementId", "productId", "name", "fileName", "format", "sizeBytes", "downloadsLeft", "expiresAt", "source",
    "status", "orderNumber",
}  # fmt: skip


def buy(phone: Phone, gateway: FakeGateway, *slugs: str) -> dict[str, Any]:
    """Buy goods and come back from the payment page."""
    items = [{"productId": slug, "quantity": 1} for slug in slugs]
    started = phone.post("/api/checkout/create-session", purchase(items=items, digitalConsent=True))
    assert started.status_code == 201, started.json
    gateway.pay(started.json["sessionId"])
    assert phone.get(f"/api/checkout/session/{started.json['sessionId']}").json["paymentStatus"] == "paid"
    return dict(started.json)


def change(app: Flask, **values: object) -> None:
    with app.app_context():
        with transaction():
            db.session.execute(update(Entitlement).values(**values))
        db.session.remove()


def only_file(phone: Phone) -> dict[str, Any]:
    (item,) = phone.get("/api/library").json["items"]
    return dict(item)


def link_of(phone: Phone) -> str:
    return f"/api/library/{only_file(phone)['entitlementId']}/download-link"


def test_an_empty_library(camila: Phone) -> None:
    response = camila.get("/api/library")
    assert (response.status_code, response.json) == (200, {"items": []})


def test_the_library_lists_one_row_a_file(camila: Phone, gateway: FakeGateway, product_ids: dict[str, str]) -> None:
    started = buy(camila, gateway, "plan-fuerza-12-semanas", GUIDE, DUMBBELLS)
    items = camila.get("/api/library").json["items"]
    assert len(items) == 3
    guide = items[0]
    assert set(guide) == ITEM_KEYS
    assert guide["productId"] == product_ids[GUIDE]
    assert guide["name"] == "Guía de movilidad en 15 minutos"
    assert guide["fileName"] == "Guía de movilidad en 15 minutos.pdf"
    assert (guide["format"], guide["source"], guide["status"]) == ("pdf", "order", "ready")
    assert guide["downloadsLeft"] == 5
    assert 1000 < guide["sizeBytes"] < 100_000
    assert guide["expiresAt"].endswith("Z")
    assert guide["orderNumber"] == started["orderNumber"]
    assert sorted(item["format"] for item in items[1:]) == ["pdf", "zip"]
    english = camila.get("/api/library", Accept_Language="en").json["items"]
    assert {item["name"] for item in english} == {"12-week strength plan", "15-minute mobility guide"}


def test_the_link_downloads_without_a_token(app: Flask, camila: Phone, stranger: Phone, gateway: FakeGateway) -> None:
    """In parts too; the use shows in the list."""
    buy(camila, gateway, GUIDE)
    response = camila.post(link_of(camila))
    assert response.status_code == 200
    assert set(response.json) == {"url", "expiresAt"}
    lives = datetime.fromisoformat(response.json["expiresAt"]) - clock.now()
    assert timedelta(minutes=9) < lives <= timedelta(minutes=10)
    address = response.json["url"].removeprefix("http://localhost")
    assert address.startswith("/downloads/")
    size = only_file(camila)["sizeBytes"]
    first = stranger.get(address, Range="bytes=0-99")
    rest = stranger.get(address, Range="bytes=100-")
    assert (first.status_code, rest.status_code) == (206, 206)
    assert len(first.data + rest.data) == size
    assert only_file(camila)["downloadsLeft"] == 4
    assert len(stranger.get(address).data) == size
    assert only_file(camila)["downloadsLeft"] == 3


def test_a_link_itself_costs_nothing(camila: Phone, gateway: FakeGateway) -> None:
    buy(camila, gateway, GUIDE)
    links = {camila.post(link_of(camila)).json["url"] for _ in range(10)}
    assert len(links) == 10
    assert only_file(camila)["downloadsLeft"] == 5


@pytest.mark.parametrize(
    ("values", "code", "status"),
    [
        ({"downloads_left": 0}, "download_limit_reached", "used_up"),
        ({"expires_at": moment(1)}, "download_expired", "expired"),
        ({"revoked_at": moment(1)}, "download_revoked", "revoked"),
    ],
)
def test_what_is_over(
    app: Flask, camila: Phone, gateway: FakeGateway, values: dict[str, object], code: str, status: str
) -> None:
    buy(camila, gateway, GUIDE)
    change(app, **values)
    assert only_file(camila)["status"] == status
    problem = assert_problem(camila.post(link_of(camila)), 410, code)
    assert problem["title"] == "Ya no está disponible"
    assert code not in problem["detail"]


def test_somebody_elses_file_is_not_found(camila: Phone, diego: Phone, gateway: FakeGateway) -> None:
    """An unknown id and another customer's answer alike."""
    buy(camila, gateway, GUIDE)
    address = link_of(camila)
    assert diego.get("/api/library").json == {"items": []}
    theirs = assert_problem(diego.post(address), 404, "not_found")
    unknown = assert_problem(diego.post("/api/library/01nothing/download-link"), 404, "not_found")
    assert theirs["detail"] == unknown["detail"]


def test_without_a_token(stranger: Phone) -> None:
    assert_problem(stranger.get("/api/library"), 401, "token_missing")
    assert_problem(stranger.post("/api/library/01nothing/download-link"), 401, "token_missing")


def test_a_link_ends(app: Flask, camila: Phone, stranger: Phone, gateway: FakeGateway) -> None:
    buy(camila, gateway, GUIDE)
    address = camila.post(link_of(camila)).json["url"].removeprefix("http://localhost")
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert stranger.get(address).status_code == 410


def test_digital_goods_need_consent_and_keep_its_text(app: Flask, camila: Phone) -> None:
    """Issue 5, point 5, at the JSON door."""
    body = purchase(items=[{"productId": GUIDE, "quantity": 1}])
    assert_problem(camila.post("/api/checkout/create-session", body), 400, "consent_required")
    assert camila.post("/api/checkout/create-session", body | {"digitalConsent": True}).status_code == 201
    with app.app_context():
        kept = db.session.scalar(select(Order.consent))
        db.session.remove()
    assert kept is not None
    assert set(kept) == {"version", "text", "language", "at"}
    assert kept["text"].startswith("Quiero recibir")
