"""Each change on a page of staff leaves an entry, in the transaction of the change: every POST is really sent."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, event, select
from werkzeug.test import TestResponse

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.customer import Customer
from storefront.domain.payment import EventRecord
from storefront.enums import RequestKind, StaffRole
from storefront.services.accounts import authentication
from storefront.services.admin import staff
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.customer_requests import filing
from storefront.services.customer_requests.filing import Filing
from storefront.services.orders import fulfilment, own_returns
from storefront.services.payments import refunds
from storefront.web.admin import bp
from tests import events, plans, reviews
from tests import factories as make
from tests.conftest import build
from tests.events import Story
from tests.factories import COFFEE, DUMBBELL, WHEY
from tests.fakes import FakeGateway
from tests.second_payments import with_failed_second_payment
from tests.web.browser import Browser
from tests.web.second_factor import code_of, shown_secret
from tests.web.test_staff import outbox_rows
from tests.web.test_staff_products import SHIRT, category_id, drawing, make_shirt, stored

EVA = Actor("eva")
OWNER, PASSWORD = "staff@example.com", "demo-Passw0rd!"
_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
AFTERWARDS = {"accept", "cancel", "end_plan_as_chosen", "refund", "reject", "repeat_refund"}
"""Whose request also writes down what Stripe answered, in a transaction of its own after the change."""

ANSWERED_AT_ONCE = {"activate_factor", "renew_codes", "export_customer", "make_accounting_file"}
"""What answers with the page itself, for what it shows is shown once, or with a file."""

PRINTING = {"packing_slips_of_many"}
"""What changes nothing of the shop: a file is made, by the worker where it is long."""

WORKERS = {"send_products", "apply_products"}
"""Whose change is done by the worker afterwards, with its entry: `tests/services/test_product_imports.py` shows it."""


@dataclass
class Commits:
    """The tables that each committed transaction wrote to."""

    done: list[set[str]] = field(default_factory=list)
    open: dict[int, set[str]] = field(default_factory=dict)

    def note(self, connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if found := _WRITES.match(statement):
            self.open.setdefault(id(connection), set()).add(found[1])

    def commit(self, connection: Connection) -> None:
        if tables := self.open.pop(id(connection), None):
            self.done.append(tables)

    def rollback(self, connection: Connection) -> None:
        self.open.pop(id(connection), None)

    @property
    def changes(self) -> list[set[str]]:
        """Return the transactions that changed anything but the time of a login, or which files wait for a row."""
        return [tables for tables in self.done if not tables <= {"logins", "unused_files"}]


@pytest.fixture
def commits() -> Iterator[Commits]:
    kept = Commits()
    listeners = (("before_cursor_execute", kept.note), ("commit", kept.commit), ("rollback", kept.rollback))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    yield kept
    for name, listener in listeners:
        event.remove(Engine, name, listener)


@dataclass
class Stage:
    """A shop with an owner's browser, in which something is prepared and then done on a page."""

    app: Flask
    gateway: FakeGateway
    browser: Browser

    def page(self, started: PlacedOrder, step: str, **values: str) -> tuple[str, dict[str, str]]:
        """Return the address and the form of a step on an order's page, filled in."""
        path = f"/staff/orders/{started.order_number}"
        self.browser.get(path)
        form = self.browser.form(f"{path}/{step}")
        return form.action, form.fields | values

    def paid(self, **changes: str) -> PlacedOrder:
        with self.app.app_context():
            started = make.begin((WHEY, 2), (COFFEE, 1), **changes)
            make.pay(self.gateway, started)
            return started

    def sent(self) -> PlacedOrder:
        with self.app.app_context():
            started = make.begin((DUMBBELL, 2))
            make.pay(self.gateway, started)
            fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="A1", staff=EVA)
        return started

    def held(self) -> PlacedOrder:
        with self.app.app_context():
            started = make.begin((WHEY, 1))
            told = Story.of(make.order_of(started), started.session_id, total_minor=10_000_000)
        events.send(self.app.test_client(), told.completed())
        return started

    def event(self) -> str:
        with self.app.app_context():
            started = make.begin((WHEY, 1))
            told = Story.of(make.order_of(started), started.session_id).completed()
            row = {"type": told["type"], "state": "failed", "payload": told, "error": "KeyError: x"}
            with transaction():
                db.session.add(EventRecord(id=told["id"], **row, created_at=clock.now(), received_at=clock.now()))
            return str(told["id"])


Filled = tuple[str, dict[str, Any]]


def _ship(stage: Stage) -> Filled:
    return stage.page(stage.paid(), "ship", carrier="tcc", guide="A1")


def _ready(stage: Stage) -> Filled:
    return stage.page(stage.paid(shipping_method="pickup"), "ready")


def _correct_parcel(stage: Stage) -> Filled:
    return stage.page(stage.sent(), "parcels/1", guide="B2")


def _add_note(stage: Stage) -> Filled:
    return stage.page(stage.paid(), "notes", order_note="Llamar antes de entregar.")


def _ship_list(stage: Stage) -> Filled:
    started = stage.paid()
    stage.browser.get("/staff/orders/ship")
    return _filled(stage.browser, "/staff/orders/ship", carrier="tcc", list=f"{started.order_number}, A1", apply="1")


def _correct_address(stage: Stage) -> Filled:
    path = f"/staff/orders/{stage.paid().order_number}/address"
    stage.browser.get(path)
    return _filled(stage.browser, path, street="Calle 20 # 1-1")


def _send_mail_again(stage: Stage) -> Filled:
    started = stage.paid()
    with stage.app.app_context():
        mail = next(mail for mail in make.outbox() if mail.template == "order_confirmed")
    return stage.page(started, f"mails/{mail.id}")


def _deliver(stage: Stage) -> Filled:
    return stage.page(stage.sent(), "deliver")


def _take_back(stage: Stage) -> Filled:
    return stage.page(stage.sent(), "return")


def _cancel(stage: Stage) -> Filled:
    return stage.page(stage.paid(), "cancel")


def _cancel_unpaid(stage: Stage) -> Filled:
    with stage.app.app_context():
        started = make.begin((WHEY, 1))
    return stage.page(started, "cancel")


def _plan(stage: Stage, step: str) -> str:
    """Return the address of a step of a plan that runs, at the page that has its form."""
    with stage.app.app_context():
        plans.bought(stage.gateway)
        path = f"/staff/plans/{plans.only().id}"
    stage.browser.get(f"{path}/end" if step == "end" else path)
    return f"{path}/{step}"


def _plan_end(how: str) -> Callable[[Stage], Filled]:
    return lambda stage: _filled(stage.browser, _plan(stage, "end"), how=how, sum=str(plans.PRICE))


def _resume_plan(stage: Stage) -> Filled:
    path = _plan(stage, "end")
    stage.browser.send(path, how="period")
    return _filled(stage.browser, path.replace("/end", "/resume"))


def _send_plan_mail_again(stage: Stage) -> Filled:
    return _filled(stage.browser, _plan(stage, "mails"))


def _refund(stage: Stage) -> Filled:
    return stage.page(stage.paid(), "refund", amount="10.000", sum="1000000")


def _accept(stage: Stage) -> Filled:
    return stage.page(stage.held(), "accept")


def _reject(stage: Stage) -> Filled:
    return stage.page(stage.held(), "reject")


def _settle(stage: Stage) -> Filled:
    started = stage.sent()
    with stage.app.app_context():
        fulfilment.mark_returned(make.order_of(started).id, staff=EVA)
    return stage.page(started, "settle", settle_note="transferencia")


def _repeat_refund(stage: Stage) -> Filled:
    with stage.app.app_context():
        started, _own, _second = with_failed_second_payment(stage.app)
    return stage.page(started, "repeat-refund")


def _close_return(stage: Stage) -> Filled:
    started = stage.sent()
    with stage.app.app_context():
        units = {make.lines_of(started)[0].id: 1}
        own_returns.request_return(make.owner(started), started.order_number, units=units, reason="", key="a")
    return stage.page(started, "returns/1/close", **{"note-1": "nunca llegó", "note": "nunca llegó"})


def _restock(stage: Stage) -> Filled:
    started = stage.sent()
    with stage.app.app_context():
        line = make.lines_of(started)[0].id
        refunds.request_refund(make.order_of(started).id, units={line: 1}, is_restocked=False)
    return stage.page(started, "restock", **{f"back-{line}": "1"})


def _retry_event(stage: Stage) -> Filled:
    event_id = stage.event()
    stage.browser.get("/staff/care")
    return f"/staff/care/events/{event_id}", stage.browser.form("/staff/care/events/").fields


def _retry_mail(stage: Stage) -> Filled:
    with stage.app.app_context():
        outbox_rows()
    stage.browser.get("/staff/care")
    form = stage.browser.form("/staff/care/mails/")
    return form.action, form.fields


def _shirt(stage: Stage, **values: str) -> Browser:
    """Return the browser at the page of a shirt in two sizes."""
    make_shirt(stage.app, stage.browser, **values)
    return stage.browser


def _filled(browser: Browser, action: str, **values: Any) -> Filled:
    form = browser.form(action)
    return form.action, form.fields | values


def _create_product(stage: Stage) -> Filled:
    stage.browser.get("/staff/products/new")
    return _filled(stage.browser, "/staff/products/new", **SHIRT, category=category_id(stage.app))


def _save_product(stage: Stage) -> Filled:
    return _filled(_shirt(stage), "/staff/products/", brand="Propia")


def _copy_product(stage: Stage) -> Filled:
    path = _shirt(stage).form("/staff/products/").action
    return _filled(stage.browser, f"{path}/copy")


def _change_products(stage: Stage) -> Filled:
    _shirt(stage)
    product, _ = stored(stage.app, "camiseta-de-algodon")
    stage.browser.get("/staff/products")
    return _filled(stage.browser, "/staff/products/bulk", product=[product.id], step="archive")


def _add_picture(stage: Stage) -> Filled:
    path = _shirt(stage).form("/staff/products/").action
    alt = {"alt_es": "rojo", "alt_en": "red", "is_decorative": ""}
    return _filled(stage.browser, f"{path}/pictures", picture=drawing("red"), **alt)


def _change_picture(stage: Stage) -> Filled:
    action, fields = _add_picture(stage)
    stage.browser.page = stage.browser.client.post(action, data=fields)
    stage.browser._follow()
    return _filled(stage.browser, f"{action}/", step="describe", alt_es="azul", alt_en="blue", is_decorative="")


def _add_file(stage: Stage) -> Filled:
    stage.browser.get("/staff/products/new")
    guide = SHIRT | {"kind": "digital", "name": "Guía de fuerza", "category": category_id(stage.app)}
    stage.browser.send("/staff/products/new", **guide)
    path = stage.browser.form("/staff/products/").action
    return _filled(stage.browser, f"{path}/files", sold_file=(BytesIO(b"%PDF-1.7 one"), "guia.pdf"))


def _replace_file(stage: Stage) -> Filled:
    action, fields = _add_file(stage)
    stage.browser.page = stage.browser.client.post(action, data=fields)
    stage.browser._follow()
    return _filled(stage.browser, f"{action}/", sold_file=(BytesIO(b"%PDF-1.7 two"), "guia-2.pdf"))


def _create_category(stage: Stage) -> Filled:
    stage.browser.get("/staff/categories")
    return _filled(stage.browser, "/staff/categories", name="Recuperación", name_en="Recovery", position="1")


def _new_category(stage: Stage) -> str:
    action, fields = _create_category(stage)
    stage.browser.client.post(action, data=fields)
    path = f"/staff/categories/{category_id(stage.app, 'recuperacion')}"
    stage.browser.get(path)
    return path


def _save_category(stage: Stage) -> Filled:
    return _filled(stage.browser, _new_category(stage), name="Descanso")


def _remove_category(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_new_category(stage)}/remove")


def _filed(stage: Stage) -> str:
    """Return the page of a request that waits, opened."""
    typed = Filing(kind=RequestKind.CLAIM, name="Ana", email="ana@example.com", text="Llegó roto.", language="es")
    with stage.app.app_context():
        path = f"/staff/requests/{filing.file(typed)}"
    stage.browser.get(path)
    return path


def _answer_request(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_filed(stage)}/answer", request_answer="Te lo cambiamos.")


def _close_request(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_filed(stage)}/close", closing_note="Era una prueba.")


def _save_banner(stage: Stage) -> Filled:
    stage.browser.get("/staff/texts/banner")
    return _filled(stage.browser, "/staff/texts/banner", text="Hoy no hay envíos", text_en="No delivery", step="save")


def _save_seller(stage: Stage) -> Filled:
    stage.browser.get("/staff/texts/seller")
    return _filled(stage.browser, "/staff/texts/seller", name="Otra S.A.S.", step="save")


def _save_terms(stage: Stage) -> Filled:
    stage.browser.get("/staff/texts/pages/terms")
    return _filled(stage.browser, "/staff/texts/pages/terms", page_text="Nuevos términos.", step="save")


def _create_coupon(stage: Stage) -> Filled:
    stage.browser.get("/staff/coupons/new")
    return _filled(stage.browser, "/staff/coupons/new", code="MADRES20", kind="percent", value="20")


def _new_coupon(stage: Stage) -> str:
    action, fields = _create_coupon(stage)
    stage.browser.page = stage.browser.client.post(action, data=fields)
    stage.browser._follow()
    return stage.browser.form("/staff/coupons/").action


def _save_coupon(stage: Stage) -> Filled:
    return _filled(stage.browser, _new_coupon(stage), value="25")


def _switch_coupon(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_new_coupon(stage)}/switch")


def _remove_coupon(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_new_coupon(stage)}/remove")


def _save_daily_mail(stage: Stage) -> Filled:
    stage.browser.get("/staff/security")
    return _filled(stage.browser, "/staff/security/daily-mail")


def _make_accounting_file(stage: Stage) -> Filled:
    stage.browser.get("/staff/figures/accounting")
    return _filled(stage.browser, "/staff/figures/accounting", first="2026-11-01", last="2026-11-30")


def _add_synonym(stage: Stage) -> Filled:
    stage.browser.get("/staff/search")
    return _filled(stage.browser, "/staff/search/synonyms", synonym="tortuga", meanings="pesa")


def _synonym(stage: Stage) -> str:
    stage.browser.get("/staff/search")
    address = re.findall(r'href="(/staff/search/synonyms/\d+)"', stage.browser.text)[0]
    stage.browser.get(address)
    return str(address)


def _save_synonym(stage: Stage) -> Filled:
    return _filled(stage.browser, _synonym(stage), meanings="otra cosa")


def _remove_synonym(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_synonym(stage)}/remove")


def _save_delivery(stage: Stage) -> Filled:
    stage.browser.get("/staff/delivery")
    return _filled(stage.browser, "/staff/delivery", **{"standard-main-price": "22.000", "step": "save"})


def _move_place(stage: Stage) -> Filled:
    stage.browser.get("/staff/delivery/places/05001")
    return _filled(stage.browser, "/staff/delivery/places/05001", zone="national")


def _create_carrier(stage: Stage) -> Filled:
    stage.browser.get("/staff/delivery/carriers")
    return _filled(stage.browser, "/staff/delivery/carriers", name="Mensajero propio")


def _new_carrier(stage: Stage) -> str:
    action, fields = _create_carrier(stage)
    stage.browser.client.post(action, data=fields)
    stage.browser.get("/staff/delivery/carriers/mensajero-propio")
    return "/staff/delivery/carriers/mensajero-propio"


def _save_carrier(stage: Stage) -> Filled:
    return _filled(stage.browser, _new_carrier(stage), tracking_template="https://m.example/?g={guia}")


def _remove_carrier(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_new_carrier(stage)}/remove")


def _stock_change(stage: Stage) -> Filled:
    with stage.app.app_context():
        path = f"/staff/stock/{make.variant_id_of(WHEY)}"
    stage.browser.get(path)
    return _filled(stage.browser, path, units="5", reason="received")


def _stock_count(stage: Stage) -> Filled:
    action, fields = _stock_change(stage)
    counted = fields | {"reason": "counted", "units": "118"}
    stage.browser.page = stage.browser.client.post(action, data=counted)
    stage.browser._follow()
    return _filled(stage.browser, "/staff/stock/count", confirm="1")


def _review(step: str) -> Callable[[Stage], Filled]:
    def prepare(stage: Stage) -> Filled:
        with stage.app.app_context():
            path = f"/staff/reviews/{reviews.written(reviews.delivered(stage.gateway, (WHEY, 1))).id}"
        stage.browser.get("/staff/reviews")
        return _filled(stage.browser, path, step=step, review_reason="Tiene un teléfono.", answer="¡Gracias!")

    return prepare


def _customer(stage: Stage) -> str:
    """Return the page of a guest who has paid."""
    started = stage.paid()
    with stage.app.app_context():
        path = f"/staff/customers/{make.order_of(started).public_id}"
    stage.browser.get(path)
    return path


def _add_customer_note(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_customer(stage)}/notes", customer_note="Prefiere WhatsApp.")


def _add_data_request(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_customer(stage)}/requests", request_kind="correction")


def _close_data_request(stage: Stage) -> Filled:
    action, fields = _add_data_request(stage)
    stage.browser.page = stage.browser.client.post(action, data=fields)
    stage.browser._follow()
    return _filled(stage.browser, f"{action}/")


def _export_customer(stage: Stage) -> Filled:
    return _filled(stage.browser, f"{_customer(stage)}/export")


def _erase_customer(stage: Stage) -> Filled:
    path = f"{_customer(stage)}/erase"
    stage.browser.get(path)
    return _filled(stage.browser, path, is_sure="y")


def _block_customer(stage: Stage) -> Filled:
    values = {"block_reason": "Tarjetas robadas.", "last_day": clock.day_of(clock.now()).isoformat()}
    return _filled(stage.browser, f"{_customer(stage)}/block", **values)


def _add_block(stage: Stage) -> Filled:
    stage.browser.get("/staff/customers/blocks")
    values = {"block_kind": "network", "block_value": "203.0.113.0/24", "block_reason": "Tarjetas robadas."}
    return _filled(stage.browser, "/staff/customers/blocks", **values, last_day=clock.day_of(clock.now()).isoformat())


def _end_block(stage: Stage) -> Filled:
    action, fields = _add_block(stage)
    stage.browser.page = stage.browser.client.post(action, data=fields)
    stage.browser._follow()
    return _filled(stage.browser, f"{action}/")


def _offer_factor(stage: Stage) -> Filled:
    stage.browser.get("/staff/security")
    return _filled(stage.browser, "/staff/security/offer")


def _activate_factor(stage: Stage) -> Filled:
    action, fields = _offer_factor(stage)
    stage.browser.page = stage.browser.client.post(action, data=fields)
    stage.browser._follow()
    return _filled(stage.browser, "/staff/security/new", one_time_code=code_of(shown_secret(stage.browser)))


def _proved(stage: Stage, step: str) -> Filled:
    """Return a form of one's own security, filled in by somebody who has a second factor."""
    action, fields = _activate_factor(stage)
    secret = shown_secret(stage.browser)
    assert stage.browser.client.post(action, data=fields).status_code == 200
    stage.browser.get("/staff/security")
    path = f"/staff/security/{step}"
    return _filled(stage.browser, path, password=PASSWORD, one_time_code=code_of(secret, ahead=1))


def _renew_codes(stage: Stage) -> Filled:
    return _proved(stage, "codes")


def _remove_factor(stage: Stage) -> Filled:
    return _proved(stage, "remove")


def _offer_another(stage: Stage) -> Filled:
    return _proved(stage, "offer")


def _invite_member(stage: Stage) -> Filled:
    stage.browser.get("/staff/team")
    return _filled(stage.browser, "/staff/team/invite", email="eva@example.com", role="support")


def _member(step: str, **values: str) -> Callable[[Stage], Filled]:
    def prepare(stage: Stage) -> Filled:
        with stage.app.app_context():
            staff.add("eva@example.com", StaffRole.OWNER, password=PASSWORD, staff=EVA)
            eva = db.session.scalar(select(Customer.id).where(Customer.email == "eva@example.com")) or ""
            if step == "enable":
                staff.disable("eva@example.com", staff=EVA)
            if step == "reset":
                make.second_factor(eva)
        stage.browser.get("/staff/team")
        return _filled(stage.browser, f"/staff/team/{eva}/{step}", **values)

    return prepare


def _save_team_rule(stage: Stage) -> Filled:
    stage.browser.get("/staff/team")
    return _filled(stage.browser, "/staff/team/rule", is_required="1")


DRIVERS: dict[str, list[Callable[[Stage], Filled]]] = {
    "invite_member": [_invite_member],
    "change_member_role": [_member("role", role="support")],
    "disable_member": [_member("disable")],
    "enable_member": [_member("enable")],
    "reset_member_factor": [_member("reset")],
    "save_team_rule": [_save_team_rule],
    "save_daily_mail": [_save_daily_mail],
    "make_accounting_file": [_make_accounting_file],
    "offer_factor": [_offer_factor, _offer_another],
    "activate_factor": [_activate_factor],
    "renew_codes": [_renew_codes],
    "remove_factor": [_remove_factor],
    "ship": [_ship],
    "ready": [_ready],
    "correct_parcel": [_correct_parcel],
    "ship_list": [_ship_list],
    "correct_address": [_correct_address],
    "add_note": [_add_note],
    "send_mail_again": [_send_mail_again],
    "deliver": [_deliver],
    "take_back": [_take_back],
    "cancel": [_cancel, _cancel_unpaid],
    "end_plan_as_chosen": [_plan_end("now"), _plan_end("refund"), _plan_end("period")],
    "resume_plan": [_resume_plan],
    "send_plan_mail_again": [_send_plan_mail_again],
    "refund": [_refund],
    "accept": [_accept],
    "reject": [_reject],
    "settle": [_settle],
    "repeat_refund": [_repeat_refund],
    "close_return": [_close_return],
    "restock": [_restock],
    "retry_event": [_retry_event],
    "retry_mail": [_retry_mail],
    "create_product": [_create_product],
    "save_product": [_save_product],
    "copy_product": [_copy_product],
    "change_products": [_change_products],
    "add_picture": [_add_picture],
    "change_picture": [_change_picture],
    "add_file": [_add_file],
    "replace_file": [_replace_file],
    "create_category": [_create_category],
    "save_category": [_save_category],
    "remove_category": [_remove_category],
    "add_customer_note": [_add_customer_note],
    "add_data_request": [_add_data_request],
    "close_data_request": [_close_data_request],
    "export_customer": [_export_customer],
    "erase_customer": [_erase_customer],
    "block_customer": [_block_customer],
    "add_block": [_add_block],
    "end_block": [_end_block],
    "create_coupon": [_create_coupon],
    "add_synonym": [_add_synonym],
    "save_synonym": [_save_synonym],
    "remove_synonym": [_remove_synonym],
    "save_coupon": [_save_coupon],
    "switch_coupon": [_switch_coupon],
    "remove_coupon": [_remove_coupon],
    "save_delivery": [_save_delivery],
    "move_place": [_move_place],
    "create_carrier": [_create_carrier],
    "save_carrier": [_save_carrier],
    "remove_carrier": [_remove_carrier],
    "answer_request": [_answer_request],
    "close_request": [_close_request],
    "save_text_part": [_save_banner, _save_seller],
    "save_text_page": [_save_terms],
    "stock_change": [_stock_change],
    "stock_count": [_stock_count],
    "moderate_review": [_review("approve"), _review("refuse"), _review("answer")],
}
"""By endpoint, what prepares a change and returns the address and the form that does it; a new endpoint comes here."""


@pytest.fixture
def stage(app: Flask, gateway: FakeGateway, browser: Browser) -> Stage:
    return _stage(app, gateway, browser)


def _stage(app: Flask, gateway: FakeGateway, browser: Browser) -> Stage:
    browser.get("/login?next=/staff/")
    browser.send("/login", email=OWNER, password=PASSWORD)
    return Stage(app, gateway, browser)


def changing(app: Flask) -> set[str]:
    """Return the endpoints of staff that take anything but a reading request."""
    reading = {"GET", "HEAD", "OPTIONS"}
    return {
        rule.endpoint.removeprefix("staff.")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/staff/") and (rule.methods or set()) - reading
    }


def unaudited(stage: Stage, answer: TestResponse, commits: Commits, endpoint: str) -> str:
    """Return what is wrong with the entries of a request that changed something, nothing if all is well."""
    changes = commits.changes
    if not changes:
        return "it changed nothing"
    if "audit_entries" not in changes[0]:
        return f"a change without an entry: {changes[0]}"
    if endpoint not in AFTERWARDS and any("audit_entries" not in tables for tables in changes):
        return f"another change without an entry: {changes}"
    with stage.app.app_context():
        owner = db.session.scalar(select(Customer.id).where(Customer.email == OWNER))
        found = db.session.scalars(
            select(AuditEntry).where(AuditEntry.request_id == answer.headers["X-Request-ID"])
        ).all()
    if {(entry.actor_id, entry.actor_name) for entry in found} != {(owner, OWNER)}:
        return f"not of this request's user: {found}"
    return ""


def test_every_changing_endpoint_is_sent_below(app: Flask) -> None:
    assert changing(app) == set(DRIVERS) | WORKERS | PRINTING


@pytest.mark.parametrize(("endpoint", "prepare"), [(name, one) for name, drivers in DRIVERS.items() for one in drivers])
def test_a_change_and_its_entry_are_one_transaction(
    stage: Stage, commits: Commits, endpoint: str, prepare: Callable[[Stage], Filled]
) -> None:
    action, fields = prepare(stage)
    commits.done.clear()
    answer = stage.browser.client.post(action, data=fields)
    assert answer.status_code == (200 if endpoint in ANSWERED_AT_ONCE else 303), answer.get_data(as_text=True)
    assert unaudited(stage, answer, commits, endpoint) == ""


@pytest.mark.parametrize("prepare", [_ship, _refund, _settle])
def test_what_is_refused_leaves_no_entry(stage: Stage, commits: Commits, prepare: Callable[[Stage], Filled]) -> None:
    action, fields = prepare(stage)
    assert stage.browser.client.post(action, data=fields).status_code == 303
    commits.done.clear()
    again = stage.browser.client.post(action, data=fields)
    assert again.status_code == 422
    assert commits.changes == []


def test_control_a_change_without_an_entry_is_found(sqlite_url: str, commits: Commits) -> None:
    app = build(sqlite_url)

    def forgotten() -> tuple[str, int]:
        authentication.set_language(db.session.scalar(select(Customer.id).where(Customer.email == OWNER)) or "", "en")
        return "", 303

    forgotten.permission = app.view_functions["staff.ship"].permission  # type: ignore[attr-defined]
    app.add_url_rule(f"{bp.url_prefix}/forgotten", "staff.forgotten", forgotten, methods=["POST"])
    assert changing(app) - set(DRIVERS) - WORKERS - PRINTING == {"forgotten"}
    stage = _stage(app, app.extensions["payments"], Browser(app.test_client()))
    stage.browser.get("/staff/")
    commits.done.clear()
    answer = stage.browser.client.post("/staff/forgotten", data=stage.browser.form("/logout").fields)
    assert answer.status_code == 303
    assert unaudited(stage, answer, commits, "forgotten").startswith("a change without an entry")
