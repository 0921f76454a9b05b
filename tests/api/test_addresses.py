"""The address book and the municipalities, as an app uses them."""

from typing import Any

import pytest
from flask import Flask

from storefront.services.accounts.addresses import MAX_ADDRESSES
from tests.api.conftest import ADDRESS, Phone, assert_problem
from tests.web.browser import Browser

PATH = "/api/me/addresses"
KEPT = {
    **ADDRESS, "street": "Calle 123 # 45-67", "city": "Bogotá D.C.", "state": "Bogotá D.C.", "country": "CO",
}  # fmt: skip


def test_the_first_address_is_the_default_and_another_takes_its_place(camila: Phone) -> None:
    first = camila.post(PATH, {**ADDRESS, "street": "cll 123 45 67"})
    assert first.status_code == 201
    assert first.json == KEPT | {"addressId": first.json["addressId"], "isDefault": True}
    second = camila.post(PATH, {**ADDRESS, "firstName": "Ana"}).json
    assert second["isDefault"] is False
    third = camila.post(PATH, {**ADDRESS, "firstName": "Luz", "isDefault": True}).json
    book = camila.get(PATH).json
    assert [(one["firstName"], one["isDefault"]) for one in book["items"]] == [
        ("Luz", True), ("Ana", False), ("Camila", False),
    ]  # fmt: skip
    assert (book["page"], book["limit"], book["total"]) == (1, 20, 3)
    assert camila.get(f"{PATH}?page=2&limit=2").json["items"] == [first.json | {"isDefault": False}]
    assert camila.get("/api/me").json["defaultAddress"]["firstName"] == "Luz"
    assert camila.delete(f"{PATH}/{third['addressId']}").status_code == 204
    assert camila.get(PATH).json["items"][0] == second | {"isDefault": True}


def test_what_is_left_out_of_a_change_stays(camila: Phone) -> None:
    saved = camila.post(PATH, ADDRESS).json
    path = f"{PATH}/{saved['addressId']}"
    assert camila.patch(path, {"street": "Carrera 7 # 12-34"}).json == saved | {"street": "Carrera 7 # 12-34"}
    moved = camila.patch(path, {"city": "Medellín", "state": "Antioquia", "zipCode": None}).json
    assert (moved["city"], moved["state"], moved["zipCode"]) == ("Medellín", "Antioquia", "")
    assert camila.patch(path, {"isDefault": False}).json["isDefault"] is True, "one always is"
    assert camila.get(PATH).json["items"] == [moved]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"city": "Ninguna Parte"}, ("city",)),
        ({"state": "Antioquia", "zipCode": ""}, ("city",)),
        ({"zipCode": "050001"}, ("zipCode",)),
        ({"phone": "12"}, ("phone",)),
        ({"street": ""}, ("street",)),
        ({"customerId": "x"}, ("customerId",)),
        ({"addressId": "x"}, ("addressId",)),
        ({"isDefault": "true"}, ("isDefault",)),
        ({"city": None}, ("city",)),
    ],
)
def test_a_bad_address_is_refused_at_its_field(camila: Phone, body: dict[str, Any], fields: tuple[str, ...]) -> None:
    saved = camila.post(PATH, ADDRESS).json
    assert_problem(camila.patch(f"{PATH}/{saved['addressId']}", body), 400, "invalid_request", *fields)
    assert_problem(camila.post(PATH, ADDRESS | body), 400, "invalid_request", *fields)
    assert camila.get(PATH).json["items"] == [saved]


def test_the_book_is_ones_own_and_has_an_end(camila: Phone, diego: Phone) -> None:
    for _ in range(MAX_ADDRESSES):
        saved = camila.post(PATH, ADDRESS).json
    assert_problem(camila.post(PATH, ADDRESS), 400, "invalid_request", "street")
    assert diego.get(PATH).json["items"] == []
    for act in (diego.delete, lambda path: diego.patch(path, {"isDefault": True})):
        assert_problem(act(f"{PATH}/{saved['addressId']}"), 404, "not_found")
    assert camila.get(PATH).json["total"] == MAX_ADDRESSES


def test_the_same_key_saves_one(camila: Phone) -> None:
    first, again = (camila.post(PATH, ADDRESS, Idempotency_Key="k") for _ in range(2))
    assert first.json == again.json
    assert camila.get(PATH).json["total"] == 1


def test_pages_and_app_share_the_book(app: Flask, camila: Phone) -> None:
    camila.post(PATH, ADDRESS)
    browser = Browser(app.test_client())
    browser.get("/login")
    browser.send("/login", email="camila@example.com", password="trote-lluvia-guayaba")
    browser.get("/account/addresses")
    assert "Calle 123 # 45-67" in browser.text


@pytest.mark.parametrize(
    ("search", "first"),
    [
        ("medellin", ("05001", "Medellín", "Antioquia", "main")),
        ("MEDELLÍN", ("05001", "Medellín", "Antioquia", "main")),
        ("narino", ("25483", "Nariño", "Cundinamarca", "")),
        ("cartagena de ind", ("13001", "Cartagena", "Bolívar", "main")),
        ("11001", ("11001", "Bogotá D.C.", "Bogotá D.C.", "local")),
        ("Cali, Valle del Cauca", ("76001", "Cali", "Valle del Cauca", "main")),
        ("leticia", ("91001", "Leticia", "Amazonas", "remote")),
    ],
)
def test_a_municipality_is_found_however_it_is_written(
    stranger: Phone, search: str, first: tuple[str, str, str, str]
) -> None:
    response = stranger.get(f"/api/municipalities?search={search}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    items = [(item["code"], item["name"], item["department"], item["zone"]) for item in response.json["items"]]
    assert any(item[:3] == first[:3] and first[3] in item[3] for item in items), items
    assert set(response.json["items"][0]) == {"code", "name", "department", "zone"}


def test_names_that_begin_so_come_first_and_all_come_in_pages(stranger: Phone) -> None:
    names = [item["name"] for item in stranger.get("/api/municipalities?search=san%20a&limit=100").json["items"]]
    assert names[0].startswith("San A")
    whole = stranger.get("/api/municipalities?limit=100").json
    assert (whole["total"], len(whole["items"]), whole["items"][0]["name"]) == (1123, 100, "Abejorral")
    assert stranger.get("/api/municipalities?page=12&limit=100").json["items"][-1]["name"] == "Zona Bananera"
    assert stranger.get("/api/municipalities?search=xyzzy").json["items"] == []
    assert stranger.get("/api/municipalities?search=%3F%3F").json["items"] == []
    for query in ("search=" + "a" * 101, "limit=101", "page=0", "department=05"):
        refused = stranger.get(f"/api/municipalities?{query}")
        assert_problem(refused, 400, "invalid_request")
        assert "public" not in refused.headers["Cache-Control"]
