"""The payment page and the dashboard, by plain HTTP forms."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import requests

GOOD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ana Pérez"}


def get(url: str, **more: Any) -> Any:
    return requests.get(url, timeout=5, allow_redirects=False, **more)


def post(url: str, data: Any = None, **more: Any) -> Any:
    return requests.post(url, data=data, timeout=15, allow_redirects=False, **more)


def text(response: Any) -> str:
    return html.unescape(response.text).replace("\u00a0", " ")


def test_the_page_shows_what_is_paid(bench: Any, helpers: Any) -> None:
    coupon = bench.v1.coupons.create({"amount_off": 1_000_000, "currency": "cop"})
    session = bench.session(discounts=[{"coupon": coupon.id}], shipping_options=[helpers.shipping(2_500_000)])
    page = get(session.url)
    assert page.status_code == 200
    assert "script" not in page.text
    shown = text(page)
    for expected in (
        'lang="es-CO"',
        "<h1>Pagar a FitAiid</h1>",
        "Mancuerna",
        "Cantidad: 2 · $ 100.000 c/u",
        "-$ 10.000",
        "$ 25.000",
        "Pagar $ 215.000",
        'value="ana@example.com"',
        "https://shop.example/cart",
        "4242 4242 4242 4242",
    ):
        assert expected in shown
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    css = re.search(r'href="(/assets/[^"]+)"', page.text)
    assert css
    assert get(bench.url + css[1]).status_code == 200


def test_paying_redirects_with_the_placeholder_filled(bench: Any) -> None:
    session = bench.session()
    answer = post(session.url, GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"https://shop.example/ok?session_id={session.id}",
    )
    assert "checkout.session.completed" in bench.shop.types
    intent = bench.v1.payment_intents.retrieve(bench.read(session).payment_intent, {"expand": ["latest_charge"]})
    assert intent.latest_charge.billing_details.name == "Ana Pérez"
    assert intent.latest_charge.payment_method_details.card.exp_year == 2034
    again = get(session.url)
    assert (again.status_code, "Este pago ya se hizo" in text(again)) == (200, True)
    assert post(session.url, GOOD).headers["Location"] == answer.headers["Location"]
    assert bench.types().count("charge.succeeded") == 1


def test_paying_leads_back_into_an_app(bench: Any) -> None:
    session = bench.session(success_url="fitaiid://paid?session_id={CHECKOUT_SESSION_ID}", cancel_url="fitaiid://cart")
    assert 'href="fitaiid://cart"' in text(get(session.url))
    assert post(session.url, GOOD).headers["Location"] == f"fitaiid://paid?session_id={session.id}"


def test_a_declined_card_keeps_what_was_typed_but_not_the_code(bench: Any) -> None:
    session = bench.session()
    declined = post(session.url, GOOD | {"number": "4000000000000002"})
    assert declined.status_code == 402
    shown = text(declined)
    assert "Tu banco rechazó la tarjeta" in shown
    assert 'value="4000000000000002"' in shown
    assert 'value="12/34"' in shown
    assert 'value="123"' not in shown
    assert post(session.url, GOOD).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"number": ""}, "El número de la tarjeta no es válido."),
        ({"number": "4242424242424241"}, "El número de la tarjeta no es válido."),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "El número de la tarjeta no es válido."),
        ({"expiry": "13/34"}, "Escribe el vencimiento así: MM/AA."),
        ({"expiry": "soon"}, "Escribe el vencimiento así: MM/AA."),
        ({"expiry": "01/20"}, "La tarjeta está vencida."),
        ({"cvc": "12"}, "El código de seguridad tiene 3 o 4 dígitos."),
        ({"name": " "}, "Escribe el nombre."),
        ({"email": "ana"}, "Escribe un correo válido"),
        ({"phone": ""}, "Escribe tu número de celular."),
        ({"line1": ""}, "Escribe la dirección."),
    ],
)
def test_wrong_fields_are_told_where_they_are(bench: Any, wrong: dict[str, str], message: str) -> None:
    session = bench.session(
        customer_email=None,
        phone_number_collection={"enabled": True},
        shipping_address_collection={"allowed_countries": ["CO"]},
    )
    form = GOOD | {
        "email": "b@example.com",
        "phone": "3001112233",
        "line1": "Calle 1",
        "city": "Cali",
        "state": "Valle",
    }
    answer = post(session.url, form | wrong)
    assert answer.status_code == 422
    shown = text(answer)
    name = next(iter(wrong))
    assert f'id="{name}-error">{message}' in shown
    assert f'aria-describedby="{name}-error"' in shown
    assert bench.types() == []
    assert post(session.url, form).status_code == 303
    paid = bench.read(session)
    assert paid.customer_details.phone == "3001112233"
    assert paid.collected_information.shipping_details.address.city == "Cali"


@pytest.mark.parametrize("expiry", ["12/34", "12 / 2034", "1234", "12-34"])
def test_expiry_is_read_as_people_write_it(bench: Any, expiry: str) -> None:
    assert post(bench.session().url, GOOD | {"expiry": expiry}).status_code == 303


def test_three_d_secure_page(bench: Any) -> None:
    session = bench.session()
    answer = post(session.url, GOOD | {"number": "4000002760003184"})
    bank = bench.url + answer.headers["Location"]
    assert "terminada en 3184" in text(get(bank))
    refused = post(bank, {"answer": "reject"})
    shown = text(get(bench.url + refused.headers["Location"]))
    assert "Tu banco no confirmó el pago." in shown
    assert get(bank).headers["Location"] == f"/c/pay/{session.id}"
    assert post(bank, {"answer": "authorize"}).headers["Location"] == f"/c/pay/{session.id}"
    post(session.url, GOOD | {"number": "4000002760003184"})
    paid = post(bank, {"answer": "authorize"})
    assert paid.headers["Location"] == f"https://shop.example/ok?session_id={session.id}"
    assert post(bank, {"answer": "authorize"}).headers["Location"] == paid.headers["Location"]


def test_closed_pages(bench: Any) -> None:
    session = bench.session()
    bench.v1.checkout.sessions.expire(session.id)
    url = f"{bench.url}/c/pay/{session.id}"
    for page in (get(url), post(url, GOOD), get(url + "/3ds")):
        assert page.status_code == 410
        assert "Esta página de pago venció" in text(page)
        assert "https://shop.example/cart" in page.text
    unknown = get(f"{bench.url}/c/pay/cs_test_nothing")
    assert (unknown.status_code, "No encontramos" in text(unknown)) == (404, True)
    delayed = bench.session()
    bench.pay(delayed, "delayed_success")
    assert "El pago está en proceso" in text(get(f"{bench.url}/c/pay/{delayed.id}"))


@pytest.mark.parametrize(
    ("result", "last"),
    [("success", "checkout.session.async_payment_succeeded"), ("failure", "checkout.session.async_payment_failed")],
)
def test_a_page_that_takes_every_method_offers_one_that_takes_time(bench: Any, result: str, last: str) -> None:
    session = bench.session(allowed_payment_method_types=None)
    assert "Pagar con un medio que tarda" in text(get(session.url))
    answer = post(f"{session.url}/delayed", {"result": result})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"https://shop.example/ok?session_id={session.id}")
    assert (bench.read(session).status, bench.read(session).payment_status) == ("complete", "unpaid")
    post(f"{bench.url}/dashboard/settle/{session.id}", headers={"Origin": bench.url})
    assert bench.types()[-1] == last
    assert post(f"{session.url}/delayed", {"result": result}).headers["Location"] == answer.headers["Location"]


def test_a_page_for_cards_alone_takes_no_other_method(bench: Any) -> None:
    session = bench.session()
    assert "Pagar con un medio que tarda" not in text(get(session.url))
    for result in ("success", "failure", "", "4242424242424242"):
        assert post(f"{session.url}/delayed", {"result": result}).headers["Location"].endswith(f"/c/pay/{session.id}")
    assert bench.read(session).status == "open"


def test_free_orders_ask_for_no_card(bench: Any) -> None:
    coupon = bench.v1.coupons.create({"percent_off": 100})
    session = bench.session(discounts=[{"coupon": coupon.id}])
    shown = text(get(session.url))
    assert "Confirmar pedido" in shown
    assert 'id="number"' not in shown
    assert post(session.url, {"name": "Ana"}).status_code == 303
    assert bench.read(session).payment_intent is None


def test_english_and_automatic_locale(bench: Any) -> None:
    assert "Pay COP 200,000" in text(get(bench.session(locale="en").url))
    automatic = bench.session(locale="auto").url
    assert "Pay COP 200,000" in text(get(automatic, headers={"Accept-Language": "en-US,en;q=0.9"}))
    assert "Pagar $ 200.000" in text(get(automatic, headers={"Accept-Language": "es-CO"}))


def test_the_shopper_chooses_between_shipping_options(bench: Any, helpers: Any) -> None:
    options = [helpers.shipping(0, "Recoger"), helpers.shipping(4_500_000, "Exprés")]
    session = bench.session(shipping_options=options)
    assert session.amount_total == 20_000_000
    bench.pay(session, "4000000000000002")
    rate = session.shipping_options[1].shipping_rate
    assert post(session.url + "/shipping", {"shipping": rate}).status_code == 303
    post(session.url + "/shipping", {"shipping": "shr_unknown"})
    assert "Pagar $ 245.000" in text(get(session.url))
    intent = bench.pay(session)["paymentIntent"]
    assert bench.v1.payment_intents.retrieve(intent).amount_received == 24_500_000


def test_hostile_names_stay_text(bench: Any, helpers: Any) -> None:
    line = helpers.line(10_000_000)
    line["price_data"]["product_data"] = {
        "name": "<script>alert(1)</script>",
        "images": ["https://elsewhere.example/a.png", "http://127.0.0.1:5000/b.png"],
    }
    page = get(bench.session(line_items=[line]).url).text
    assert "<script" not in page
    assert "elsewhere.example" not in page
    assert "http://127.0.0.1:5000/b.png" in page


def test_the_dashboard_acts(bench: Any) -> None:
    assert "Todavía no hay sesiones." in text(get(bench.url))
    paid, expired = bench.session(), bench.session()
    board = f"{bench.url}/dashboard"
    assert post(f"{board}/pay/{paid.id}").status_code == 303
    post(f"{board}/expire/{expired.id}")
    intent = bench.read(paid).payment_intent
    post(f"{board}/refund/{intent}")
    assert bench.read(expired).status == "expired"
    assert bench.v1.refunds.list().data[0].amount == 20_000_000
    bench.shop.wait_for(lambda: len(bench.shop.events) == 10)
    event = bench.log()[0]["id"]
    post(f"{board}/deliver/{event}")
    assert bench.shop.events[-1]["id"] == event
    delayed = bench.session()
    bench.pay(delayed, "delayed_success")
    assert f"/dashboard/settle/{delayed.id}" in get(bench.url).text
    post(f"{board}/settle/{delayed.id}")
    assert bench.read(delayed).payment_status == "paid"
    refused = post(f"{board}/pay/{paid.id}")
    assert "can not be paid" in text(get(bench.url + refused.headers["Location"]))
    shown = text(get(bench.url))
    assert "entregado (200)" in shown
    assert "ord_1" in shown
    assert post(f"{board}/explode/x").status_code == 404
    post(f"{board}/clock", {"minutes": "10"})
    post(f"{board}/clock", {"minutes": "ten"})
    assert bench.sim("clock")["offset"] == 600


def test_foreign_pages_cannot_press_the_buttons(bench: Any) -> None:
    session = bench.session()
    for origin in ("https://evil.example", "null"):
        answer = post(f"{bench.url}/dashboard/pay/{session.id}", headers={"Origin": origin})
        assert answer.status_code == 403
    assert bench.read(session).status == "open"
