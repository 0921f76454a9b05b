"""What each role may open and do under /staff/: every endpoint with every role, and no amounts for the warehouse."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import Customer
from storefront.domain.download import ContentFile
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord
from storefront.domain.picture import Picture
from storefront.domain.staff import PERMISSIONS, Permission
from storefront.enums import BlockKind, DataRequestKind, RequestKind, SlipSize, StaffRole
from storefront.services.accounts import authentication
from storefront.services.admin import product_imports
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.customer_requests import filing
from storefront.services.customer_requests.filing import Filing
from storefront.services.customers import blocks, data_requests, subjects
from storefront.services.figures import accounting
from storefront.services.figures.periods import Span
from storefront.services.mail import sent_again
from storefront.services.orders import fulfilment, own_returns, packing_slip_jobs
from storefront.services.payments import refunds
from tests import factories as make
from tests import plans, reviews
from tests.conftest import build
from tests.events import Story
from tests.factories import COFFEE, DUMBBELL
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, register
from tests.web.test_staff import outbox_rows

OWNER, MANAGER, WAREHOUSE, SUPPORT, ACCOUNTANT = StaffRole
EVERYBODY = set(StaffRole)
LEADERS = {OWNER, MANAGER}
WHO = {
    "today": EVERYBODY,
    "orders_list": EVERYBODY,
    "export_orders": {*LEADERS, ACCOUNTANT},
    "figures": {*LEADERS, ACCOUNTANT},
    "figures_file": {*LEADERS, ACCOUNTANT},
    "accounting": {*LEADERS, ACCOUNTANT},
    "make_accounting_file": {*LEADERS, ACCOUNTANT},
    "accounting_export": {*LEADERS, ACCOUNTANT},
    "accounting_file": {*LEADERS, ACCOUNTANT},
    "save_daily_mail": {OWNER},
    "order": EVERYBODY,
    "operations": EVERYBODY,
    "audit_list": LEADERS,
    "team_list": {OWNER},
    "invite_member": {OWNER},
    "change_member_role": {OWNER},
    "disable_member": {OWNER},
    "enable_member": {OWNER},
    "reset_member_factor": {OWNER},
    "save_team_rule": {OWNER},
    "security": EVERYBODY,
    "offer_factor": EVERYBODY,
    "new_factor": EVERYBODY,
    "activate_factor": EVERYBODY,
    "renew_codes": EVERYBODY,
    "remove_factor": EVERYBODY,
    "ship": {*LEADERS, WAREHOUSE},
    "ready": {*LEADERS, WAREHOUSE},
    "shipping_list_form": {*LEADERS, WAREHOUSE},
    "ship_list": {*LEADERS, WAREHOUSE},
    "packing_slip": {*LEADERS, WAREHOUSE},
    "packing_slips_of_many": {*LEADERS, WAREHOUSE},
    "packing_slip_jobs_list": {*LEADERS, WAREHOUSE},
    "packing_slip_job": {*LEADERS, WAREHOUSE},
    "packing_slip_file": {*LEADERS, WAREHOUSE},
    "order_address": {*LEADERS, SUPPORT},
    "correct_address": {*LEADERS, SUPPORT},
    "order_receipt": {*LEADERS, ACCOUNTANT},
    "correct_parcel": {*LEADERS, WAREHOUSE},
    "add_note": {*LEADERS, SUPPORT},
    "send_mail_again": {*LEADERS, SUPPORT},
    "deliver": {*LEADERS, WAREHOUSE},
    "restock": {*LEADERS, WAREHOUSE},
    "take_back": {*LEADERS, SUPPORT},
    "close_return": {*LEADERS, SUPPORT},
    "retry_mail": {*LEADERS, SUPPORT},
    "reviews_list": {*LEADERS, SUPPORT},
    "moderate_review": {*LEADERS, SUPPORT},
    "refund": {*LEADERS, SUPPORT},
    "cancel": {*LEADERS, SUPPORT},
    "accept": {*LEADERS, SUPPORT},
    "reject": {*LEADERS, SUPPORT},
    "settle": {*LEADERS, SUPPORT},
    "repeat_refund": {*LEADERS, SUPPORT},
    "plans_list": {*LEADERS, SUPPORT, ACCOUNTANT},
    "plan": {*LEADERS, SUPPORT, ACCOUNTANT},
    "end_plan_form": {*LEADERS, SUPPORT},
    "end_plan_as_chosen": {*LEADERS, SUPPORT},
    "resume_plan": {*LEADERS, SUPPORT},
    "send_plan_mail_again": {*LEADERS, SUPPORT},
    "retry_event": LEADERS,
    "product_import": LEADERS,
    "send_products": LEADERS,
    "product_import_job": LEADERS,
    "apply_products": LEADERS,
    "export_products": LEADERS,
    "products_list": LEADERS,
    "new_product": LEADERS,
    "create_product": LEADERS,
    "product": LEADERS,
    "save_product": LEADERS,
    "copy_product": LEADERS,
    "change_products": LEADERS,
    "add_picture": LEADERS,
    "change_picture": LEADERS,
    "add_file": LEADERS,
    "replace_file": LEADERS,
    "categories_list": LEADERS,
    "create_category": LEADERS,
    "category": LEADERS,
    "save_category": LEADERS,
    "remove_category": LEADERS,
    "customers_list": {*LEADERS, SUPPORT},
    "customer": {*LEADERS, SUPPORT},
    "add_customer_note": {*LEADERS, SUPPORT},
    "add_data_request": {*LEADERS, SUPPORT},
    "close_data_request": LEADERS,
    "export_customer": LEADERS,
    "erasure": LEADERS,
    "erase_customer": LEADERS,
    "blocks_list": LEADERS,
    "add_block": LEADERS,
    "block_customer": LEADERS,
    "end_block": LEADERS,
    "coupons_list": LEADERS,
    "new_coupon": LEADERS,
    "create_coupon": LEADERS,
    "coupon": LEADERS,
    "save_coupon": LEADERS,
    "switch_coupon": LEADERS,
    "remove_coupon": LEADERS,
    "search": LEADERS,
    "add_synonym": LEADERS,
    "synonym": LEADERS,
    "save_synonym": LEADERS,
    "remove_synonym": LEADERS,
    "delivery": LEADERS,
    "save_delivery": LEADERS,
    "places_list": LEADERS,
    "place": LEADERS,
    "move_place": LEADERS,
    "carriers_list": LEADERS,
    "create_carrier": LEADERS,
    "carrier": LEADERS,
    "save_carrier": LEADERS,
    "remove_carrier": LEADERS,
    "requests_list": {*LEADERS, SUPPORT},
    "customer_request": {*LEADERS, SUPPORT},
    "answer_request": {*LEADERS, SUPPORT},
    "close_request": {*LEADERS, SUPPORT},
    "texts": LEADERS,
    "text_part": LEADERS,
    "save_text_part": LEADERS,
    "text_page": LEADERS,
    "save_text_page": LEADERS,
    "text_version": LEADERS,
    "stock_list": {*LEADERS, WAREHOUSE},
    "stock_variant": {*LEADERS, WAREHOUSE},
    "stock_change": {*LEADERS, WAREHOUSE},
    "stock_sheet": {*LEADERS, WAREHOUSE},
    "stock_count": {*LEADERS, WAREHOUSE},
}
"""By endpoint, the roles that it is for, as the shop decided and not as the code says; a new page is added here."""


def staff_rules(app: Flask) -> list[Rule]:
    """Return every address of the back office."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("staff.")]


def undeclared(app: Flask) -> set[str]:
    """Return the endpoints of the back office that declare no permission, or nobody decided about."""
    found = {rule.endpoint for rule in staff_rules(app) if rule.rule.startswith("/staff")}
    found |= {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")}
    return {
        endpoint
        for endpoint in found
        if not isinstance(getattr(app.view_functions[endpoint], "permission", None), Permission)
        or endpoint.removeprefix("staff.") not in WHO
    }


def test_every_endpoint_declares_its_permission(app: Flask) -> None:
    assert undeclared(app) == set()
    assert {rule.endpoint.removeprefix("staff.") for rule in staff_rules(app)} == set(WHO)


def test_control_an_endpoint_without_permission_is_found_and_is_nobody_s(sqlite_url: str) -> None:
    app = build(sqlite_url)
    app.add_url_rule("/staff/forgotten", "staff.forgotten", lambda: "open")
    assert undeclared(app) == {"staff.forgotten"}
    client = app.test_client()
    sign_in(app, client, "staff@example.com", "demo-Passw0rd!")
    assert client.get("/staff/").status_code == 200
    assert client.get("/staff/forgotten").status_code == 404


def test_the_table_names_every_role_and_every_permission() -> None:
    assert set(PERMISSIONS) == set(StaffRole)
    assert PERMISSIONS[OWNER] == set(Permission)
    assert PERMISSIONS[MANAGER] == set(Permission) - {Permission.TEAM}
    assert PERMISSIONS[WAREHOUSE] == {Permission.ORDERS, Permission.FULFIL, Permission.STOCK, Permission.OWN_ACCESS}
    assert not PERMISSIONS[ACCOUNTANT] & {Permission.FULFIL, Permission.STOCK, Permission.CUSTOMERS, Permission.REFUND}


def sign_in(app: Flask, client: FlaskClient, email: str, password: str) -> None:
    with app.app_context():
        secret = authentication.log_in(email=email, password=password).secret
        db.session.remove()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = secret, True


def employ(app: Flask, role: StaffRole | None) -> None:
    """Give the customer who has just registered a role, or take it away."""
    values = {"staff_role": role, "email_verified_at": clock.now()}
    with app.app_context(), transaction():
        db.session.execute(db.update(Customer).where(Customer.email == "pia@example.com").values(values))


@pytest.fixture
def started(app: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a delivered order with an open request and refunded units, beside a failed event and a dead mail."""
    with app.app_context():
        placed = make.begin((DUMBBELL, 3), (COFFEE, 1))
        make.pay(gateway, placed)
        order, line = make.order_of(placed), make.lines_of(placed)[0]
        fulfilment.ship(order.id, carrier="tcc", tracking_number="A1", staff=Actor("ana"))
        fulfilment.mark_delivered(order.id, staff=Actor("ana"))
        refunds.request_refund(order.id, units={line.id: 1}, is_restocked=False, staff=Actor("ana"))
        own_returns.request_return(
            make.owner(placed), placed.order_number, units={line.id: 1}, reason="grande", key="a"
        )
        outbox_rows()
        told = Story.of(make.order_of(placed), placed.session_id).completed()
        with transaction():
            row = {"type": told["type"], "state": "failed", "payload": told, "error": "KeyError: x"}
            db.session.add(EventRecord(id=told["id"], **row, created_at=clock.now(), received_at=clock.now()))
    return placed


def accounting_file() -> str:
    """Return the accountant's file that the tests' member of staff asked for, made."""
    own = db.session.scalar(db.select(Customer.id).where(Customer.email == "pia@example.com"))
    today = clock.day_of(clock.now())
    export_id = accounting.enqueue(Span(today, today), staff=Actor("pia@example.com", own))
    assert accounting.run_due() == 1
    return export_id


def used_coupon(started: PlacedOrder) -> str:
    """Return a coupon that cannot be deleted, because an order used it."""
    order, coupon = make.order_of(started), coupons.find("FIT10")
    assert coupon is not None
    use = CouponUse(order_id=order.id, coupon_id=coupon.id, email=order.email, person=order.person)
    with transaction():
        db.session.add(use)
    return str(use.coupon_id)


def bought_plan(app: Flask) -> tuple[str, str]:
    """Return a plan that runs, and a mail about it."""
    plans.bought(app.extensions["payments"])
    plan = plans.only()
    return plan.id, sent_again.mails_about_plan(plan)[0].id


def waiting_order(app: Flask) -> int:
    """Return an order that is to be sent."""
    placed = make.begin((COFFEE, 1))
    make.pay(app.extensions["payments"], placed)
    return make.order_of(placed).id


def asked(started: PlacedOrder) -> str:
    """Return what the buyer asked about their data."""
    subject = subjects.get(make.order_of(started).public_id)
    data_requests.add(subject, DataRequestKind.CORRECTION, clock.day_of(clock.now()), staff=Actor("ana"))
    return str(data_requests.list_for(subject)[0].row.id)


def blocked() -> str:
    """Return a block of somebody else."""
    blocks.add(BlockKind.NETWORK, "203.0.113.0/24", "tarjetas", clock.day_of(clock.now()), staff=Actor("ana"))
    return str(blocks.list_all()[0].block.id)


def values_of(app: Flask, started: PlacedOrder) -> dict[str, str]:
    """Return what stands in the addresses of real objects."""
    with app.app_context():
        event_id = db.session.scalar(db.select(EventRecord.id).where(EventRecord.state == "failed"))
        dead = [mail.id for mail in make.outbox() if mail.template == "order_confirmed"]
        with transaction():
            gone = {"dead_at": clock.now(), "sent_at": None}
            db.session.execute(db.update(OutboxMail).where(OutboxMail.id == dead[0]).values(gone))
        picture, file = (
            db.session.scalars(db.select(Picture)).first(),
            db.session.scalars(db.select(ContentFile)).first(),
        )
        assert picture is not None
        assert file is not None
        plan_id, mail_of_plan = bought_plan(app)
        other = waiting_order(app)
        job_id = product_imports.enqueue(b"sku\n", file_name="products.csv", actor=Actor("ana"))
        filed = Filing(
            kind=RequestKind.CLAIM, name="Ana Gómez", email="ana@example.com", text="Llegó roto.", language="es"
        )
        colleague = db.session.scalar(db.select(Customer.id).where(Customer.email == "staff@example.com"))
        slips = packing_slip_jobs.enqueue([other], SlipSize.LABEL, language="es", actor=Actor("ana"))
        packing_slip_jobs.run_due()
        return {
            "slips": slips, "person_id": str(colleague),
            "reference": started.order_number, "sequence": "1", "event_id": str(event_id), "mail_id": dead[0],
            "variant_id": make.variant_id_of(DUMBBELL), "product_id": picture.product_id, "picture_id": picture.id,
            "file_id": file.id, "product_of_file": file.product_id, "category_id": "1", "job_id": job_id,
            "plan_id": plan_id, "mail_of_plan": mail_of_plan,
            "review_id": reviews.written(started).id,
            "customer_reference": make.order_of(started).public_id, "request_id": asked(started), "block_id": blocked(),
            "coupon_id": used_coupon(started), "place_code": "05001", "carrier_code": "tcc", "synonym_id": "1",
            "table": "products", "export_id": accounting_file(),
            "filing_number": filing.file(filed), "part": "seller", "page": "terms", "version": "0",
        }  # fmt: skip


@pytest.mark.options(wtf_csrf_enabled=False)
@pytest.mark.parametrize("role", [*StaffRole, None])
def test_every_endpoint_with_every_role(
    app: Flask, browser: Browser, started: PlacedOrder, role: StaffRole | None
) -> None:
    """Real objects, so that 404 says that the role may not; what it may is done or refused at a field."""
    register(browser)
    employ(app, role)
    values, tried = values_of(app, started), 0
    for rule in sorted(staff_rules(app), key=lambda rule: rule.endpoint):
        own = {"product_id": values["product_of_file"]} if "file_id" in rule.arguments else {}
        own |= {"job_id": values["slips"]} if "packing" in rule.endpoint else {}
        own |= {"mail_id": values["mail_of_plan"]} if "plan_id" in rule.arguments else {}
        own |= {"synonym_id": "2"} if rule.endpoint == "staff.remove_synonym" else {}
        built = rule.build({name: (values | own)[name] for name in rule.arguments})
        assert built is not None
        allowed = role in WHO[rule.endpoint.removeprefix("staff.")]
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            status = browser.client.open(built[1], method=method).status_code
            expected = {200} if method in ("GET", "HEAD") else {303, 422}
            if rule.endpoint == "staff.export_customer":
                expected = {200}  # the file itself
            if rule.endpoint in ("staff.order_address", "staff.packing_slip"):
                expected = {303}  # the order is delivered, and the page tells so
            assert status in (expected if allowed else {404}), (rule.rule, method, status)
            tried += 1
    assert tried >= len(WHO)


@pytest.mark.options(wtf_csrf_enabled=False)
def test_a_lower_role_counts_at_once(app: Flask, browser: Browser, started: PlacedOrder) -> None:
    register(browser)
    cancel = f"/staff/orders/{started.order_number}/refund"
    employ(app, MANAGER)
    assert browser.client.get("/staff/audit").status_code == 200
    assert browser.client.post(cancel).status_code == 422
    employ(app, WAREHOUSE)
    assert browser.client.get("/staff/audit").status_code == 404
    assert browser.client.post(cancel).status_code == 404
    employ(app, None)
    assert browser.client.get("/staff/").status_code == 404


MONEY = re.compile(r"\$\s?\d|COP|pi_|re_|\d{7,} requested|Total|Pagado", re.IGNORECASE)


def test_the_warehouse_sees_no_amounts(app: Flask, browser: Browser, started: PlacedOrder) -> None:
    register(browser)
    employ(app, WAREHOUSE)
    pages = (
        "/staff/",
        "/staff/orders",
        "/staff/orders?tab=to_decide",
        "/staff/care",
        f"/staff/orders/{started.order_number}",
    )
    for path in pages:
        browser.get(path)
        main = html.unescape(browser.text.split("<main")[1].split("</main")[0]).replace("\N{NO-BREAK SPACE}", " ")
        assert started.order_number in main or path == "/staff/"
        assert "Dinero" not in main
        shown = re.sub(r"<[^>]+>", " ", main).replace("Pagado parcial", "")
        assert not [found for found in MONEY.findall(shown) if found != "Pagado"], (path, MONEY.findall(shown))
    assert "Calle 10 # 5-51" in browser.text
    assert "TCC A1" in browser.text
    employ(app, ACCOUNTANT)
    browser.get(pages[-1])
    assert MONEY.search(html.unescape(browser.text).replace("\N{NO-BREAK SPACE}", " "))


@pytest.mark.parametrize("role", list(StaffRole))
def test_pages_offer_what_the_role_may_do_and_nothing_else(
    app: Flask, browser: Browser, started: PlacedOrder, role: StaffRole
) -> None:
    register(browser)
    employ(app, role)
    rules = {rule.endpoint: rule for rule in staff_rules(app)}
    offered: set[str] = set()
    for path in ("/staff/", "/staff/orders", "/staff/care", f"/staff/orders/{started.order_number}"):
        browser.get(path)
        for form in browser.forms():
            adapter = app.url_map.bind("localhost")
            if form.action.startswith("/staff/") and form.method == "post":
                action = form.action.partition("?")[0]
                offered.add(adapter.match(action, method="POST")[0].removeprefix("staff."))
        linked = "/staff/audit" in browser.text
        assert linked == (role in LEADERS)
    assert rules
    assert offered <= {name for name, roles in WHO.items() if role in roles}
    assert ("refund" in offered, "restock" in offered) == (role in WHO["refund"], role in WHO["restock"])


@pytest.mark.options(wtf_csrf_enabled=False)
def test_support_is_told_its_limit_at_the_field(app: Flask, browser: Browser, started: PlacedOrder) -> None:
    register(browser)
    employ(app, SUPPORT)
    browser.get(f"/staff/orders/{started.order_number}")
    answer = browser.send(f"/staff/orders/{started.order_number}/refund", everything="1")
    assert answer.status_code == 422
    told = html.unescape(browser.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Tu rol permite devolver hasta $ 200.000 de un pedido." in told


def test_a_refused_page_stands_in_the_security_log(
    app: Flask, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    register(browser)
    employ(app, WAREHOUSE)
    with caplog.at_level("INFO", logger="storefront.security"):
        browser.client.get("/staff/audit")
        browser.client.get("/staff/orders/2026-11-9999")
    (line,) = [record for record in caplog.records if record.name == "storefront.security"]
    assert (line.action, line.outcome, line.reason) == ("access", "refused", "not_permitted")  # type: ignore[attr-defined]
    assert PASSWORD not in caplog.text
