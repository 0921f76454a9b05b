"""The audit's page: in words of the reader's language, found by filters, one page after another."""

import html
import re
from datetime import datetime

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import transaction
from storefront.enums import AuditAction, AuditObject, DataRequestKind, PaymentEventState, StaffRole
from storefront.i18n import audit_action_label, audit_changes, audit_object_label
from storefront.services import audit
from storefront.services.admin import staff
from storefront.services.audit import Actor
from storefront.services.customer_requests import handling
from storefront.services.customers import data_requests, notes, subjects
from storefront.services.orders import fulfilment
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.services.test_customer_requests import filed
from tests.statements import Statements
from tests.web.browser import Browser

ANA = Actor("staff@example.com", "01kavwm5d2e8qg0m3v7t9xk4nb")
PASSWORD = "demo-Passw0rd!"


@pytest.fixture
def owner(browser: Browser) -> Browser:
    browser.get("/login?next=/staff/audit")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


def words(browser: Browser) -> str:
    """Return what the page's main part says, in one line."""
    main = browser.text.split("<main")[1].split("</main")[0]
    plain = main.replace("<br>", " ").replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
    text = "".join(part.partition(">")[2] if n else part for n, part in enumerate(plain.split("<")))
    return " ".join(html.unescape(text).split())


def test_an_empty_audit_says_so(owner: Browser) -> None:
    assert "Todavía no hay cambios." in words(owner)


def test_changes_read_like_sentences_in_both_languages(app: Flask, gateway: FakeGateway, owner: Browser) -> None:
    with app.app_context():
        make.pay(gateway, started := make.begin((WHEY, 2)))
        order_id = make.order_of(started).id
        fulfilment.ship(order_id, carrier="tcc", tracking_number="A1", staff=ANA)
        line = make.lines_of(started)[0]
        name = line.name
        refunds.request_refund(order_id, units={line.id: 1}, staff=ANA)
        staff.add("eva@example.com", StaffRole.WAREHOUSE, staff=Actor("root"))
        staff.change_role("eva@example.com", StaffRole.SUPPORT, staff=ANA)
    owner.get("/staff/audit")
    told = words(owner)
    for sentence in (
        f"Envió: Pedido {started.order_number} Estado: Confirmado → Enviado Transportadora: TCC Número de guía: A1",
        f"Valor: $ 129.900 Unidades: 1 × {name} Vuelve al inventario: sí",
        "Dio acceso: Equipo eva@example.com Rol: Bodega Cuenta nueva: sí Contraseña nueva: no",
        "root (línea de comandos)",
        "Cambió el rol: Equipo eva@example.com Rol: Bodega → Atención al cliente",
    ):
        assert sentence in told, told
    assert f'href="/staff/orders/{started.order_number}"' in owner.text
    owner.client.post("/language", data=owner.form("/language").fields | {"language": "en"})
    owner.get("/staff/audit")
    told = words(owner)
    assert "Changed the role: Team eva@example.com Role: Warehouse → Customer support" in told
    assert "Amount: COP 129,900" in told


def test_requests_and_copies_of_data_have_words_of_their_own(app: Flask, gateway: FakeGateway, owner: Browser) -> None:
    with app.app_context():
        make.pay(gateway, started := make.begin((WHEY, 1), email="guest@example.com"))
        guest = subjects.get(make.order_of(started).public_id)
        for kind in (DataRequestKind.CORRECTION, DataRequestKind.ACCESS):
            data_requests.add(guest, kind, clock.day_of(clock.now()), staff=ANA)
        correction = data_requests.list_for(guest)[-1].row.id
        data_requests.close(guest, correction, staff=ANA)
        data_requests.export(guest, staff=ANA)
        notes.add(guest, text="Llamar por la tarde.", staff=ANA)
        number = filed()
        handling.answer(number, "Te lo cambiamos.", version=1, staff=ANA)
        handling.close(number, "", version=2, staff=ANA)
    owner.get("/staff/audit")
    told = words(owner)
    for sentence in (
        f"Cerró: Solicitud {number} Estado: Respondida → Cerrada",
        f"Respondió: Solicitud {number} Estado: Por responder → Respondida",
        f"Anotó: Cliente {guest.reference} Nota sobre el cliente",
        f"Descargó la copia de los datos: Cliente {guest.reference} ",
        f"Dio por respondida una solicitud de datos: Cliente {guest.reference} Solicitud de datos: ",
        f"Anotó una solicitud de datos: Cliente {guest.reference} Solicitud de datos: ",
    ):
        assert sentence in told, told
    assert "Cambió:" not in told
    owner.get("/staff/audit?action=data_exported")
    assert told.count("Descargó la copia de los datos: ") == words(owner).count(": Cliente ") == 1
    owner.client.post("/language", data=owner.form("/language").fields | {"language": "en"})
    owner.get("/staff/audit")
    told = words(owner)
    for sentence in ("Downloaded the copy of the data:", f"Answered: Request {number}", "Noted a data request"):
        assert sentence in told, told


def write(app: Flask, n: int) -> None:
    with app.app_context():
        for index in range(n):
            with (
                time_machine.travel(datetime(2026, 11, 1 + index % 20, 12, tzinfo=clock.BOGOTA)),
                transaction(),
            ):
                actor = ANA if index % 2 else Actor("leo")
                audit.record(actor, AuditAction.CHANGED, AuditObject.PRODUCT, f"p-{index}", after={"note": "x"})


def test_filters_and_pages_are_addresses(app: Flask, owner: Browser, statements: Statements) -> None:
    write(app, 120)
    owner.get("/staff/audit")
    seen = []
    for _page in range(3):
        seen += [part.partition("<")[0] for part in owner.text.split("?object=p-")[1:]]
        found = re.search(r'href="([^"]*before=[^"]*)" rel="next"', owner.text)
        if found:
            with statements.at_most(3):  # who is signed in, whether a second factor is due, and the entries
                owner.get(html.unescape(found[1]))
    assert (len(seen), len(set(seen))) == (120, 120)
    assert not found
    assert 'href="/staff/audit"' in owner.text
    for query, first, absent in (
        ("actor=LEO&object=p-2", "No hay cambios con esos filtros.", "p-2<"),
        ("actor=leo&object=p-2", "p-2", "p-4"),
        ("actor=STAFF@example.com&first=2026-11-02&last=2026-11-02", "p-101", "p-100"),
        ("action=changed&first=2026-11-20", "p-119", "p-118"),
        ("action=removed", "No hay cambios", "p-1"),
    ):
        owner.get(f"/staff/audit?{query}")
        assert first in words(owner), query
        assert f"object={absent}" not in owner.text, query


@pytest.mark.parametrize("query", ["first=x", "last=2026-13-01", "first=0001-01-01", "last=9999-12-31", "first=%00"])
def test_a_day_that_is_none_is_said_at_its_field(owner: Browser, query: str) -> None:
    expected = 400 if "%00" in query else 422
    assert owner.get(f"/staff/audit?{query}").status_code == expected
    if expected == 422:
        assert owner.text.count("Elige una fecha del calendario") == 1
        assert 'aria-invalid="true"' in owner.text


@pytest.mark.parametrize(
    "query",
    ["before=x", "before=1-", "before=-1", "before=9999999999999999999999999-1", "before=1-99999999999999999999",
     "before=²-1", "action=odd", "actor=" + "x" * 3000, "object=%F0%9F%92%AA", "before=999999999999999999-5"],
)  # fmt: skip
def test_nonsense_in_the_address_is_no_fault_of_ours(owner: Browser, query: str) -> None:
    assert owner.get(f"/staff/audit?{query}").status_code == 200


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_code_has_words(app: Flask, language: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert all(audit_action_label(action) not in ("", action) for action in AuditAction)
        assert all(audit_object_label(kind) not in ("", kind) for kind in AuditObject)
        for state in PaymentEventState:
            assert audit_changes(AuditObject.EVENT, None, {"state": state})[0][2] != ""


def test_facts_that_nobody_named_are_shown_as_they_are(app: Flask) -> None:
    with app.test_request_context():
        changes = audit_changes(
            AuditObject.PRODUCT,
            {"spent_minor": 100_000, "tags": ["a", "b"], "colour": "FitAiid"},
            {"spent_minor": 250_000, "tags": [], "colour": None},
        )
    assert [tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in change) for change in changes] == [
        ("spent_minor", "$ 1.000", "$ 2.500"), ("tags", "a, b", "–"), ("colour", "FitAiid", "–")
    ]  # fmt: skip
