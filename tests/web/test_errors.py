"""Pages for what goes wrong."""

from unittest import mock

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storefront.errors import ShopError
from storefront.i18n import explain


@pytest.mark.new_app
@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 429, 500, 503])
@pytest.mark.parametrize(("language", "way_on"), [("es", "Ir a la tienda"), ("en", "Go to the shop")])
def test_every_status_has_a_page_with_a_way_on(app: Flask, status: int, language: str, way_on: str) -> None:
    app.add_url_rule("/broken", view_func=lambda: abort(status))
    answer = app.test_client().get("/broken", headers={"Accept-Language": language})
    assert answer.status_code == status
    assert way_on in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert f'<html lang="{language}">' in answer.text


@pytest.mark.new_app
@pytest.mark.options(propagate_exceptions=False)
def test_a_fault_tells_nothing_about_itself(app: Flask) -> None:
    def fail() -> str:
        raise RuntimeError("secret detail")

    app.add_url_rule("/broken", view_func=fail)
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Algo falló de nuestro lado" in answer.text


@pytest.mark.options(propagate_exceptions=False)
def test_the_fault_page_asks_the_database_nothing(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = "somebody"
    with mock.patch(
        "storefront.services.accounts.authentication.recognise", side_effect=RuntimeError("database is gone")
    ):
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Ir a la tienda" in answer.text


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/cart/items")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_too_much_is_refused(client: FlaskClient) -> None:
    assert client.post("/cart/coupon", data={"code": "x" * 600_000}).status_code == 413


def test_every_refusal_has_a_sentence_of_its_own(app: Flask) -> None:
    def kinds(kind: type[ShopError]) -> list[type[ShopError]]:
        return [kind, *(grandchild for child in kind.__subclasses__() for grandchild in kinds(child))]

    plain = [kind for kind in kinds(ShopError)[1:] if "code" in vars(kind) and kind.code != "invalid_request"]
    with app.test_request_context("/"):
        unforeseen = explain(ShopError())
        for kind in plain:
            assert explain(kind()) != unforeseen, kind.__name__


def test_a_form_has_two_hundred_fields_at_most(client: FlaskClient) -> None:
    def send(fields: int, **more: str) -> TestResponse:
        body = "&".join(f"field{number}=x" for number in range(fields))
        return client.post("/login", data=body, content_type="application/x-www-form-urlencoded", **more)

    assert (send(201).status_code, "field7" in send(201).text) == (413, False)
    assert send(3_000).status_code == 413
    assert (send(200).status_code, "field7" in send(200).text) == (400, True)  # shown again, for its token is missing


@pytest.mark.parametrize("path", ["/", "/login", "/api/products", "/nada"])
def test_an_address_has_two_hundred_fields_at_most(client: FlaskClient, path: str) -> None:
    assert client.get(f"{path}?{'a&' * 200}").status_code == 400
