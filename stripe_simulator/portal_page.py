"""The pages of the billing portal: `/p/session/{session}`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for

from . import portal, portal_configurations, texts
from .cards import card_for
from .checkout_page import see_other
from .errors import ApiError
from .payment_form import CARD_FIELDS, PaymentForm, buyer, digits, read_fields
from .records import Json, Record, UnitOfWork
from .simulator import Simulator
from .subscription_texts import interval_label

BOGOTA = timedelta(hours=-5)


def register(app: Flask, simulator: Simulator) -> None:
    """Add the portal to the app."""
    app.register_blueprint(PortalPages(simulator).blueprint())


class PortalPages:
    """The pages of one portal session."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        blueprint = Blueprint("portal", __name__, url_prefix="/p/session")
        blueprint.add_url_rule("/<session_id>", "show", self.show)
        blueprint.add_url_rule("/<session_id>/card", "card", self.card, methods=["POST"])
        blueprint.add_url_rule(
            "/<session_id>/plans/<subscription_id>/<action>", "change", self.change, methods=["POST"]
        )
        return blueprint

    def show(self, session_id: str) -> Response:
        """Show the customer's subscriptions and card."""
        return self._page(session_id, PaymentForm(dict.fromkeys(CARD_FIELDS, "")))

    def card(self, session_id: str) -> Response:
        """Take a new card."""
        session, features = self._find(session_id)
        if session is None or "payment_method_update" not in features:
            return self._unknown()
        form = read_fields(CARD_FIELDS, request.form, self.simulator.now())
        if form.errors:
            return self._page(session_id, form, status=422)
        with self.simulator.unit_of_work() as work:
            customer = work.get("customer", session["customer"]).body
            payer = buyer(form) | {"email": customer["email"]}
            decline = portal.change_card(work, customer["id"], card_for(digits(form.values["number"])), payer)
        if decline:
            return self._page(session_id, form, declined=decline.decline_code, status=402)
        return see_other(url_for("portal.show", session_id=session_id, done="card"))

    def change(self, session_id: str, subscription_id: str, action: str) -> Response:
        """Cancel a subscription, or resume it."""
        session, features = self._find(session_id)
        if session is None or action not in ("cancel", "resume") or "subscription_cancel" not in features:
            return self._unknown()
        try:
            with self.simulator.unit_of_work() as work:
                if action == "resume":
                    portal.resume(work, session["customer"], subscription_id)
                else:
                    at_once = features["subscription_cancel"]["mode"] == "immediately"
                    portal.cancel(work, session["customer"], subscription_id, at_once=at_once)
        except ApiError:
            return see_other(url_for("portal.show", session_id=session_id))
        return see_other(url_for("portal.show", session_id=session_id, done=action))

    def _find(self, session_id: str) -> tuple[Json | None, Json]:
        """Return a portal session and the features that its configuration switches on."""
        with self.simulator.unit_of_work() as work:
            record = work.find(session_id)
            if record is None or record.kind != "billing_portal.session":
                return None, {}
            return record.body, portal_configurations.features(work, record.body)

    def _unknown(self) -> Response:
        t = self._texts(None)
        page = render_template(
            "closed.html", t=t, shop=self.simulator.settings.shop_name, session=None, reason="unknown", link=None
        )
        return make_response(page, 404)

    def _page(self, session_id: str, form: PaymentForm, declined: str = "", status: int = 200) -> Response:
        session, features = self._find(session_id)
        if session is None:
            return self._unknown()
        t = self._texts(session["locale"])
        # The security code is never sent back.
        form.values.pop("cvc", None)
        with self.simulator.unit_of_work() as work:
            subscriptions = [
                _described(work, record, t) for record in portal.subscriptions_of(work, session["customer"])
            ]
            invoices = [_invoice(record.body, t) for record in portal.invoices_of(work, session["customer"])]
        page = render_template(
            "portal.html",
            t=t,
            shop=self.simulator.settings.shop_name,
            session=session,
            features=features,
            plans=subscriptions,
            invoices=invoices,
            values=form.values,
            errors=form.errors,
            declined=declined,
            done=request.args.get("done", ""),
        )
        return make_response(page, status)

    def _texts(self, locale: str | None) -> dict[str, str]:
        return texts.texts_for(locale, request.accept_languages.best_match(["es", "en"]))


def _described(work: UnitOfWork, record: Record, t: dict[str, str]) -> Json:
    body, item = record.body, record.body["items"]["data"][0]
    method = work.find(body["default_payment_method"] or "")
    card: Any = method.body["card"] if method else None
    total = sum(item["price"]["unit_amount"] * item["quantity"] for item in body["items"]["data"])
    return {
        "id": record.id,
        "name": ", ".join(work.get("product", item["price"]["product"]).body["name"] for item in body["items"]["data"]),
        "price": f"{texts.money(total, body['currency'], t['lang'])} {interval_label(item['price']['recurring'], t)}",
        "status": t[f"plan_{body['status']}"],
        "is_behind": body["status"] == "past_due",
        "ends": body["cancel_at_period_end"],
        "date": _day(item["current_period_end"]),
        "card": t["card_ending"].format(brand=card["brand"].title(), last4=card["last4"]) if card else "",
    }


def _invoice(body: Json, t: dict[str, str]) -> Json:
    return {
        "number": body["number"],
        "date": _day(body["created"]),
        "total": texts.money(body["total"], body["currency"], t["lang"]),
        "status": t[f"invoice_{body['status']}"],
    }


def _day(moment: int) -> str:
    return (datetime.fromtimestamp(moment, UTC) + BOGOTA).strftime("%d/%m/%Y")
