"""A secret is replaced while people shop: nobody is signed out, no cart and no link is lost."""

from flask import Flask
from flask.testing import FlaskClient

from config import TestConfig
from storefront import create_app
from storefront.database import db
from storefront.services.downloads import links
from tests.conftest import CONTENT
from tests.fakes import FakeGateway, KeepingMailer
from tests.web.browser import Browser

OLD, NEW = "an-older-secret-" + "o" * 32, "a-younger-secret-" + "n" * 32
JWT_OLD, JWT_NEW = "an-older-jwt-secret-" + "p" * 32, "a-younger-jwt-secret-" + "m" * 32
LOGIN = {"email": "shopper@example.com", "password": "demo-Passw0rd!"}


def opened(url: str, secret: str, jwt_secret: str) -> Flask:
    """Return the same shop, started with these secrets."""
    environ = {"DATABASE_URL": url, "CONTENT_DIR": CONTENT, "SECRET_KEY": secret, "JWT_SECRET_KEY": jwt_secret}
    return create_app(TestConfig(environ), payments=FakeGateway(), mailer=KeepingMailer())


def moved(client: FlaskClient, app: Flask) -> FlaskClient:
    """Return a browser at another process of the shop, with the cookies that it had."""
    other = app.test_client()
    cookie = client.get_cookie("shop")
    assert cookie is not None
    other.set_cookie("shop", cookie.value)
    return other


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def cart_line(client: FlaskClient) -> bool:
    return b"/products/whey-protein-2lb" in client.get("/cart").data


def test_secrets_are_rotated_without_signing_anybody_out(sqlite_url: str) -> None:
    before = opened(sqlite_url, OLD, JWT_OLD)
    rotating = opened(sqlite_url, f"{NEW}, {OLD}", f"{JWT_NEW}, {JWT_OLD}")
    after = opened(sqlite_url, NEW, JWT_NEW)

    guest = before.test_client()
    browser = Browser(guest)
    browser.get("/products/whey-protein-2lb")
    browser.send("/cart/items", quantity="1")
    assert cart_line(guest)

    phone = before.test_client().post("/api/auth/login", json=LOGIN).json
    assert phone is not None
    with before.app_context():
        link = links.issue("some-entitlement")

    # Both secrets verify: the cart, the tokens and the link of before are still good.
    kept = moved(guest, rotating)
    assert cart_line(kept)
    assert rotating.test_client().get("/api/me", headers=bearer(phone["accessToken"])).status_code == 200
    fresh = rotating.test_client().post("/api/auth/refresh", headers=bearer(phone["refreshToken"])).json
    assert fresh is not None
    with rotating.app_context():
        assert links.read(link.token).entitlement_id == "some-entitlement"

    # What the rotation signed is good when the old secret is gone; what the old one signed is not.
    assert after.test_client().get("/api/me", headers=bearer(fresh["accessToken"])).status_code == 200
    assert after.test_client().get("/api/me", headers=bearer(phone["accessToken"])).status_code == 401
    assert not cart_line(moved(guest, after))
    for app in (before, rotating, after):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
