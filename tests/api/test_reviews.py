"""Reviews by the API: everybody reads, buyers write, authors change and erase."""

from typing import Any

from flask import Flask

from storefront.domain.product_review import ReviewMailStop
from storefront.services import carts, checkout
from storefront.services.catalogue import review_moderation
from storefront.services.jobs import consistency
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


def written(app: Flask, gateway: FakeGateway, phone: Phone) -> dict[str, Any]:
    """Return the review that a customer wrote, approved by staff."""
    number = bought(app, gateway, phone)
    review: dict[str, Any] = phone.post(PATH, {**BODY, "orderId": number}).json
    with app.app_context():
        review_moderation.approve(review["reviewId"], version=1, staff=reviews.EVA)
    return review | {"orderNumber": number}


def test_an_author_lists_changes_and_erases_a_review(
    app: Flask, gateway: FakeGateway, camila: Phone, stranger: Phone
) -> None:
    review = written(app, gateway, camila)
    own = f"/api/me/reviews/{review['reviewId']}"
    (listed,) = camila.get("/api/me/reviews").json["items"]
    assert (listed["reviewId"], listed["status"]) == (review["reviewId"], "approved")
    assert (listed["orderNumber"], listed["productName"]) == (review["orderNumber"], "Proteína de suero 2 lb, vainilla")
    changed = camila.patch(own, {"stars": 2})
    assert changed.status_code == 200
    assert (changed.json["stars"], changed.json["title"], changed.json["status"]) == (2, "Muy buena", "pending")
    assert stranger.get(PATH).json["total"] == 0
    (line,) = camila.get(f"/api/orders/{review['orderNumber']}/reviews").json["items"]
    assert (line["canWrite"], line["lineId"], line["review"]["stars"]) == (True, listed["lineId"], 2)
    assert camila.delete(own).status_code == 204
    assert_problem(camila.delete(own), 404, "not_found")
    assert camila.get("/api/me/reviews").json["total"] == 0
    (line,) = camila.get(f"/api/orders/{review['orderNumber']}/reviews").json["items"]
    assert line["review"] is None
    with app.app_context():
        assert consistency.examine() == []


def test_a_change_is_checked_like_a_new_review(app: Flask, gateway: FakeGateway, camila: Phone) -> None:
    own = f"/api/me/reviews/{written(app, gateway, camila)['reviewId']}"
    for wrong, field in (({"stars": 0}, "stars"), ({"text": " "}, "text"), ({"title": None}, "title"), ({"x": 1}, "x")):
        assert_problem(camila.patch(own, wrong), 400, "invalid_request", field)
    assert camila.patch(own, {}).json["status"] == "approved", "nothing changed"


def test_a_review_of_somebody_else_is_not_there(
    app: Flask, gateway: FakeGateway, camila: Phone, diego: Phone, stranger: Phone
) -> None:
    review = written(app, gateway, camila)
    own = f"/api/me/reviews/{review['reviewId']}"
    of_order = f"/api/orders/{review['orderNumber']}"
    assert diego.get("/api/me/reviews").json["total"] == 0
    assert_problem(diego.patch(own, {"stars": 1}), 404, "not_found")
    assert_problem(diego.delete(own), 404, "not_found")
    assert_problem(diego.get(f"{of_order}/reviews"), 404, "not_found")
    assert_problem(diego.delete(f"{of_order}/review-mails"), 404, "not_found")
    assert_problem(stranger.delete(own), 401, "token_missing")
    assert camila.get("/api/me/reviews").json["items"][0]["stars"] == 5


def test_a_buyer_stops_the_mails_that_ask(app: Flask, gateway: FakeGateway, camila: Phone) -> None:
    number = bought(app, gateway, camila)
    for _ in range(2):
        assert camila.delete(f"/api/orders/{number}/review-mails").status_code == 204
    with app.app_context():
        assert make.count_of(ReviewMailStop) == 1
