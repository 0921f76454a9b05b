"""An account that a stranger opened with somebody's e-mail, and its owner who takes it over by a mail."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from storefront.database import db
from storefront.domain.cart import Cart
from storefront.domain.customer import Consent
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.enums import StaffRole
from storefront.services.accounts import addresses
from storefront.services.accounts.addresses import Address
from storefront.services.admin import staff
from storefront.services.audit import Actor
from tests.api.conftest import ADDRESS, Phone, purchase
from tests.api.test_recovery import NEW_PASSWORD, delivered, reset_token
from tests.fakes import FakeGateway, KeepingMailer

EMAIL = "camila@example.com"
LOGIN = {"email": EMAIL, "password": NEW_PASSWORD}


def plant(app: Flask, phone: Phone) -> None:
    """Leave in an account whatever would be proposed to its owner."""
    body = {"defaultAddress": ADDRESS, "phone": "+573001234567", "marketingConsent": True}
    assert phone.patch("/api/me", body).status_code == 200
    with app.app_context():
        user = phone.user["userId"]
        addresses.add(user, Address.from_dict(addresses.list_for(user)[0].address))
        db.session.remove()
    assert phone.put("/api/cart/items/mancuernas-hexagonales-5kg", {"quantity": 1}).status_code == 200
    shipping = {"shippingMethod": "express", "shippingAddress": ADDRESS}
    assert phone.put("/api/cart/shipping", shipping).status_code == 200


def seen(app: Flask, phone: Phone) -> dict[str, Any]:
    """Return what an account proposes."""
    me = phone.get("/api/me").json
    with app.app_context():
        cart = db.session.query(Cart).filter_by(customer_id=me["userId"]).one()
        consents = db.session.query(Consent).filter_by(customer_id=me["userId"], withdrawn_at=None).count()
        kept = len(addresses.list_for(me["userId"]))
        found = {"address": cart.address, "email": cart.email, "method": cart.shipping_method, "units": len(cart.lines)}
        db.session.remove()
    return {**found, "default": me["defaultAddress"], "phone": me["phone"], "consents": consents, "kept": kept}


EMPTY = {
    "address": None, "email": None, "method": None, "units": 1, "default": None, "phone": None, "consents": 0,
    "kept": 0,
}  # fmt: skip


def by_mail(app: Flask, stranger: Phone, mailer: KeepingMailer) -> None:
    token = reset_token(app, stranger, mailer, EMAIL)
    body = {"token": token, "password": NEW_PASSWORD}
    assert stranger.post("/api/auth/reset-password", body).status_code == 204


def by_command(app: Flask, _stranger: Phone, _mailer: KeepingMailer) -> None:
    with app.app_context():
        staff.add(EMAIL, StaffRole.OWNER, password=NEW_PASSWORD, staff=Actor("ana"))
        db.session.remove()


@pytest.mark.parametrize("take_over", [by_mail, by_command])
def test_nothing_that_was_left_before_is_proposed_to_the_owner(
    app: Flask,
    camila: Phone,
    stranger: Phone,
    mailer: KeepingMailer,
    take_over: Callable[[Flask, Phone, KeepingMailer], None],
) -> None:
    plant(app, camila)
    take_over(app, stranger, mailer)
    owner = stranger.take(stranger.post("/api/auth/login", LOGIN).json)
    assert seen(app, owner) == EMPTY


def test_what_the_owner_left_stays_when_they_forget_their_password(
    app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer
) -> None:
    by_mail(app, stranger, mailer)
    owner = Phone(app.test_client())
    owner.take(owner.post("/api/auth/login", LOGIN).json)
    plant(app, owner)
    before = seen(app, owner)
    with app.app_context():
        db.session.execute(delete(OutboxMail))
        db.session.commit()
    by_mail(app, stranger, mailer)
    owner.take(owner.post("/api/auth/login", LOGIN).json)
    assert seen(app, owner) == before
    assert before["kept"] == 2


@pytest.mark.parametrize("is_silent", [False, True])
def test_an_unpaid_order_is_closed_so_that_the_owner_cannot_pay_it(
    app: Flask, camila: Phone, stranger: Phone, mailer: KeepingMailer, gateway: FakeGateway, is_silent: bool
) -> None:
    """Where Stripe is silent the password changes all the same, and the order ends with its hold."""
    assert camila.post("/api/checkout/create-session", purchase()).status_code == 201
    delivered(app, mailer, EMAIL)
    gateway.silent_calls |= {"close"} if is_silent else set()
    by_mail(app, stranger, mailer)
    with app.app_context():
        assert db.session.query(Order).one().status == ("pending" if is_silent else "cancelled")
