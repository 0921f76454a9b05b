"""Petitions, complaints and claims by the API: filed as on the page, with a number that is mailed."""

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.customer_request import CustomerRequest
from tests import factories as make
from tests.api.conftest import Phone, assert_problem

PATH = "/api/requests"
BODY = {
    "kind": "claim",
    "name": "Ana Gómez",
    "email": "Ana@Example.com",
    "phone": "300 123 4567",
    "orderNumber": "#2026-11-0001",
    "text": "Llegó roto.\nQuiero otro.",
}


def test_anybody_files_a_request_and_gets_its_number_once(app: Flask, stranger: Phone) -> None:
    first, again = stranger.post(PATH, BODY), stranger.post(PATH, BODY)
    assert (first.status_code, again.json) == (201, first.json)
    with app.app_context():
        (row,) = db.session.scalars(db.select(CustomerRequest))
        assert first.json["requestNumber"] == row.number
        assert (row.kind, row.email, row.phone) == ("claim", "ana@example.com", "+573001234567")
        assert (row.order_number, row.text, row.language) == ("2026-11-0001", "Llegó roto.\nQuiero otro.", "es")
        assert [(mail.template, mail.recipient) for mail in make.outbox()] == [("request_received", "ana@example.com")]


def test_phone_and_order_may_be_left_out_and_the_language_is_the_clients(app: Flask, stranger: Phone) -> None:
    body = {name: BODY[name] for name in ("kind", "name", "email", "text")}
    assert stranger.post(PATH, body, Accept_Language="en").status_code == 201
    with app.app_context():
        row = db.session.scalars(db.select(CustomerRequest)).one()
        assert (row.phone, row.order_number, row.language) == (None, "", "en")


def test_line_breaks_of_any_system_and_tabs_are_taken(app: Flask, stranger: Phone) -> None:
    assert stranger.post(PATH, BODY | {"text": "Llegó roto.\r\nQuiero\totro.\rGracias."}).status_code == 201
    with app.app_context():
        row = db.session.scalars(db.select(CustomerRequest)).one()
        assert row.text == "Llegó roto.\nQuiero otro.\nGracias."


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "praise"}, "kind"),
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"orderNumber": "x" * 41}, "orderNumber"),
        ({"text": " "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"status": "closed"}, "status"),
    ],
)
def test_what_is_wrong_is_named(app: Flask, stranger: Phone, wrong: dict[str, str], field: str) -> None:
    assert_problem(stranger.post(PATH, BODY | wrong), 400, "invalid_request", field)
    with app.app_context():
        assert make.count_of(CustomerRequest) == 0
