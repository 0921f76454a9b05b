"""What the mails say."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from config import ROOT
from storefront.domain.payment_card import Card
from storefront.gateways.email_rendering import compose
from storefront.i18n import dispute_label
from storefront.money import tax_contained
from storefront.services.mail import previews
from tests.unit.test_colours import contrast

ORDER: dict[str, Any] = {
    "number": "2026-11-0001",
    "url": "http://localhost/account/orders/2026-11-0001?token=abc",
    "email": "ana@example.com",
    "first_name": "Ana <b>",
    "last_name": "Gómez",
    "lines": [
        {
            "sku": "NUT-CAFE-250",
            "name": "Café & crema",
            "quantity": 2,
            "ships": 2,
            "total_minor": 6_980_000,
            "refunded": 1,
            "image_url": "https://shop.example/static/img/products/cafe-share.jpg",
        }
    ],
    "subtotal_minor": 6_980_000,
    "discount_minor": 698_000,
    "shipping_minor": 2_500_000,
    "tax_minor": 299_143,
    "total_minor": 8_782_000,
    "card": Card("visa", "4242"),
    "refunded_minor": 1_000_000,
    "coupon_code": "FIT10",
    "shipping_method": "standard",
    "address": {
        "first_name": "Ana",
        "last_name": "Gómez",
        "street": "Calle 1 # 2-3",
        "city": "Cali",
        "department": "Valle del Cauca",
        "zip_code": "",
        "phone": "+573001234567",
    },
    "notes": "Portería",
    "delivery_earliest": date(2026, 11, 27),
    "delivery_latest": date(2026, 12, 1),
    "is_on_time": True,
    "is_returnable": True,
    "hold_until": datetime(2126, 11, 24, 15, 4, tzinfo=UTC),
    "shipment": {
        "parcels": [
            {
                "carrier": "interrapidisimo",
                "tracking_number": "240-77",
                "tracking_url": "https://interrapidisimo.com/?guia=240-77",
            }
        ],
        "is_partial": False,
        "state": "delivered",
        "carrier": "interrapidisimo",
        "tracking_number": "240-77",
        "tracking_url": "https://interrapidisimo.com/?guia=240-77",
        "withdraw_until": date(2026, 12, 4),
    },
}
SHOP = {
    "name": "FitAiid",
    "seller": "FitAiid S.A.S.",
    "nit": "901.234.567-7",
    "address": "Carrera 11",
    "phone": "+57",
    "email": "hola@fitaiid.example",
    "base_url": "http://localhost",
}
OURS = (
    "order_confirmed", "payment_failed", "order_cancelled_late_payment", "refund", "warehouse_new_order",
    "shipped", "ready_for_pickup", "delivered", "dispute_opened", "refund_failed",
    "payment_held", "payment_rejected", "dispute_closed",
)  # fmt: skip


def render_email(app: Flask, template: str, language: str) -> Any:
    """Write one mail."""
    context = {
        "order": ORDER,
        "shop": SHOP,
        "amount_minor": 1_000_000,
        "reason": "fraudulent",
        "staff_url": "/staff",
        "paid_in": "USD",
        "is_lost": True,
    }
    with app.app_context():
        return compose(template, language, to="a@b.co", sender="x@y.co", message_id="<1@x>", context=context)


def bodies(mail: Any) -> list[str]:
    """Return what a mail says as text and as HTML, with plain spaces."""
    return [body.replace("\N{NO-BREAK SPACE}", " ") for body in (mail.text, mail.html)]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("template", OURS)
def test_every_mail_in_both_languages(app: Flask, template: str, language: str) -> None:
    mail = render_email(app, template, language)
    assert "2026-11-0001" in mail.subject
    assert "\n" not in mail.subject
    assert len(mail.html) < 100_000
    assert f'<html lang="{language}">' in mail.html
    assert "<b>" not in mail.html.replace("&lt;b&gt;", "")
    assert "&amp;" not in mail.text
    assert not re.search(r"\n{3}", mail.text)


def test_the_confirmation_has_everything(app: Flask) -> None:
    mail = render_email(app, "order_confirmed", "es")
    for body in bodies(mail):
        for words in ("87.820", "Calle 1 # 2-3", "viernes 27 de noviembre", "token=abc", "NIT 901.234.567-7"):
            assert words in body
    assert "Café & crema" in mail.text


WITH_SUMS = ("order_confirmed", "payment_failed", "order_cancelled_late_payment")
WITH_PICTURES = (*WITH_SUMS, "shipped", "delivered", "ready_for_pickup", "refund")


@pytest.mark.parametrize("template", WITH_PICTURES)
def test_each_line_has_its_picture_with_words_and_a_width(app: Flask, template: str) -> None:
    mail = render_email(app, template, "es")
    (picture,) = re.findall(r"<img [^>]*>", mail.html)
    assert 'src="https://shop.example/static/img/products/cafe-share.jpg"' in picture
    assert 'alt="Café &amp; crema"' in picture
    assert 'width="72"' in picture
    assert "cafe-share.jpg" not in mail.text
    assert "Café & crema" in mail.text


@pytest.mark.parametrize("template", WITH_SUMS)
def test_the_sums_stand_in_columns_with_the_card_below(app: Flask, template: str) -> None:
    mail = render_email(app, template, "es")
    sums = mail.html.partition('class="sums"')[2].partition("</table>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in sums.split("</tr>")[:-1]]
    shown = {name.strip(): amount.replace("\N{NO-BREAK SPACE}", " ").strip() for name, amount in rows}
    assert shown == {
        "Subtotal": "$ 69.800", "Descuento (FIT10)": "−$ 6.980", "Envío estándar": "$ 25.000",
        "Total": "$ 87.820 COP", "IVA incluido en el total": "$ 2.991", "Pagaste con": "Visa terminada en 4242",
    }  # fmt: skip
    assert "Pagaste con: Visa terminada en 4242" in mail.text


def test_a_refund_names_the_card_where_it_is_known(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Búscalo en tu Visa terminada en 4242." in render_email(app, "refund", "es").text
    monkeypatch.setitem(ORDER, "card", None)
    mail = render_email(app, "refund", "es")
    assert "Búscalo" not in mail.text + mail.html


def test_the_order_language_decides(app: Flask) -> None:
    assert render_email(app, "refund", "en").subject == "Refund of order 2026-11-0001"
    assert "COP\N{NO-BREAK SPACE}10,000" in render_email(app, "refund", "en").text


def test_a_shipped_order_has_carrier_guide_tracking_and_dates(app: Flask) -> None:
    mail = render_email(app, "shipped", "es")
    for body in bodies(mail):
        for words in ("Inter Rapidísimo", "240-77", "https://interrapidisimo.com/", "entre el viernes 27 de noviembre"):
            assert words in body


@pytest.mark.parametrize("template", ["order_confirmed", "shipped"])
def test_a_promise_that_is_over_is_not_repeated(app: Flask, monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    assert "Lo recibes entre" in render_email(app, template, "es").text
    monkeypatch.setitem(ORDER, "is_on_time", False)
    mail = render_email(app, template, "es")
    assert "Lo recibes" not in mail.text + mail.html


@pytest.mark.parametrize("template", ["order_confirmed", "shipped"])
def test_a_promise_of_one_day_names_one_day(app: Flask, monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setitem(ORDER, "delivery_latest", ORDER["delivery_earliest"])
    mail = render_email(app, template, "es")
    for body in bodies(mail):
        assert "Lo recibes el viernes 27 de noviembre." in body


def test_a_failed_payment_says_until_when_the_goods_are_put_aside(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hasta las 10:04" in render_email(app, "payment_failed", "es").text
    monkeypatch.setitem(ORDER, "hold_until", datetime(2026, 11, 1, tzinfo=UTC))
    assert "apartamos" not in render_email(app, "payment_failed", "es").text


def test_pickup_says_where_and_when(app: Flask) -> None:
    mail = render_email(app, "ready_for_pickup", "es")
    for body in bodies(mail):
        assert "Carrera 11" in body
        assert "de lunes a viernes, de 8 a. m. a 5 p. m." in body


def test_a_delivered_order_tells_until_when_one_may_withdraw(app: Flask) -> None:
    assert "hasta el viernes 4 de diciembre" in bodies(render_email(app, "delivered", "es"))[0]


def test_every_template_has_its_three_parts() -> None:
    folder = ROOT / "templates" / "mail"
    subjects = {path.name.removesuffix(".subject.txt") for path in folder.glob("*.subject.txt")}
    assert set(OURS) <= subjects
    for name in subjects:
        assert (folder / f"{name}.txt").is_file()
        assert (folder / f"{name}.html").is_file()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_sums_of_every_preview_agree(app: Flask, language: str) -> None:
    with app.test_request_context("/"):
        samples = {template: previews.sample(template, language) for template in previews.templates()}
        assert all(previews.preview(template, language).html for template in samples)
    for template, sample in samples.items():
        order = sample["order"]
        assert sum(line["total_minor"] for line in order["lines"]) == order["subtotal_minor"], template
        charged = order["subtotal_minor"] - order["discount_minor"]
        assert order["total_minor"] == charged + order["shipping_minor"], template
        assert order["tax_minor"] == tax_contained(charged, 1_900), template
        assert order["refunded_minor"] in (0, sample["amount_minor"]), template
        assert sample["amount_minor"] <= order["total_minor"], template
        assert {good["name"] for good in sample["goods"]} <= {line["name"] for line in order["lines"]}, template
    assert (
        samples["subscription_renewed"]["order"]["total_minor"] == samples["subscription_renewed"]["plan"].price_minor
    )


@pytest.mark.parametrize(
    "template", ["shipped", "delivered", "ready_for_pickup", "arrival_asked", "warehouse_new_order"]
)
def test_mails_of_parcels_list_no_downloads(app: Flask, template: str) -> None:
    with app.test_request_context("/"):
        mail = previews.preview(template, "es")
    for body in bodies(mail):
        assert "2 × Proteína" in re.sub("</?strong>", "", body)
        assert "Guía de movilidad" not in body


@pytest.mark.parametrize(
    ("discount", "shipping", "words"),
    [(698_000, 2_500_000, "Descuento (FIT10): −"), (0, 0, "Envío estándar (FIT10): Gratis")],
)
def test_the_coupon_is_named_beside_what_it_gives(
    app: Flask, monkeypatch: pytest.MonkeyPatch, discount: int, shipping: int, words: str
) -> None:
    monkeypatch.setitem(ORDER, "discount_minor", discount)
    monkeypatch.setitem(ORDER, "shipping_minor", shipping)
    mail = render_email(app, "order_confirmed", "es")
    assert words in mail.text
    assert words.partition(":")[0] in mail.html


def test_a_dispute_says_why_in_words(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Motivo: no reconoce la compra" in render_email(app, "dispute_opened", "es").text
    with app.test_request_context("/"):
        assert dispute_label("product_not_received") == "no recibió el producto"
        assert dispute_label("quite_new") == "quite new"


def test_every_email_has_colours_for_the_dark_that_can_be_told_apart() -> None:
    style = (ROOT / "templates" / "mail" / "layout.html").read_text().split("(prefers-color-scheme: dark)")[1]
    style = style.split("</style>")[0]
    rules = [(name.strip(), body) for name, body in re.findall(r"^ *([.\w, ]+) \{([^}]*)\}", style, re.MULTILINE)]
    seen = {name: found[1] for name, body in rules if (found := re.search(r"background: (#\w{6})", body))}
    words = {name: found[1] for name, body in rules if (found := re.search(r"(?<!-)color: (#\w{6})", body))}
    assert contrast(words["body, .card"], seen[".card"]) >= 4.5
    assert contrast(words[".foot"], seen["body, .foot"]) >= 4.5
    assert contrast(words["a"], seen[".card"]) >= 4.5
    assert contrast(words["a"], seen["body, .foot"]) >= 4.5
    assert contrast(words["a.button"], seen["a.button"]) >= 4.5
