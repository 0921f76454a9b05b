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
    "metrics.numbers": OPEN,  # who has no token finds nothing here
    "static": OPEN,
    "catalogue.home": OPEN,
    "catalogue.product": OPEN,
    "catalogue.recent": OPEN,
    "feeds.google": OPEN,
    "feeds.manifest": OPEN,
    "catalogue.reviews": OPEN,
    "stock_alerts.ask": OPEN,
    "stock_alerts.show": BROWSER,
    "stock_alerts.confirm": BROWSER,
    "stock_alerts.end": BROWSER,
    "catalogue.preview": OPEN,  # who has no signed link finds nothing here
    "requests.show": OPEN,
    "requests.send": OPEN,
    "requests.received": BROWSER,
    "help.about": OPEN,
    "help.contact": OPEN,
    "help.privacy": OPEN,
    "help.returns": OPEN,
    "help.terms": OPEN,
    "help.terms_version": OPEN,
    "media.picture": OPEN,
    "site.favicon": OPEN,
    "site.language": OPEN,
    "site.municipalities": OPEN,
    "site.robots": OPEN,
    "site.sitemap": OPEN,
    "site.sitemap_pages": OPEN,
    "site.sitemap_products": OPEN,
    "account.login": OPEN,
    "account.sign_in_with_password": OPEN,
    "account.code": OPEN,  # who has not given the password goes there first
    "account.sign_in_with_code": OPEN,
    "account.register": OPEN,
    "account.create_account": OPEN,
    "account.logout": OPEN,
    "order_lookup.show": OPEN,
    "order_lookup.send_link": OPEN,  # which tells nobody whether there is such an order
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
    "checkout.methods": BROWSER,
    "checkout.pay": BROWSER,
    "payment.success": BROWSER,
    "payment.cancelled": BROWSER,
    "payment.retry": BROWSER,
    "account.order": BROWSER,
    "account.create_account_of_guest": BROWSER,
    "account.buy_again": BROWSER,
    "reviews.of_order": BROWSER,
    "reviews.show_form": BROWSER,
    "reviews.send": BROWSER,
    "reviews.remove": BROWSER,
    "reviews.ask_to_stop": BROWSER,
    "reviews.stop": BROWSER,
    "receipts.show": BROWSER,
    "receipts.pdf": BROWSER,
    "withdrawals.show_form": BROWSER,
    "withdrawals.send": BROWSER,
    "withdrawals.receipt": BROWSER,
    "withdrawals.cancel": BROWSER,
    "downloads.download": BROWSER,
    "account.orders_list": OWN,
    "reviews.own_list": OWN,
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
    "staff.today": STAFF,
    "staff.orders_list": STAFF,
    "staff.export_orders": STAFF,
    "staff.figures": STAFF,
    "staff.accounting": STAFF,
    "staff.make_accounting_file": STAFF,
    "staff.accounting_export": STAFF,
    "staff.accounting_file": STAFF,
    "staff.save_daily_mail": STAFF,
    "staff.figures_file": STAFF,
    "staff.order": STAFF,
    "staff.ship": STAFF,
    "staff.ready": STAFF,
    "staff.correct_parcel": STAFF,
    "staff.shipping_list_form": STAFF,
    "staff.ship_list": STAFF,
    "staff.packing_slip": STAFF,
    "staff.packing_slips_of_many": STAFF,
    "staff.packing_slip_jobs_list": STAFF,
    "staff.packing_slip_job": STAFF,
    "staff.packing_slip_file": STAFF,
    "staff.order_address": STAFF,
    "staff.correct_address": STAFF,
    "staff.order_receipt": STAFF,
    "staff.add_note": STAFF,
    "staff.send_mail_again": STAFF,
    "staff.deliver": STAFF,
    "staff.take_back": STAFF,
    "staff.plans_list": STAFF,
    "staff.plan": STAFF,
    "staff.end_plan_form": STAFF,
    "staff.end_plan_as_chosen": STAFF,
    "staff.resume_plan": STAFF,
    "staff.send_plan_mail_again": STAFF,
    "staff.settle": STAFF,
    "staff.repeat_refund": STAFF,
    "staff.restock": STAFF,
    "staff.accept": STAFF,
    "staff.reject": STAFF,
    "staff.cancel": STAFF,
    "staff.refund": STAFF,
    "staff.close_return": STAFF,
    "staff.operations": STAFF,
    "staff.retry_event": STAFF,
    "staff.retry_mail": STAFF,
    "staff.audit_list": STAFF,
    "staff.reviews_list": STAFF,
    "staff.moderate_review": STAFF,
    "staff.team_list": STAFF,
    "staff.invite_member": STAFF,
    "staff.change_member_role": STAFF,
    "staff.disable_member": STAFF,
    "staff.enable_member": STAFF,
    "staff.reset_member_factor": STAFF,
    "staff.save_team_rule": STAFF,
    "staff.security": STAFF,
    "staff.offer_factor": STAFF,
    "staff.new_factor": STAFF,
    "staff.activate_factor": STAFF,
    "staff.renew_codes": STAFF,
    "staff.remove_factor": STAFF,
    "staff.product_import": STAFF,
    "staff.send_products": STAFF,
    "staff.product_import_job": STAFF,
    "staff.apply_products": STAFF,
    "staff.export_products": STAFF,
    "staff.stock_list": STAFF,
    "staff.stock_variant": STAFF,
    "staff.stock_change": STAFF,
    "staff.stock_sheet": STAFF,
    "staff.stock_count": STAFF,
    "staff.products_list": STAFF,
    "staff.new_product": STAFF,
    "staff.create_product": STAFF,
    "staff.product": STAFF,
    "staff.save_product": STAFF,
    "staff.copy_product": STAFF,
    "staff.change_products": STAFF,
    "staff.add_picture": STAFF,
    "staff.change_picture": STAFF,
    "staff.add_file": STAFF,
    "staff.replace_file": STAFF,
    "staff.categories_list": STAFF,
    "staff.create_category": STAFF,
    "staff.category": STAFF,
    "staff.save_category": STAFF,
    "staff.remove_category": STAFF,
    "staff.customers_list": STAFF,
    "staff.customer": STAFF,
    "staff.add_customer_note": STAFF,
    "staff.add_data_request": STAFF,
    "staff.close_data_request": STAFF,
    "staff.export_customer": STAFF,
    "staff.erasure": STAFF,
    "staff.erase_customer": STAFF,
    "staff.blocks_list": STAFF,
    "staff.add_block": STAFF,
    "staff.block_customer": STAFF,
    "staff.end_block": STAFF,
    "staff.search": STAFF,
    "staff.add_synonym": STAFF,
    "staff.synonym": STAFF,
    "staff.save_synonym": STAFF,
    "staff.remove_synonym": STAFF,
    "staff.coupons_list": STAFF,
    "staff.new_coupon": STAFF,
    "staff.create_coupon": STAFF,
    "staff.coupon": STAFF,
    "staff.save_coupon": STAFF,
    "staff.switch_coupon": STAFF,
    "staff.remove_coupon": STAFF,
    "staff.delivery": STAFF,
    "staff.save_delivery": STAFF,
    "staff.places_list": STAFF,
    "staff.place": STAFF,
    "staff.move_place": STAFF,
    "staff.carriers_list": STAFF,
    "staff.create_carrier": STAFF,
    "staff.carrier": STAFF,
    "staff.save_carrier": STAFF,
    "staff.remove_carrier": STAFF,
    "staff.requests_list": STAFF,
    "staff.customer_request": STAFF,
    "staff.answer_request": STAFF,
    "staff.close_request": STAFF,
    "staff.texts": STAFF,
    "staff.text_part": STAFF,
    "staff.save_text_part": STAFF,
    "staff.text_page": STAFF,
    "staff.save_text_page": STAFF,
    "staff.text_version": STAFF,
}
ANSWERS = {
    ("/staff/", "GET"): 200,
    ("/staff/audit", "GET"): 200,
    ("/staff/orders", "GET"): 200,
    ("/staff/orders/ship", "GET"): 200,
    ("/staff/orders/slips", "GET"): 200,
    ("/staff/orders/slips", "POST"): 422,
    ("/staff/orders/ship", "POST"): 422,
    ("/staff/orders/export.csv", "GET"): 200,
    ("/staff/figures", "GET"): 200,
    ("/staff/figures/accounting", "GET"): 200,
    ("/staff/figures/accounting", "POST"): 422,
    ("/staff/security/daily-mail", "POST"): 303,
    ("/staff/plans", "GET"): 200,
    ("/staff/team", "GET"): 200,
    ("/staff/team/invite", "POST"): 422,
    ("/staff/team/rule", "POST"): 303,
    ("/staff/security", "GET"): 200,
    ("/staff/security/offer", "POST"): 303,
    ("/staff/security/new", "GET"): 200,
    ("/staff/security/new", "POST"): 422,
    ("/staff/security/codes", "POST"): 422,
    ("/staff/security/remove", "POST"): 422,
    ("/staff/care", "GET"): 200,
    ("/staff/reviews", "GET"): 200,
    ("/staff/products", "GET"): 200,
    ("/staff/products/import", "GET"): 200,
    ("/staff/products/import", "POST"): 422,
    ("/staff/products/export.csv", "GET"): 200,
    ("/staff/products/new", "GET"): 200,
    ("/staff/products/new", "POST"): 422,
    ("/staff/products/bulk", "POST"): 303,
    ("/staff/stock", "GET"): 200,
    ("/staff/stock/count", "GET"): 200,
    ("/staff/stock/count", "POST"): 422,
    ("/staff/categories", "GET"): 200,
    ("/staff/categories", "POST"): 422,
    ("/staff/customers", "GET"): 200,
    ("/staff/customers/blocks", "GET"): 200,
    ("/staff/customers/blocks", "POST"): 422,
    ("/staff/search", "GET"): 200,
    ("/staff/search/synonyms", "POST"): 422,
    ("/staff/coupons", "GET"): 200,
    ("/staff/coupons/new", "GET"): 200,
    ("/staff/coupons/new", "POST"): 422,
    ("/staff/delivery", "GET"): 200,
    ("/staff/delivery", "POST"): 422,
    ("/staff/requests", "GET"): 200,
    ("/staff/texts", "GET"): 200,
    ("/staff/delivery/places", "GET"): 200,
    ("/staff/delivery/carriers", "GET"): 200,
    ("/staff/delivery/carriers", "POST"): 422,
}
"""What an empty request of staff is answered, where it names nothing that could be absent."""
ABSENT = {
    "person_id": "absent",
    "order_id": "01kavwm5d2e8qg0m3v7t9xk4nb", "session_id": "cs_test_absent", "product_id": DUMBBELLS,
    "entitlement_id": "absent", "subscription_id": "absent", "number": "2026-11-9999", "slug": "absent",
    "filename": "css/shop.css", "token": "absent", "reference": "2026-11-9999", "event_id": "absent",
    "mail_id": "absent", "address_id": "absent", "category_id": "999999", "device_id": "absent", "sequence": "1",
    "review_id": "absent", "line_id": "1", "coupon_id": "999999", "plan_id": "absent", "place_code": "00000",
    "carrier_code": "absent", "table": "absent", "customer_reference": "absent", "request_id": "999999",
    "block_id": "999999", "part": "absent", "filing_number": "absent", "page": "absent", "version": "999999",
    "export_id": "absent", "synonym_id": "999999",
    "job_id": "absent", "variant_id": "absent", "picture_id": "absent", "file_id": "absent",
}  # fmt: skip
OBJECTS = {"order_id", "session_id", "entitlement_id", "subscription_id", "address_id"}
"""Parts of addresses that name something of one customer's."""
BODIES: dict[str, Any] = {
    "create_session": purchase(),
    "apply_coupon": {"couponCode": "FIT10", "items": [{"productId": DUMBBELLS, "quantity": 1}]},
    "calculate_shipping": {"items": [{"productId": DUMBBELLS, "quantity": 1}], "city": "Cali"},
    "pay_order": URLS,
    "ask_for_stock_alert": {"email": "camila@example.com"},
    "end_stock_alert": {"email": "camila@example.com"},
    "change_own_review": {"stars": 4},
    "file_request": {"kind": "claim", "name": "Ana", "email": "ana@example.com", "text": "Llegó roto."},
    "write_review": {"stars": 5, "text": "Muy bueno", "orderId": "2026-11-9999"},
    "withdraw": {"reason": "No es mi talla"},
    "set_quantity": {"quantity": 1},
    "put_coupon": {"couponCode": "FIT10"},
    "put_shipping": {"shippingMethod": "standard", "shippingAddress": ADDRESS},
    "change_me": {"firstName": "Ana"},
    "add_address": ADDRESS,
    "change_address": {"street": "Calle 1 # 2-3"},
    "change_password": {"currentPassword": PASSWORD, "newPassword": "guayaba-en-bicicleta"},
    "close_account": {"password": "not this"},
    "open_billing_portal": {"returnUrl": "fitaiid://account/plans"},
    "login": {"email": "camila@example.com", "password": PASSWORD},
    "register": {"email": "x@example.com", "password": PASSWORD, "firstName": "A", "lastName": "B"},
    "find_order": {"orderNumber": "2026-11-0001", "email": "camila@example.com"},
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
    saved = camila.post("/api/me/addresses", ADDRESS).json
    own = [
        {"order_id": started["orderId"], "session_id": started["sessionId"], "address_id": saved["addressId"]},
        {"order_id": started["orderNumber"], "session_id": started["sessionId"], "address_id": saved["addressId"]},
    ]
    tried = 0
    for endpoint, method, rule, who in list(routes(app)):
        if who != "customer" or not rule.arguments & OBJECTS:
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
            assert employee.open(path, method=method).status_code == ANSWERS.get((rule.rule, method), 404), rule.rule
            tried += 1
    assert tried >= 11


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
