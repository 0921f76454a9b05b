"""The staff's pages: who sees them, what they show, and what can be done there."""

import html
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import fulfilment, own_returns
from storefront.services.payments import event_processing
from tests import events, plans
from tests import factories as make
from tests.events import Story
from tests.factories import COFFEE, DUMBBELL, WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.web.browser import Browser

PASSWORD = "demo-Passw0rd!"


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


@pytest.fixture
def paid(app: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a paid order of two tubs and a pack of coffee, to be sent to Bogotá."""
    return place(app, gateway)


def place(app: Flask, gateway: FakeGateway, **changes: str) -> PlacedOrder:
    with app.app_context():
        started = make.begin((WHEY, 2), (COFFEE, 1), **changes)
        make.pay(gateway, started)
        return started


def state(app: Flask, started: PlacedOrder) -> tuple[str, str]:
    with app.app_context():
        return make.state_of(started)


def page_text(browser: Browser) -> str:
    return html.unescape(browser.text).replace("\N{NO-BREAK SPACE}", " ")


def test_a_guest_signs_in_first_and_a_customer_finds_nothing(browser: Browser, paid: PlacedOrder) -> None:
    paths = ("/staff/", "/staff/care", f"/staff/orders/{paid.order_number}")
    for path in paths:
        assert browser.client.get(path).location == f"/login?next={path}"
    browser.get("/login")
    browser.send("/login", email="shopper@example.com", password=PASSWORD)
    assert "/staff/" not in browser.text
    for path in paths:
        assert browser.get(path).status_code == 404


def test_a_customer_can_do_nothing(app: Flask, browser: Browser, paid: PlacedOrder) -> None:
    browser.get("/login")
    browser.send("/login", email="shopper@example.com", password=PASSWORD)
    browser.get("/cart")
    token = browser.form("/logout").fields["csrf_token"]
    for step in ("ship", "ready", "deliver", "return", "cancel", "refund"):
        answer = browser.client.post(f"/staff/orders/{paid.order_number}/{step}", data={"csrf_token": token})
        assert answer.status_code == 404
    assert state(app, paid) == ("confirmed", "paid")


def test_no_page_of_staff_is_kept_or_found(staff: Browser, paid: PlacedOrder) -> None:
    for path in ("/staff/", "/staff/care", f"/staff/orders/{paid.order_number}"):
        answer = staff.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert '<meta name="robots" content="noindex">' in staff.text


def test_orders_are_found_by_number_mail_and_status(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    ana, pia = place(app, gateway), place(app, gateway, email="pia@example.com")
    staff.get("/staff/orders")
    assert ana.order_number in staff.text
    assert pia.order_number in staff.text
    staff.get(f"/staff/orders?q={ana.order_number}")
    assert pia.order_number not in staff.text
    staff.get("/staff/orders?q=PIA@&status=confirmed")
    assert ana.order_number not in staff.text
    assert "1 pedido" in staff.text
    staff.get("/staff/orders?status=shipped")
    assert "No hay pedidos con esos filtros" in staff.text
    for nonsense in ("/staff/orders?status=x", "/staff/orders?page=0", "/staff/orders?page=x"):
        assert staff.get(nonsense).status_code == 200
    assert staff.get("/staff/orders/2026-11-9999").status_code == 404


def test_today_s_search_opens_the_one_order_it_finds(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    ana, pia = place(app, gateway), place(app, gateway, email="pia@example.com")
    staff.get("/staff/")
    assert staff.form("/staff/orders").fields == {"open": "1", "q": ""}
    staff.get("/staff/orders?open=1&q=PIA@")
    assert staff.page.request.path == f"/staff/orders/{pia.order_number}"
    staff.get("/staff/orders?open=1&q=example.com")
    assert staff.page.request.path == "/staff/orders", "two are found"
    assert ana.order_number in staff.text
    assert staff.get("/staff/orders?open=1&page=2&q=PIA@").status_code == 200
    staff.get("/staff/orders?open=1&q=nobody")
    assert "No hay pedidos con esos filtros" in staff.text
    staff.get("/staff/orders?q=PIA@")
    assert staff.page.request.path == "/staff/orders", "a list stays a list"


def test_pages_are_links(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    with app.app_context():
        for n in range(27):
            make.begin((COFFEE, 1), email=f"n{n}@example.com")
    staff.get("/staff/orders?status=pending")
    assert 'href="/staff/orders?page=2&amp;status=pending"' in staff.text
    staff.get("/staff/orders?page=2&status=pending")
    assert "n0@example.com" in staff.text


def test_a_parcel_is_sent_and_delivered(app: Flask, staff: Browser, mailer: KeepingMailer, paid: PlacedOrder) -> None:
    path = f"/staff/orders/{paid.order_number}"
    staff.get(path)
    for seen in ("ana@example.com", "Calle 10 # 5-51", "La tienda, sola", "Por preparar", "Página de pago"):
        assert seen in staff.text
    answer = staff.send(f"{path}/ship", carrier="", guide="uno dos", tracking_url="javascript:x")
    assert answer.status_code == 422
    assert staff.title.startswith("Error: ")
    for message in ("Elige la transportadora", "letras, números y guiones", "empiece por https://"):
        assert page_text(staff).count(message) == 2  # in the summary and beside the field
    assert 'value="uno dos"' in staff.text
    staff.send(f"{path}/ship", carrier="envia", guide="", tracking_url="")
    assert page_text(staff).count("Escribe el número de guía") == 2
    assert staff.send(f"{path}/ship", carrier="envia", guide="77-1", tracking_url="").status_code == 200
    assert "va en camino" in page_text(staff)
    assert state(app, paid) == ("shipped", "paid")
    assert staff.send(f"{path}/deliver").status_code == 200
    assert state(app, paid) == ("delivered", "paid")
    assert ">staff@example.com</td>" in staff.text
    staff.send(f"{path}/return")
    assert state(app, paid) == ("returned", "paid")
    with app.app_context():
        assert make.mails_of(paid) == ["delivered", "order_confirmed", "shipped"]


def test_the_next_parcel_has_the_carrier_of_the_last(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    first, second = place(app, gateway), place(app, gateway)
    staff.get(f"/staff/orders/{first.order_number}")
    assert staff.form(f"/staff/orders/{first.order_number}/ship").fields.get("carrier", "") == ""
    staff.send(f"/staff/orders/{first.order_number}/ship", carrier="envia", guide="uno dos")
    staff.get(f"/staff/orders/{second.order_number}")
    assert staff.form(f"/staff/orders/{second.order_number}/ship").fields.get("carrier", "") == "", "nothing was sent"
    staff.get(f"/staff/orders/{first.order_number}")
    staff.send(f"/staff/orders/{first.order_number}/ship", carrier="envia", guide="77-1")
    staff.get("/staff/orders/ship")
    assert next(form for form in staff.forms() if "list" in form.fields).fields["carrier"] == "envia"
    staff.get(f"/staff/orders/{second.order_number}")
    staff.send(f"/staff/orders/{second.order_number}/ship", guide="77-2")
    assert "va en camino" in page_text(staff)


def test_the_same_step_twice_is_refused_beside_its_button(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    path = f"/staff/orders/{paid.order_number}"
    staff.get(path)
    form = staff.form(f"{path}/ship")
    sent = form.fields | {"carrier": "envia", "guide": "77-1"}
    assert staff.client.post(form.action, data=sent).status_code == 303
    staff.page = staff.client.post(form.action, data=sent)
    assert staff.page.status_code == 422
    assert page_text(staff).count("ya no está en un estado que permita hacer esto") == 2
    staff.get(path)
    form = staff.form(f"{path}/deliver")
    assert staff.client.post(form.action, data=form.fields).status_code == 303
    staff.page = staff.client.post(form.action, data=form.fields)
    assert staff.page.status_code == 422
    assert 'href="#step-deliver"' in staff.text
    assert 'id="step-deliver"' in staff.text


def test_a_pickup_is_put_on_the_counter(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    started = place(app, gateway, shipping_method="pickup")
    path = f"/staff/orders/{started.order_number}"
    staff.get(path)
    assert f"{path}/ship" not in staff.text
    staff.send(f"{path}/ready")
    assert "Listo para recoger" in staff.text
    staff.send(f"{path}/deliver")
    assert state(app, started) == ("delivered", "paid")
    assert "Recogido" in staff.text


def test_units_are_refunded_with_or_without_the_shelf(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    path = f"/staff/orders/{paid.order_number}"
    with app.app_context():
        whey, coffee = (line.id for line in make.lines_of(paid))
    staff.get(path)
    staff.send(f"{path}/refund", **{f"units-{whey}": "1"})
    assert staff.send(f"{path}/refund").status_code == 200, "confirmed"
    assert "Reembolso: Hecho." in page_text(staff)
    form = staff.form(f"{path}/refund").fields
    form.pop("is_restocked")
    answer = staff.client.post(f"{path}/refund", data=form | {f"units-{coffee}": "1", "sum": "3490000"})
    assert answer.status_code == 303
    with app.app_context():
        assert make.stock_of(WHEY) == (119, 0)
        assert make.stock_of(COFFEE) == (79, 0)
        assert [refund.amount_minor for refund in make.refunds_of(paid)] == [12_990_000, 3_490_000]
    assert state(app, paid) == ("confirmed", "partially_refunded")


def test_a_refund_clicked_twice_gives_nothing_twice(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    path = f"/staff/orders/{paid.order_number}"
    staff.get(path)
    form = staff.form(f"{path}/refund")
    sent = form.fields | {"amount": "10.000", "sum": "1000000"}
    assert staff.client.post(form.action, data=sent).status_code == 303
    staff.page = staff.client.post(form.action, data=sent)
    assert staff.page.status_code == 422
    assert "El pedido cambió mientras lo mirabas" in staff.text
    with app.app_context():
        assert [refund.amount_minor for refund in make.refunds_of(paid)] == [1_000_000]


def test_a_refund_says_what_is_wrong_at_the_field(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    path = f"/staff/orders/{paid.order_number}"
    with app.app_context():
        whey = make.lines_of(paid)[0].id
    units = f"units-{whey}"
    cases: tuple[tuple[dict[str, str], str, str], ...] = (
        ({}, "amount", "Escribe un valor o las unidades"),
        ({units: "1", "amount": "500"}, "amount", "Escribe un valor o las unidades"),
        ({units: "3"}, units, "No quedan tantas unidades"),
        ({units: "-1"}, units, "No quedan tantas unidades"),
        ({"amount": "99.999.999"}, "amount", "No queda tanto por devolver"),
        ({"amount": "diez"}, "amount", "Escribe el valor en pesos"),
    )
    for typed, where, message in cases:
        staff.get(path)
        assert staff.send(f"{path}/refund", **typed).status_code == 422
        assert page_text(staff).count(message) == 2, typed
        assert f'href="#{where}"' in staff.text
        for name, text in typed.items():
            assert staff.form(f"{path}/refund").fields[name] == text
    with app.app_context():
        assert make.refunds_of(paid) == []


def test_everything_goes_back_by_one_button(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    path = f"/staff/orders/{paid.order_number}"
    staff.get(path)
    staff.send(f"{path}/refund", everything="1")
    assert state(app, paid) == ("refunded", "refunded")
    assert "No hay nada por hacer" in staff.text


def test_an_order_is_cancelled_before_and_after_payment(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    staff.get(f"/staff/orders/{paid.order_number}")
    staff.send(f"/staff/orders/{paid.order_number}/cancel")
    assert state(app, paid) == ("cancelled", "refunded")
    with app.app_context():
        unpaid = make.begin((WHEY, 1))
    staff.get(f"/staff/orders/{unpaid.order_number}")
    staff.send(f"/staff/orders/{unpaid.order_number}/cancel")
    assert state(app, unpaid) == ("cancelled", "pending")
    with app.app_context():
        assert make.stock_of(WHEY) == (120, 0)


def test_a_plan_is_seen_and_ended(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    with app.app_context():
        _, started = plans.bought(gateway)
    page = f"/staff/orders/{started.order_number}"
    staff.get(page)
    assert "$ 39.900 al mes" in page_text(staff)
    assert "Pagado hasta el" in page_text(staff)
    with app.app_context():
        end = f"/staff/plans/{plans.only().id}/end"
    assert f'href="{end}"' in staff.text
    staff.get(end)
    assert "Terminar hoy y devolver $ 39.900" in page_text(staff)
    assert "Terminar hoy sin devolver dinero" in page_text(staff)
    assert [state.status for state in gateway.subscriptions.values()] == ["active"], "nothing ended yet"
    form = next(form for form in staff.forms() if form.fields.get("how") == "now")
    staff.page = staff.client.post(form.action, data=form.fields)
    staff.get(page)
    assert "Listo: el plan terminó y no se cobra más." in page_text(staff)
    assert "Terminó el" in page_text(staff)
    assert [state.status for state in gateway.subscriptions.values()] == ["cancelled"]
    with app.app_context():
        assert make.state_of(started) == ("confirmed", "paid")
    assert end not in staff.text, "what is over does not end"


def test_an_order_that_cost_nothing_is_cancelled(app: Flask, staff: Browser) -> None:
    with app.app_context():
        code = make.make_coupon("GRATIS", value=100)
        started = make.begin((WHEY, 1), coupon_code=code, shipping_method="pickup")
    staff.get(f"/staff/orders/{started.order_number}")
    assert "Este pedido no costó nada" in staff.text
    staff.send(f"/staff/orders/{started.order_number}/cancel")
    assert state(app, started) == ("cancelled", "paid")


def test_stripe_s_silence_cancels_nothing(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    with app.app_context():
        unpaid = make.begin((WHEY, 1))
    gateway.silent_calls = {"close", "fetch"}
    staff.get(f"/staff/orders/{unpaid.order_number}")
    assert staff.send(f"/staff/orders/{unpaid.order_number}/cancel").status_code == 422
    assert "Stripe no respondió" in staff.text
    assert state(app, unpaid) == ("pending", "pending")


@pytest.mark.parametrize(("step", "stands"), [("accept", ("confirmed", "paid")), ("reject", ("cancelled", "refunded"))])
def test_a_held_payment_is_accepted_or_given_back(
    app: Flask, gateway: FakeGateway, staff: Browser, step: str, stands: tuple[str, str]
) -> None:
    with app.app_context():
        started = make.begin((WHEY, 1))
        told = Story.of(make.order_of(started), started.session_id, total_minor=10_000_000)
    events.send(app.test_client(), told.completed())
    page = f"/staff/orders/{started.order_number}"
    staff.get(page)
    assert "Se pagaron $ 100.000 y el pedido vale $ 154.900." in page_text(staff)
    assert staff.send(f"{page}/{step}").status_code == 200
    assert state(app, started) == stands
    assert "Se pagaron" not in staff.text


def test_a_refund_that_failed_is_settled_otherwise(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    told, page = Story.of(_order(app, paid), paid.session_id), f"/staff/orders/{paid.order_number}"
    for event in (told.refunded(), told.refund("failed", told.total_minor, "failed", key="a")):
        events.send(app.test_client(), event)
    staff.get("/staff/orders?status=attention")
    assert "Dinero por devolver" in staff.text
    staff.get(page)
    assert "Falta devolver dinero" in staff.text
    assert staff.send(f"{page}/settle", settle_note=" ").status_code == 422
    assert staff.send(f"{page}/settle", settle_note="transferencia del 28").status_code == 200
    assert ">transferencia del 28</td>" in staff.text
    assert "Falta devolver dinero" not in staff.text


def test_disputes_and_payments_to_review_stand_out(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    told = Story.of(_order(app, paid), paid.session_id)
    events.send(app.test_client(), told.disputed())
    staff.get("/staff/orders?status=attention")
    assert paid.order_number in staff.text
    assert "En disputa" in staff.text
    staff.get(f"/staff/orders/{paid.order_number}")
    assert "abrió una disputa" in staff.text
    assert "Reclamo en el banco" in staff.text


def _order(app: Flask, started: PlacedOrder) -> object:
    with app.app_context():
        return make.order_of(started)


def test_what_failed_is_listed_and_tried_again(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    told = Story.of(_order(app, paid), paid.session_id).completed()  # type: ignore[arg-type]
    with app.app_context():
        outbox_rows()
        with transaction():
            failed = EventRecord(
                id=told["id"], type=told["type"], state="failed", payload=told, error="ZeroDivisionError: por nada",
                created_at=clock.now(), received_at=clock.now(),
            )  # fmt: skip
            db.session.add(failed)
    staff.get("/staff/care")
    assert "ZeroDivisionError: por nada" in staff.text
    assert "SMTP: buzón lleno" in staff.text
    staff.send("/staff/care/events/")
    assert "El evento se aplicó" in staff.text
    assert "ZeroDivisionError" not in staff.text
    staff.send("/staff/care/mails/")
    assert "El correo sale en unos segundos" in staff.text
    assert "SMTP: buzón lleno" not in staff.text
    token = staff.form("/logout").fields["csrf_token"]
    for path in ("events/evt_nothing", "mails/nothing"):
        assert staff.client.post(f"/staff/care/{path}", data={"csrf_token": token}).status_code == 404


def outbox_rows() -> None:
    """Give up a mail."""
    with transaction():
        outbox.enqueue("k", "refund", recipient="ana@example.com", language="es", now=clock.now())
    with transaction():
        db.session.execute(
            db.update(OutboxMail).where(OutboxMail.key == "k").values(dead_at=clock.now(), error="SMTP: buzón lleno")
        )


def test_an_event_that_fails_again_says_so(
    app: Flask, staff: Browser, paid: PlacedOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Story.of(_order(app, paid), paid.session_id).completed()  # type: ignore[arg-type]
    with app.app_context(), monkeypatch.context() as broken:
        broken.setitem(event_processing.HANDLERS, told["type"], lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            event_processing.apply(app.extensions["payments"].translate_event(told))
        staff.get("/staff/care")
        staff.send("/staff/care/events/")
    assert "volvió a fallar" in staff.text
    assert "ZeroDivisionError" in staff.text


def test_an_event_that_could_not_be_read_is_shown_with_the_reason_until_it_can(
    app: Flask, staff: Browser, paid: PlacedOrder
) -> None:
    with app.app_context():
        told = Story.of(make.order_of(paid), paid.session_id).refunded()
        good = dict(told["data"]["object"])
        told["data"]["object"]["amount_refunded"] = None
        assert events.send(app.test_client(), told).status_code == 200
        staff.get("/staff/care")
        assert "charge.amount_refunded is missing" in staff.text
        staff.send("/staff/care/events/")
        assert "volvió a fallar" in staff.text
        app.extensions["payments"].objects[good["id"]] = good
        staff.send("/staff/care/events/")
        assert "El evento se aplicó" in staff.text
        assert "charge.amount_refunded" not in staff.text
        assert make.order_of(paid).payment_status == "refunded"


@pytest.mark.parametrize(
    ("type_", "page_text"),
    [("customer.created", "no corresponde a esta tienda"), ("refund.created", "cuando llegue el pago")],
)
def test_an_event_that_is_not_applied_after_all_says_why(
    app: Flask, staff: Browser, type_: str, page_text: str
) -> None:
    told = Story(session_id="cs_x", total_minor=100, metadata={}, payment_id="pi_x")
    event = told.refund("created", 100, "pending", key="x") | {"type": type_}
    with app.app_context(), transaction():
        times = {"created_at": clock.now(), "received_at": clock.now()}
        db.session.add(EventRecord(id=event["id"], type=type_, state="failed", payload=event, error="x", **times))
    staff.get("/staff/care")
    staff.send("/staff/care/events/")
    assert page_text in staff.text


@pytest.fixture
def returned(app: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a delivered order of two dumbbells, one of which its buyer wants to give back."""
    with app.app_context():
        started = make.begin((DUMBBELL, 2))
        make.pay(gateway, started)
        order_id = make.order_of(started).id
        fulfilment.ship(order_id, carrier="envia", tracking_number="1", staff=Actor("x"))
        fulfilment.mark_delivered(order_id, staff=Actor("x"))
        units = {make.lines_of(started)[0].id: 1}
        own_returns.request_return(
            make.owner(started), started.order_number, units=units, reason="Me quedó grande", key="a"
        )
    return started


def test_the_units_that_come_back_are_filled_into_the_refund(app: Flask, staff: Browser, returned: PlacedOrder) -> None:
    path = f"/staff/orders/{returned.order_number}"
    staff.get(path)
    staff.send(f"{path}/refund")
    assert staff.send(f"{path}/refund").status_code == 200, "confirmed"
    assert state(app, returned) == ("delivered", "partially_refunded")
    staff.get("/staff/care")
    assert "nadie espera su dinero" in staff.text


def test_a_return_is_closed_with_a_note_only(app: Flask, staff: Browser, returned: PlacedOrder) -> None:
    path = f"/staff/orders/{returned.order_number}"
    staff.get(path)
    assert staff.send(f"{path}/returns/1/close").status_code == 422
    assert page_text(staff).count("Escribe por qué") == 2
    assert 'href="#note-1"' in staff.text
    assert staff.send(f"{path}/returns/1/close", note="Nunca llegó").status_code == 200
    assert "Cerrada sin reembolso" in page_text(staff)
    assert ">Nunca llegó</td>" in page_text(staff)
    assert f"{path}/returns/1/close" not in staff.text
    staff.get("/staff/care")
    assert "nadie espera su dinero" in staff.text


def test_old_links_to_the_list_lead_to_it(staff: Browser, paid: PlacedOrder) -> None:
    answer = staff.client.get("/staff/?q=ana&status=attention&page=2")
    assert (answer.status_code, answer.location) == (301, "/staff/orders?q=ana&status=attention&page=2")
    staff.get("/staff/orders?status=attention")
    assert "No hay pedidos con esos filtros" in staff.text


def test_a_wrong_day_is_told_and_filters_nothing(staff: Browser, paid: PlacedOrder) -> None:
    answer = staff.get("/staff/orders?first=ayer&last=2026-02-30&tab=x&method=y")
    assert answer.status_code == 422
    assert staff.text.count("Elige una fecha del calendario") == 2
    assert paid.order_number in staff.text


def test_files_are_named_by_the_day_in_colombia(app: Flask, gateway: FakeGateway, browser: Browser) -> None:
    with time_machine.travel(datetime(2026, 11, 30, 2, 0, tzinfo=UTC)):
        order = place(app, gateway)
        browser.get("/login")
        browser.send("/login", email="staff@example.com", password=PASSWORD)
        browser.get("/staff/orders")
        slips = browser.form("/staff/orders/slips").fields | {"order": order.order_number}
        answers = [browser.client.get(f"/staff/{path}/export.csv") for path in ("orders", "products")]
        answers.append(browser.client.post("/staff/orders/slips", data=slips))
        for answer in answers:
            assert "2026-11-29." in answer.headers["Content-Disposition"]


def test_the_list_is_a_file_for_those_who_see_figures(staff: Browser, paid: PlacedOrder) -> None:
    staff.get("/staff/orders?q=ana")
    assert "/staff/orders/export.csv?q=ana" in staff.text
    answer = staff.client.get("/staff/orders/export.csv?q=ana")
    assert answer.mimetype == "text/csv"
    assert paid.order_number in answer.text
    assert len(staff.client.get("/staff/orders/export.csv?q=nobody").text.splitlines()) == 1


def test_the_day_begins_with_what_waits(app: Flask, staff: Browser, paid: PlacedOrder) -> None:
    staff.get("/staff/")
    for seen in ("Por preparar: 1", paid.order_number, "Últimos 7 días", "Nada espera una decisión", "Nada falló"):
        assert seen in staff.text
    with app.app_context(), transaction():
        db.session.execute(db.update(OutboxMail).values(dead_at=clock.now(), sent_at=None))
    staff.get("/staff/")
    assert "correos que no salieron" in staff.text or "correo que no salió" in staff.text


def test_an_address_a_list_and_a_receipt_on_pages(app: Flask, gateway: FakeGateway, staff: Browser) -> None:
    with app.app_context():
        paid = make.begin((COFFEE, 1))
        make.pay(gateway, paid)
    page = f"/staff/orders/{paid.order_number}"
    staff.get(f"{page}/address")
    assert staff.send(f"{page}/address", street="").status_code == 422
    answer = staff.send(f"{page}/address", street="Calle 9 # 9-99", department="91", city="Leticia")
    assert answer.status_code == 422
    assert "El envío a esa dirección cuesta" in page_text(staff)
    assert staff.send(f"{page}/address").status_code == 200
    assert "Leticia" in staff.text
    assert staff.client.get(f"{page}/receipt.pdf").data.startswith(b"%PDF")
    staff.get("/staff/orders/ship")
    assert staff.send("/staff/orders/ship", carrier="", list="").status_code == 422
    assert staff.send("/staff/orders/ship", carrier="tcc", list=f"nada\n{paid.order_number}, A-1").status_code == 200
    assert "No es un número de pedido" in page_text(staff)
    form = next(form for form in staff.forms() if form.fields.get("apply"))
    answer = staff.client.post(form.action, data=form.fields)
    assert answer.status_code == 422, "the line that is wrong is still shown"
    assert state(app, paid) == ("shipped", "paid")
    assert staff.client.get(f"{page}/address").location == page
