"""Who may call what: every route of the app, for everybody, with their own, somebody else's and no object.

The API's routes declare it where they are written (`who`), all others in the table below; a route that
does neither fails the test.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from storefront.services.accounts import authentication
from tests.api.conftest import ADDRESS, DUMBBELLS, PASSWORD, URLS, Phone, assert_problem, purchase, registered
from tests.conftest import build

OPEN, OWN, BROWSER, STAFF = "anyone", "signed in", "who holds the cart, order or link", "who works here"
RULES = {
    "api_docs.docs": OPEN,
    "api_docs.openapi": OPEN,
    "webhooks.stripe": OPEN,  # who is not Stripe is refused by signature
    "health.healthz": OPEN,
    "health.readyz": OPEN,
    "watch.numbers": OPEN,  # who has no token finds nothing here
    "static": OPEN,
    "catalogue.home": OPEN,
    "catalogue.product": OPEN,
    "help.contact": OPEN,
    "help.privacy": OPEN,
    "help.returns": OPEN,
    "help.terms": OPEN,
    "site.favicon": OPEN,
    "site.language": OPEN,
    "site.municipalities": OPEN,
    "site.robots": OPEN,
    "site.sitemap": OPEN,
    "account.login": OPEN,
    "account.sign_in_with_password": OPEN,
    "account.register": OPEN,
    "account.create_account": OPEN,
    "account.logout": OPEN,
    "recovery.forgot": OPEN,
    "recovery.send_link": OPEN,
    "recovery.choose": BROWSER,
    "recovery.save": BROWSER,
    "recovery.verify": BROWSER,
    "recovery.confirm": BROWSER,
    "cart.show": BROWSER,
    "cart.add": BROWSER,
    "cart.change": BROWSER,
    "cart.coupon": BROWSER,
    "cart.apply_coupon": BROWSER,
    "cart.remove_coupon": BROWSER,
    "checkout.shipping": BROWSER,
    "checkout.save_shipping": BROWSER,
    "checkout.review": BROWSER,
    "checkout.pay": BROWSER,
    "payment.success": BROWSER,
    "payment.cancelled": BROWSER,
    "payment.retry": BROWSER,
    "account.order": BROWSER,
    "account.create_account_of_guest": BROWSER,
    "account.buy_again": BROWSER,
    "receipts.show": BROWSER,
    "receipts.pdf": BROWSER,
    "withdrawals.show_form": BROWSER,
    "withdrawals.send": BROWSER,
    "withdrawals.receipt": BROWSER,
    "withdrawals.cancel": BROWSER,
    "downloads.download": BROWSER,
    "account.orders_list": OWN,
    "recovery.resend": OWN,
    "privacy.show": OWN,
    "privacy.export": OWN,
    "privacy.erase": OWN,
    "profile.show": OWN,
    "profile.save": OWN,
    "profile.change_password": OWN,
    "addresses.show": OWN,
    "addresses.new": OWN,
    "addresses.add": OWN,
    "addresses.edit": OWN,
    "addresses.save": OWN,
    "addresses.make_default": OWN,
    "addresses.remove": OWN,
    "devices.show": OWN,
    "devices.end": OWN,
    "devices.end_others": OWN,
    "library.show": OWN,
    "library.download": BROWSER,
    "subscriptions.show": OWN,
    "subscriptions.card": OWN,
    "subscriptions.cancel": OWN,
    "subscriptions.resume": OWN,
    "staff.orders_list": STAFF,
    "staff.order": STAFF,
    "staff.ship": STAFF,
    "staff.ready": STAFF,
    "staff.deliver": STAFF,
    "staff.take_back": STAFF,
    "staff.end_plan": STAFF,
    "staff.settle": STAFF,
    "staff.restock": STAFF,
    "staff.accept": STAFF,
    "staff.reject": STAFF,
    "staff.cancel": STAFF,
    "staff.refund": STAFF,
    "staff.close_return": STAFF,
    "staff.operations": STAFF,
    "staff.retry_event": STAFF,
    "staff.retry_mail": STAFF,
}
ABSENT = {
    "order_id": "01kavwm5d2e8qg0m3v7t9xk4nb", "session_id": "cs_test_absent", "product_id": DUMBBELLS,
    "entitlement_id": "absent", "subscription_id": "absent", "number": "2026-11-9999", "slug": "absent",
    "filename": "css/shop.css", "token": "absent", "reference": "2026-11-9999", "event_id": "absent",
    "mail_id": "absent", "address_id": "absent", "device_id": "absent", "sequence": "1",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "create_session": purchase(),
    "apply_coupon": {"couponCode": "FIT10", "items": [{"productId": DUMBBELLS, "quantity": 1}]},
    "calculate_shipping": {"items": [{"productId": DUMBBELLS, "quantity": 1}], "city": "Cali"},
    "pay_order": URLS,
    "withdraw": {"reason": "No es mi talla"},
    "set_quantity": {"quantity": 1},
    "put_coupon": {"couponCode": "FIT10"},
    "put_shipping": {"shippingMethod": "standard", "shippingAddress": ADDRESS},
    "change_me": {"firstName": "Ana"},
    "change_password": {"currentPassword": PASSWORD, "newPassword": "guayaba-en-bicicleta"},
    "close_account": {"password": "not this"},
    "open_billing_portal": {"returnUrl": "fitaiid://account/plans"},
    "login": {"email": "camila@example.com", "password": PASSWORD},
    "register": {"email": "x@example.com", "password": PASSWORD, "firstName": "A", "lastName": "B"},
    "forgot_password": {"email": "camila@example.com"},
    "reset_password": {"token": "absent", "password": PASSWORD},
    "verify_email": {"token": "absent"},
}


def routes(app: Flask) -> Iterator[tuple[str, str, Rule, str]]:
    """Yield (endpoint, method, rule, who) of every route."""
    for rule in app.url_map.iter_rules():
        who = getattr(app.view_functions[rule.endpoint], "access", None) or RULES.get(rule.endpoint)
        assert who, f"{rule.endpoint} ({rule.rule}) does not declare who may call it"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, rule, who


def path_of(rule: Rule, values: dict[str, str]) -> str:
    built = rule.build({name: values.get(name, ABSENT[name]) for name in rule.arguments})
    assert built is not None
    return built[1]


def body_of(endpoint: str) -> Any:
    return BODIES.get(endpoint.rsplit(".", 1)[-1])


@pytest.fixture
def staff(app: Flask) -> Phone:
    """Return the phone of somebody who works here; the JSON door gives them nothing more."""
    phone = registered(app, "equipo@example.com")
    employ(app, "equipo@example.com", StaffRole.OWNER)
    return phone


def employ(app: Flask, email: str, role: StaffRole) -> None:
    """Give a customer a role, and count the address as confirmed."""
    values = {"staff_role": role, "email_verified_at": clock.now()}
    with app.app_context(), transaction():
        db.session.execute(db.update(Customer).where(Customer.email == email).values(values))


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    assert len(list(routes(app))) > 60
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(RULES) <= known | {"mailbox.show"}, "a rule for a route that is gone"


def test_a_route_without_a_rule_is_found(sqlite_url: str) -> None:
    app = build(sqlite_url)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(AssertionError, match="forgotten"):
        list(routes(app))


def test_without_a_token_nothing_of_a_customers_answers(app: Flask, stranger: Phone) -> None:
    tried = 0
    for endpoint, method, rule, who in routes(app):
        if rule.rule.startswith("/api/") and who in ("customer", "refresh token"):
            response = stranger.send(method, path_of(rule, {}), body_of(endpoint))
            assert_problem(response, 401, "token_missing")
            tried += 1
    assert tried >= 25


def test_what_is_open_asks_for_no_token(app: Flask, stranger: Phone) -> None:
    for endpoint, method, rule, who in routes(app):
        if rule.rule.startswith("/api/") and who == "anyone":
            response = stranger.send(method, path_of(rule, {}), body_of(endpoint))
            assert response.status_code < 500, endpoint
            assert response.status_code != 401 or response.json["code"] == "invalid_credentials", endpoint


def test_foreign_and_absent_objects_are_the_same_to_everybody(
    app: Flask, camila: Phone, diego: Phone, staff: Phone
) -> None:
    started = camila.post("/api/checkout/create-session", purchase()).json
    own = [
        {"order_id": started["orderId"], "session_id": started["sessionId"]},
        {"order_id": started["orderNumber"], "session_id": started["sessionId"]},
    ]
    tried = 0
    for endpoint, method, rule, who in list(routes(app)):
        if who != "customer" or not rule.arguments & {"order_id", "session_id", "entitlement_id", "subscription_id"}:
            continue
        tried += 1
        for phone in (camila, diego, staff):
            absent = phone.send(method, path_of(rule, {}), body_of(endpoint))
            assert_problem(absent, 404, "not_found")
        for phone in (diego, staff):
            for mine in own:
                foreign = phone.send(method, path_of(rule, mine), body_of(endpoint))
                assert_problem(foreign, 404, "not_found")
    assert tried >= 6
    assert camila.get(f"/api/orders/{started['orderId']}").json["status"] == "pending"


def test_ones_own_objects_answer(camila: Phone) -> None:
    started = camila.post("/api/checkout/create-session", purchase()).json
    for name in (started["orderId"], started["orderNumber"]):
        assert camila.get(f"/api/orders/{name}").status_code == 200
    assert camila.get(f"/api/checkout/session/{started['sessionId']}").status_code == 200
    paid = camila.post(f"/api/orders/{started['orderId']}/pay", URLS)
    assert paid.status_code == 201
    assert camila.post(f"/api/orders/{started['orderId']}/cancel").json["status"] == "cancelled"


def test_guessed_names_lead_nowhere(camila: Phone, diego: Phone) -> None:
    number = camila.post("/api/checkout/create-session", purchase()).json["orderNumber"]
    month, sequence = number.rsplit("-", 1)
    next_one, unpadded = f"{month}-{int(sequence) + 1:04d}", f"{month}-{int(sequence)}"
    words = ("1", "0", "-1", "null", "undefined", "[]", "%5B%5D", "*", "%25")
    for guess in (number, next_one, sequence, str(int(sequence)), unpadded, *words):
        assert_problem(diego.get(f"/api/orders/{guess}"), 404, "not_found")


def test_lists_hold_only_ones_own(camila: Phone, diego: Phone, staff: Phone) -> None:
    camila.post("/api/checkout/create-session", purchase())
    assert camila.get("/api/orders").json["total"] == 1
    for phone in (diego, staff):
        assert phone.get("/api/orders").json["total"] == 0


def test_carts_are_ones_own(camila: Phone, diego: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    assert diego.get("/api/cart").json["count"] == 0
    diego.delete(f"/api/cart/items/{DUMBBELLS}")
    assert camila.get("/api/cart").json["count"] == 1


def browser(app: Flask, email: str | None) -> FlaskClient:
    """Return a browser, signed in where an e-mail is given."""
    client = app.test_client()
    if email:
        with app.app_context():
            secret = authentication.log_in(email=email, password=PASSWORD).secret
            db.session.remove()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = secret, True
    return client


@pytest.mark.options(wtf_csrf_enabled=False)
def test_pages_of_a_customer_send_a_guest_to_sign_in(app: Flask) -> None:
    guest = browser(app, None)
    tried = 0
    for _endpoint, method, rule, who in routes(app):
        if who == OWN:
            response = guest.open(path_of(rule, {}), method=method)
            assert response.status_code == 303, rule.rule
            assert response.headers["Location"].startswith("/login"), rule.rule
            tried += 1
    assert tried >= 3


@pytest.mark.options(wtf_csrf_enabled=False)
def test_pages_of_staff_are_nothing_to_customers_and_ask_a_guest_to_sign_in(
    app: Flask, camila: Phone, staff: Phone
) -> None:
    guest, customer, employee = (browser(app, email) for email in (None, "camila@example.com", "equipo@example.com"))
    tried = 0
    for _endpoint, method, rule, who in routes(app):
        if who == STAFF:
            path = path_of(rule, {})
            assert guest.open(path, method=method).headers["Location"].startswith("/login"), rule.rule
            assert customer.open(path, method=method).status_code == 404, rule.rule
            is_list = rule.rule in ("/staff/", "/staff/care")
            assert employee.open(path, method=method).status_code == (200 if is_list else 404), rule.rule
            tried += 1
    assert tried >= 11


@pytest.mark.options(wtf_csrf_enabled=False)
@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.OWNER])
def test_every_role_looks_at_staff_s_pages_and_only_the_owner_changes_anything(
    app: Flask, camila: Phone, role: StaffRole
) -> None:
    """Read from the routes, so that a page that somebody adds is refused to the others, too."""
    employ(app, "camila@example.com", role)
    employee, tried = browser(app, "camila@example.com"), {"read": 0, "change": 0}
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods or ()) if rule.rule.startswith("/staff") else ():
            response = employee.open(path_of(rule, {}), method=method)
            if method in ("GET", "HEAD", "OPTIONS"):
                assert response.status_code in (200, 404), (method, rule.rule)
                tried["read"] += 1
            else:
                assert response.status_code == 403, (method, rule.rule)
                assert "no cambiarlo" in response.get_data(as_text=True), "it says why"
                tried["change"] += 1
    assert min(tried.values()) >= 9


def test_the_page_of_an_order_is_its_owners(app: Flask, camila: Phone, diego: Phone, staff: Phone) -> None:
    number = camila.post("/api/checkout/create-session", purchase()).json["orderNumber"]
    path = f"/account/orders/{number}"
    assert browser(app, "camila@example.com").get(path).status_code == 200
    for email in (None, "diego@example.com", "equipo@example.com"):
        client = browser(app, email)
        for token in ("", "?token=", "?token=null", "?token[]=x", "?token=" + "a" * 43):
            assert client.get(path + token).status_code == 404, (email, token)


def test_a_token_opens_no_page(app: Flask, camila: Phone) -> None:
    response = app.test_client().get("/account/orders", headers={"Authorization": f"Bearer {camila.token}"})
    assert response.status_code == 303


def test_a_cookie_opens_nothing_of_the_api(app: Flask, camila: Phone) -> None:
    client = browser(app, "camila@example.com")
    assert client.get("/account/orders").status_code == 200
    assert client.get("/api/me").status_code == 401
