"""Reviews by the API: everybody reads, buyers write."""

from flask import Flask

from storefront.services import carts, checkout
from storefront.services.catalogue import review_moderation
from storefront.services.shopper import Shopper
from tests import factories as make
from tests import reviews
from tests.api.conftest import Phone, assert_problem
from tests.factories import WHEY
from tests.fakes import FakeGateway

PATH = f"/api/products/{WHEY}/reviews"
BODY = {"stars": 5, "title": "Muy buena", "text": "Se disuelve bien."}


def bought(app: Flask, gateway: FakeGateway, phone: Phone, *, is_delivered: bool = True) -> str:
    """Return the number of the customer's order."""
    with app.app_context():
        shopper = Shopper(customer_id=phone.user["userId"])
        carts.add(shopper, WHEY, 1)
        started = checkout.begin(make.purchase(shopper))
        make.pay(gateway, started)
        if is_delivered:
            reviews.deliver(started)
        return started.order_number


def test_a_buyer_writes_once_and_everybody_reads_what_was_approved(
    app: Flask, gateway: FakeGateway, camila: Phone, diego: Phone, stranger: Phone
) -> None:
    number = bought(app, gateway, camila)
    assert stranger.get(PATH).json == {
        "items": [], "page": 1, "limit": 20, "total": 0, "average": None, "count": 0,
    }  # fmt: skip
    assert_problem(diego.post(PATH, {**BODY, "orderId": number}), 404, "not_found")
    assert_problem(stranger.post(PATH, {**BODY, "orderId": number}), 401, "token_missing")
    answer = camila.post(PATH, {**BODY, "orderId": number})
    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["author"], answer.json["stars"]) == ("pending", "Camila T.", 5)
    assert_problem(camila.post(PATH, {**BODY, "orderId": number}), 400, "invalid_request", "orderId")
    assert stranger.get(PATH).json["total"] == 0
    with app.app_context():
        review_moderation.approve(answer.json["reviewId"], version=1, staff=reviews.EVA)
    found = stranger.get(PATH).json
    assert (found["average"], found["count"], found["total"]) == (5.0, 1, 1)
    assert found["items"][0]["text"] == "Se disuelve bien."
    assert "reason" not in found["items"][0]
    rating = {"average": 5.0, "count": 1}
    assert stranger.get(f"/api/products/{WHEY}").json["rating"] == rating
    listed = stranger.get("/api/products?search=whey").json["items"]
    assert next(item["rating"] for item in listed if item["slug"] == WHEY) == rating


def test_what_is_not_bought_or_not_there_yet_is_refused(app: Flask, gateway: FakeGateway, camila: Phone) -> None:
    number = bought(app, gateway, camila, is_delivered=False)
    body = {**BODY, "orderId": number}
    assert_problem(camila.post(PATH, body), 400, "invalid_request", "orderId")
    assert_problem(camila.post("/api/products/cubos-panela-limon/reviews", body), 400, "invalid_request", "orderId")
    assert_problem(camila.post("/api/products/absent/reviews", body), 404, "not_found")
    for wrong, field in (({"stars": 6}, "stars"), ({"text": " "}, "text"), ({"text": "x" * 2001}, "text")):
        assert_problem(camila.post(PATH, body | wrong), 400, "invalid_request", field)
    assert camila.get("/api/products/absent/reviews").status_code == 404
