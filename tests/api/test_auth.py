"""Accounts and tokens: in, on, out, and what an attacker would try with a token."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from argon2 import PasswordHasher, extract_parameters
from flask import Flask

from storefront.clock import now
from storefront.database import db
from storefront.domain.customer import Login
from storefront.services.accounts import authentication
from tests.api.conftest import DUMBBELLS, PASSWORD, Phone, assert_problem, registered
from tests.statements import Statements

LOGIN = {"email": "camila@example.com", "password": PASSWORD}
NEW = {"email": "Nueva@Example.com", "password": PASSWORD, "firstName": " Ana ", "lastName": "Gil"}


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def signed(app: Flask, claims: dict[str, Any], *, key: str | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key or app.extensions["settings"].JWT_SECRET_KEY, algorithm=algorithm)


def forged(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join((*parts, signature))


def test_registration_signs_in(stranger: Phone) -> None:
    response = stranger.post("/api/auth/register", NEW)
    assert response.status_code == 201
    body = response.json
    assert set(body) == {"accessToken", "refreshToken", "tokenType", "expiresIn", "user"}
    assert (body["tokenType"], body["expiresIn"]) == ("Bearer", 900)
    assert body["user"]["email"] == "nueva@example.com"
    assert body["user"]["firstName"] == "Ana"
    assert body["user"]["emailVerified"] is False
    assert stranger.take(body).get("/api/me").json == body["user"]


def test_a_taken_email_is_a_conflict(camila: Phone, stranger: Phone) -> None:
    body = {**NEW, "email": "CAMILA@example.com"}
    assert_problem(stranger.post("/api/auth/register", body), 409, "email_taken")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "corta"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": 12345678}, "password"),
        ({"email": "no"}, "email"),
        ({"email": ""}, "email"),
        ({"firstName": "  "}, "firstName"),
        ({"lastName": "x" * 61}, "lastName"),
        ({"isStaff": True}, "isStaff"),
        ({"userId": "1"}, "userId"),
        ({"emailVerified": True}, "emailVerified"),
    ],
)
def test_a_registration_that_cannot_be(stranger: Phone, changes: dict[str, Any], field: str) -> None:
    assert_problem(stranger.post("/api/auth/register", NEW | changes), 400, "invalid_request", field)


def test_login(camila: Phone, stranger: Phone) -> None:
    response = stranger.post("/api/auth/login", LOGIN)
    assert response.status_code == 200
    assert set(response.json) == {"accessToken", "refreshToken", "tokenType", "expiresIn", "user"}
    claims = claims_of(response.json["accessToken"])
    assert claims["iss"] == claims["aud"] == "fitaiid"
    assert claims["exp"] - claims["iat"] == 900
    assert claims["type"] == "access"
    assert claims["sub"] == camila.user["userId"]


@pytest.mark.parametrize(
    "body", [{**LOGIN, "password": "wrong"}, {**LOGIN, "email": "nobody@example.com"}, {**LOGIN, "password": "x" * 200}]
)
def test_wrong_credentials_say_nothing_more(camila: Phone, stranger: Phone, body: dict[str, Any]) -> None:
    problem = assert_problem(stranger.post("/api/auth/login", body), 401, "invalid_credentials")
    assert problem["detail"] == "El correo y la contraseña no coinciden."


def test_a_known_and_an_unknown_email_cost_the_same_work(
    camila: Phone, stranger: Phone, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is counted, not timed: the same hash, as dear, once for each, and the same statements."""
    verify, hashed = PasswordHasher.verify, []

    def counted(self: PasswordHasher, stored: str, password: str) -> bool:
        hashed.append(extract_parameters(stored))
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    work = []
    for email in ("warm-up@example.com", "camila@example.com", "nobody@example.com"):
        hashed.clear()
        statements.clear()
        stranger.post("/api/auth/login", {"email": email, "password": "wrong"})
        work.append((list(hashed), list(statements)))
    _, known, unknown = work
    assert len(known[0]) == 1
    assert known == unknown


def test_refresh_rotates(camila: Phone, stranger: Phone) -> None:
    response = stranger.post("/api/auth/refresh", Authorization=f"Bearer {camila.refresh}")
    assert response.status_code == 200
    assert set(response.json) == {"accessToken", "refreshToken", "tokenType", "expiresIn", "user"}
    assert response.json["refreshToken"] != camila.refresh
    assert camila.take(response.json).get("/api/me").status_code == 200


def refreshed(phone: Phone, token: str) -> Phone:
    """Return a phone with what a refresh token is exchanged for."""
    answer = phone.post("/api/auth/refresh", Authorization=f"Bearer {token}")
    assert answer.status_code == 200, answer.json
    return Phone(phone.client).take(answer.json)


def test_a_lost_answer_signs_no_phone_out(camila: Phone, stranger: Phone) -> None:
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        first = refreshed(stranger, camila.refresh)
        clock.move_to(start + timedelta(seconds=29))
        second = refreshed(stranger, camila.refresh)
        assert second.get("/api/me").status_code == first.get("/api/me").status_code == 200
        third = refreshed(stranger, second.refresh)
        assert refreshed(stranger, first.refresh).get("/api/me").status_code == 200, "either answer may be kept"
        late = refreshed(stranger, camila.refresh)
        assert claims_of(late.refresh)["jti"] == claims_of(third.refresh)["jti"], "the key in use, not another one"
        clock.move_to(start + timedelta(minutes=5))
        assert refreshed(stranger, late.refresh).get("/api/me").status_code == 200


def test_while_the_secret_is_rotated_a_lost_answer_is_still_found(app: Flask, camila: Phone, stranger: Phone) -> None:
    refreshed(stranger, camila.refresh)
    settings = app.extensions["settings"]
    settings.JWT_SECRET_KEY_FALLBACKS = [settings.JWT_SECRET_KEY]
    settings.JWT_SECRET_KEY = "a-new-secret-of-a-good-length-0123456789"
    assert refreshed(stranger, camila.refresh).refresh


def test_a_refresh_token_used_again_later_ends_the_login(camila: Phone, stranger: Phone) -> None:
    fresh = stranger.post("/api/auth/refresh", Authorization=f"Bearer {camila.refresh}").json
    old = {"Authorization": f"Bearer {camila.refresh}"}
    with time_machine.travel(now() + timedelta(seconds=31)):
        assert_problem(stranger.post("/api/auth/refresh", **old), 401, "token_revoked")
    new = {"Authorization": f"Bearer {fresh['refreshToken']}"}
    assert_problem(stranger.post("/api/auth/refresh", **new), 401, "token_revoked")
    assert_problem(stranger.get("/api/me", Authorization=f"Bearer {fresh['accessToken']}"), 401, "token_revoked")
    assert_problem(camila.get("/api/me"), 401, "token_revoked")


def test_reuse_ends_only_its_own_login(camila: Phone, stranger: Phone) -> None:
    other = stranger.post("/api/auth/login", LOGIN).json
    stranger.post("/api/auth/refresh", Authorization=f"Bearer {camila.refresh}")
    with time_machine.travel(now() + timedelta(seconds=31)):
        stranger.post("/api/auth/refresh", Authorization=f"Bearer {camila.refresh}")
    assert_problem(camila.get("/api/me"), 401, "token_revoked")
    assert stranger.get("/api/me", Authorization=f"Bearer {other['accessToken']}").status_code == 200


def test_logout_ends_both_tokens(camila: Phone, stranger: Phone) -> None:
    response = camila.post("/api/auth/logout")
    assert (response.status_code, response.data) == (204, b"")
    assert_problem(camila.get("/api/me"), 401, "token_revoked")
    refresh = {"Authorization": f"Bearer {camila.refresh}"}
    assert_problem(stranger.post("/api/auth/refresh", **refresh), 401, "token_revoked")


def test_tokens_expire(app: Flask, camila: Phone, stranger: Phone) -> None:
    with time_machine.travel(now() + timedelta(minutes=15, seconds=11)):
        assert_problem(camila.get("/api/me"), 401, "token_expired")
        fresh = stranger.post("/api/auth/refresh", Authorization=f"Bearer {camila.refresh}")
        assert fresh.status_code == 200
    with time_machine.travel(now() + timedelta(days=31)):
        expired = {"Authorization": f"Bearer {fresh.json['refreshToken']}"}
        assert_problem(stranger.post("/api/auth/refresh", **expired), 401, "token_expired")


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (8, True), (12, False)])
def test_machines_whose_clocks_differ_a_little_take_each_other_s_tokens(
    app: Flask, camila: Phone, stranger: Phone, seconds: int, is_taken: bool
) -> None:
    claims, moment = claims_of(camila.token), int(now().timestamp())
    skewed = {
        "expired": claims | {"exp": moment - seconds},
        "not issued yet": claims | {"iat": moment + seconds},
        "not valid yet": claims | {"nbf": moment + seconds},
    }
    for name, changed in skewed.items():
        answer = stranger.get("/api/me", Authorization=f"Bearer {signed(app, changed)}")
        assert answer.status_code == (200 if is_taken else 401), name
        if not is_taken:
            assert answer.json["code"] == ("token_expired" if name == "expired" else "token_invalid")
    refresh = claims_of(camila.refresh) | {"iat": moment + seconds, "nbf": moment + seconds}
    answer = stranger.post("/api/auth/refresh", Authorization=f"Bearer {signed(app, refresh)}")
    assert answer.status_code == (200 if is_taken else 401)


def test_a_login_that_is_over_says_so(app: Flask, camila: Phone, stranger: Phone) -> None:
    with app.app_context():
        db.session.execute(db.update(Login).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert_problem(camila.get("/api/me"), 401, "token_expired")
    refresh = {"Authorization": f"Bearer {camila.refresh}"}
    assert_problem(stranger.post("/api/auth/refresh", **refresh), 401, "token_expired")


def test_however_often_refreshed_a_login_ends(app: Flask, camila: Phone, stranger: Phone) -> None:
    with app.app_context():
        db.session.execute(db.update(Login).values(created_at=now() - timedelta(days=181)))
        db.session.commit()
    refresh = {"Authorization": f"Bearer {camila.refresh}"}
    assert_problem(stranger.post("/api/auth/refresh", **refresh), 401, "token_revoked")


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Token x"])
def test_without_a_token(stranger: Phone, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert_problem(stranger.get("/api/me", **headers), 401, "token_missing")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "Bearer x, Bearer y"])
def test_with_a_header_that_is_none(stranger: Phone, header: str) -> None:
    response = stranger.get("/api/me", Authorization=header)
    assert response.status_code == 401
    assert response.json["code"] in ("token_invalid", "token_missing")


def attacks(app: Flask, phone: Phone) -> dict[str, str]:
    """Return every token that must not open the door."""
    claims = claims_of(phone.token)
    head, body, signature = phone.token.split(".")
    without = {name: {key: value for key, value in claims.items() if key != name} for name in claims}
    tokens = {
        "alg none": forged({"alg": "none", "typ": "JWT"}, claims),
        "alg None": forged({"alg": "None", "typ": "JWT"}, claims),
        "alg none, signature kept": forged({"alg": "none", "typ": "JWT"}, claims, signature),
        "no signature": f"{head}.{body}.",
        "changed body": f"{head}.{forged({}, claims | {'sub': 'x'}).split('.')[1]}.{signature}",
        "other key": signed(app, claims, key="another-secret-of-a-good-length-0123456789"),
        "cookie key": signed(app, claims, key=app.extensions["settings"].SECRET_KEY),
        "empty key": forged({"alg": "HS256", "typ": "JWT"}, claims, "AAAA"),
        "HS384": signed(app, claims, algorithm="HS384"),
        "RS256 header": forged({"alg": "RS256", "typ": "JWT"}, claims, signature),
        "unknown crit": jwt.encode(claims, app.extensions["settings"].JWT_SECRET_KEY, headers={"crit": ["x"], "x": 1}),
        "refresh token": phone.refresh,
        "other type": signed(app, claims | {"type": "password"}),
        "wrong issuer": signed(app, claims | {"iss": "fitai"}),
        "issuer with a space": signed(app, claims | {"iss": "fitaiid "}),
        "wrong audience": signed(app, claims | {"aud": "other"}),
        "audience list": signed(app, claims | {"aud": ["fitaiid", "other"]}),
        "subject is a number": signed(app, claims | {"sub": 1}),
        "no expiry but null": signed(app, claims | {"exp": None}),
        "expiry is text": signed(app, claims | {"exp": "never"}),
        "not yet": signed(app, claims | {"nbf": claims["exp"] + 3600}),
        "sid is a list": signed(app, claims | {"sid": [claims["sid"]]}),
        "three dots": "...",
        "not base64": "a.b.c",
        "long": "x" * 7000,
        "latin": "ñandú.ñ.ñ".encode().decode("latin-1"),
    }
    required = ("exp", "iss", "aud", "jti", "sub", "sid", "iat")
    return tokens | {f"without {name}": signed(app, without[name]) for name in required}


def test_jwt_attacks(app: Flask, camila: Phone, stranger: Phone) -> None:
    tokens = attacks(app, camila)
    for name, token in tokens.items():
        response = stranger.get("/api/me", Authorization=f"Bearer {token}")
        assert response.status_code == 401, name
        assert response.json["code"] == "token_invalid", name
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="fitaiid", error="invalid_token"'
    assert len(tokens) >= 30
    assert camila.get("/api/me").status_code == 200


def test_an_expired_token_with_a_wrong_signature_is_only_invalid(app: Flask, camila: Phone, stranger: Phone) -> None:
    token = signed(app, claims_of(camila.token) | {"exp": 1}, key="another-secret-of-a-good-length-0123456789")
    assert_problem(stranger.get("/api/me", Authorization=f"Bearer {token}"), 401, "token_invalid")


def test_a_token_of_one_customer_with_the_login_of_another(app: Flask, camila: Phone, diego: Phone) -> None:
    mixed = claims_of(camila.token) | {"sub": diego.user["userId"]}
    token = signed(app, mixed)
    assert_problem(camila.get("/api/me", Authorization=f"Bearer {token}"), 401, "token_revoked")


def test_an_access_token_refreshes_nothing(camila: Phone) -> None:
    assert_problem(camila.post("/api/auth/refresh"), 401, "token_invalid")


def test_a_browsers_login_is_no_phones(app: Flask, camila: Phone) -> None:
    with app.app_context():
        db.session.execute(db.update(Login).values(channel="web"))
        db.session.commit()
    assert_problem(camila.get("/api/me"), 401, "token_revoked")


def test_tokens_travel_in_the_header_only(camila: Phone, stranger: Phone) -> None:
    stranger.client.set_cookie("access_token_cookie", camila.token)
    assert_problem(stranger.get(f"/api/me?jwt={camila.token}&access_token={camila.token}"), 401, "token_missing")


def test_the_api_sets_and_reads_no_cookie(app: Flask, camila: Phone) -> None:
    for response in (camila.get("/api/cart"), camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})):
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


def test_a_new_password_ends_every_login(app: Flask, camila: Phone, stranger: Phone) -> None:
    other = registered_again(stranger)
    with app.app_context():
        browser = authentication.log_in(**LOGIN).secret
    body = {"currentPassword": PASSWORD, "newPassword": "guayaba-en-bicicleta"}
    assert camila.post("/api/me/password", body).status_code == 204
    assert_problem(camila.get("/api/me"), 401, "token_revoked")
    assert_problem(other.get("/api/me"), 401, "token_revoked")
    with app.app_context():
        assert authentication.recognise(browser) is None
    assert_problem(stranger_of(app).post("/api/auth/login", LOGIN), 401, "invalid_credentials")
    assert stranger_of(app).post("/api/auth/login", LOGIN | {"password": "guayaba-en-bicicleta"}).status_code == 200


def test_a_new_password_needs_the_old_one_and_must_be_good(camila: Phone) -> None:
    wrong = {"currentPassword": "not this", "newPassword": "guayaba-en-bicicleta"}
    assert_problem(camila.post("/api/me/password", wrong), 400, "invalid_request", "currentPassword")
    weak = {"currentPassword": PASSWORD, "newPassword": "12345678"}
    assert_problem(camila.post("/api/me/password", weak), 400, "invalid_request", "newPassword")
    assert camila.get("/api/me").status_code == 200


def test_the_profile_changes_by_what_is_given(camila: Phone) -> None:
    changes = {"firstName": " María  José ", "phone": "300 123 45 67", "language": "en", "marketingConsent": True}
    changed = camila.patch("/api/me", changes).json
    assert (changed["firstName"], changed["lastName"]) == ("María José", "Torres")
    assert (changed["phone"], changed["language"], changed["marketingConsent"]) == ("+573001234567", "en", True)
    assert camila.patch("/api/me", {"phone": None}).json["phone"] is None
    assert camila.patch("/api/me", {}).json["firstName"] == "María José"


def test_the_default_address_is_checked_and_can_be_emptied(camila: Phone) -> None:
    from tests.api.conftest import ADDRESS

    kept = camila.patch("/api/me", {"defaultAddress": ADDRESS}).json["defaultAddress"]
    assert (kept["city"], kept["state"], kept["country"]) == ("Bogotá D.C.", "Bogotá D.C.", "CO")
    refused = camila.patch("/api/me", {"defaultAddress": {**ADDRESS, "city": "Macondo"}})
    assert_problem(refused, 400, "invalid_request", "defaultAddress.city")
    assert camila.patch("/api/me", {"defaultAddress": None}).json["defaultAddress"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"firstName": ""}, "firstName"),
        ({"firstName": "1234"}, "firstName"),
        ({"lastName": "x" * 61}, "lastName"),
        ({"phone": "123"}, "phone"),
        ({"language": "fr"}, "language"),
        ({"marketingConsent": "yes"}, "marketingConsent"),
        ({"email": "other@example.com"}, "email"),
        ({"isStaff": True}, "isStaff"),
        ({"userId": "x"}, "userId"),
        ({"emailVerified": True}, "emailVerified"),
    ],
)
def test_a_profile_that_cannot_be(camila: Phone, body: dict[str, Any], field: str) -> None:
    assert_problem(camila.patch("/api/me", body), 400, "invalid_request", field)


def registered_again(phone: Phone) -> Phone:
    return phone.take(phone.post("/api/auth/login", LOGIN).json)


def stranger_of(app: Flask) -> Phone:
    return Phone(app.test_client())


__all__ = ["registered"]


@pytest.mark.parametrize(
    "email", ["josé@example.com", "=?utf-8?q?x?=@example.com", "a=?b@example.com", "x" * 250 + "@x.co"]
)
def test_an_address_that_cannot_be_mailed_is_refused_at_its_field(stranger: Phone, email: str) -> None:
    body = {"email": email, "password": PASSWORD, "firstName": "José", "lastName": "Gómez"}
    problem = stranger.post("/api/auth/register", body)
    assert (problem.status_code, problem.json["errors"][0]["field"]) == (400, "email")


def test_an_address_copied_with_hidden_characters_is_the_address(stranger: Phone) -> None:
    body = {
        "email": "\u200bana.copiada@example.com\u00a0",
        "password": PASSWORD,
        "firstName": "A\u00adna",
        "lastName": "G",
    }
    user = stranger.post("/api/auth/register", body).json["user"]
    assert (user["email"], user["firstName"]) == ("ana.copiada@example.com", "Ana")
