"""Where a customer is signed in, and the end of it from another device."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront.clock import now
from storefront.services.accounts import user_agents
from tests.api.conftest import PASSWORD, Phone, assert_problem

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
LOGIN = {"email": "camila@example.com", "password": PASSWORD}


def other(app: Flask, user_agent: str) -> Phone:
    """Return another device of Camila's."""
    phone = Phone(app.test_client())
    return phone.take(phone.post("/api/auth/login", LOGIN, User_Agent=user_agent).json)


def test_the_list_names_each_and_marks_the_asking_one(app: Flask, camila: Phone, diego: Phone) -> None:
    phone = other(app, "FitAiid/2.1 (iPhone; iOS 18)")
    assert camila.get("/api/me/devices").json["items"][0]["current"] is True
    items = phone.get("/api/me/devices", Accept_Language="en").json["items"]
    assert [(item["name"], item["kind"], item["current"]) for item in items] == [
        ("FitAiid app on iPhone", "app", True),
        ("Werkzeug app", "app", False),
    ]
    assert set(items[0]) == {"deviceId", "name", "kind", "signedInAt", "lastSeenAt", "current"}


def test_one_is_ended_and_nobody_elses_can_be(app: Flask, camila: Phone, diego: Phone) -> None:
    phone = other(app, ANDROID)
    (own,) = [item for item in camila.get("/api/me/devices").json["items"] if not item["current"]]
    path = f"/api/me/devices/{own['deviceId']}"
    assert_problem(diego.delete(path), 404, "not_found")
    assert phone.get("/api/me").status_code == 200
    assert camila.delete(path).status_code == 204
    assert_problem(phone.get("/api/me"), 401, "token_revoked")
    refresh = phone.post("/api/auth/refresh", Authorization=f"Bearer {phone.refresh}")
    assert_problem(refresh, 401, "token_revoked")
    assert_problem(camila.delete(path), 404, "not_found")
    assert len(camila.get("/api/me/devices").json["items"]) == 1
    own = camila.get("/api/me/devices").json["items"][0]["deviceId"]
    assert camila.delete(f"/api/me/devices/{own}").status_code == 204
    assert_problem(camila.get("/api/me"), 401, "token_revoked")


@pytest.mark.parametrize(("path", "is_over"), [("/api/auth/logout-all", True), ("/api/auth/logout-others", False)])
def test_all_are_ended_with_this_one_or_without(
    app: Flask, camila: Phone, diego: Phone, path: str, is_over: bool
) -> None:
    phones = [other(app, ANDROID) for _ in range(2)]
    assert camila.post(path).status_code == 204
    for phone in phones:
        assert_problem(phone.get("/api/me"), 401, "token_revoked")
    assert camila.get("/api/me").status_code == (401 if is_over else 200)
    assert diego.get("/api/me").status_code == 200


def test_a_refresh_is_a_sign_of_life(app: Flask, camila: Phone, stranger: Phone) -> None:
    with time_machine.travel(now() + timedelta(days=2)):
        fresh = stranger.post("/api/auth/refresh", Authorization=f"Bearer {camila.refresh}").json
        (item,) = stranger.take(fresh).get("/api/me/devices").json["items"]
    assert item["lastSeenAt"] > item["signedInAt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ANDROID, ("Chrome", "Android")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1", ("Safari", "iPhone")),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.1; rv:132.0) Gecko/20100101 Firefox/132.0", ("Firefox", "Mac")),
        ("Mozilla/5.0 (Linux; Android 13) SamsungBrowser/26.0 Chrome/122.0", ("Samsung Internet", "Android")),
        ("okhttp/4.12.0", ("okhttp", "Android")),
        ("FitAiid/7 CFNetwork/1568 Darwin/24.0", ("FitAiid", "iPhone")),
        ("curl/8.5.0", ("curl", "")),
        ("", ("", "")),
        ("<script>alert(1)</script>", ("", "")),
        ("x" * 100_000, ("x" * 40, "")),
    ],
)  # fmt: skip
def test_what_a_client_calls_itself(text: str, expected: tuple[str, str]) -> None:
    assert user_agents.read(text) == expected
