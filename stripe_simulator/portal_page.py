"""The pages of the billing portal: `/p/session/{visit}`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for

from . import portal, portal_configurations, texts
from .cards import card_for
from .engine import Simulator
from .errors import ApiError
from .hosted import see_other
from .payment_form import CARD_FIELDS, PaymentForm, buyer, digits, read_fields
from .plan_texts import interval_words
from .records import Json, Record, Work

BOGOTA = timedelta(hours=-5)


def register(app: Flask, simulator: Simulator) -> None:
    """Add the portal to the app."""
    app.register_blueprint(PortalPages(simulator).door())


class PortalPages:
    """The screens of one visit."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def door(self) -> Blueprint:
        """Return the routes."""
        door = Blueprint("portal", __name__, url_prefix="/p/session")
        door.add_url_rule("/<visit>", "show", self.show)
        door.add_url_rule("/<visit>/card", "card", self.card, methods=["POST"])
        door.add_url_rule("/<visit>/plans/<plan>/<action>", "plan", self.plan, methods=["POST"])
        return door

    def show(self, visit: str) -> Response:
        """Show the customer's plans and card."""
        return self._page(visit, PaymentForm(dict.fromkeys(CARD_FIELDS, "")))

    def card(self, visit: str) -> Response:
        """Take a new card."""
        session, features = self._find(visit)
        if session is None or "payment_method_update" not in features:
            return self._unknown()
        form = read_fields(CARD_FIELDS, request.form, self.simulator.now())
        if form.errors:
            return self._page(visit, form, status=422)
        with self.simulator.work() as work:
            customer = work.get("customer", session["customer"]).body
            payer = buyer(form) | {"email": customer["email"]}
            decline = portal.change_card(work, customer["id"], card_for(digits(form.values["number"])), payer)
        if decline:
            return self._page(visit, form, declined=decline.decline_code, status=402)
        return see_other(url_for("portal.show", visit=visit, done="card"))

    def plan(self, visit: str, plan: str, action: str) -> Response:
        """Cancel a plan, or go on with it."""
        session, features = self._find(visit)
        if session is None or action not in ("cancel", "resume") or "subscription_cancel" not in features:
            return self._unknown()
        try:
            with self.simulator.work() as work:
                if action == "resume":
                    portal.resume(work, session["customer"], plan)
                else:
                    at_once = features["subscription_cancel"]["mode"] == "immediately"
                    portal.cancel(work, session["customer"], plan, at_once=at_once)
        except ApiError:
            return see_other(url_for("portal.show", visit=visit))
        return see_other(url_for("portal.show", visit=visit, done=action))

    def _find(self, visit: str) -> tuple[Json | None, Json]:
        """Return a visit and the features that its configuration switches on."""
        with self.simulator.work() as work:
            record = work.find(visit)
            if record is None or record.kind != "billing_portal.session":
                return None, {}
            return record.body, portal_configurations.features(work, record.body)

    def _unknown(self) -> Response:
        t = self._words(None)
        page = render_template(
            "closed.html", t=t, shop=self.simulator.settings.shop_name, session=None, reason="unknown", link=None
        )
        return make_response(page, 404)

    def _page(self, visit: str, form: PaymentForm, declined: str = "", status: int = 200) -> Response:
        session, features = self._find(visit)
        if session is None:
            return self._unknown()
        t = self._words(session["locale"])
        # The security code is never sent back.
        form.values.pop("cvc", None)
        with self.simulator.work() as work:
            plans = [_described(work, record, t) for record in portal.plans_of(work, session["customer"])]
            invoices = [_invoice(record.body, t) for record in portal.invoices_of(work, session["customer"])]
        page = render_template(
            "portal.html",
            t=t,
            shop=self.simulator.settings.shop_name,
            session=session,
            features=features,
            plans=plans,
            invoices=invoices,
            values=form.values,
            errors=form.errors,
            declined=declined,
            done=request.args.get("done", ""),
        )
        return make_response(page, status)

    def _words(self, locale: str | None) -> dict[str, str]:
        return texts.words_for(locale, request.accept_languages.best_match(["es", "en"]))


def _described(work: Work, record: Record, t: dict[str, str]) -> Json:
    body, item = record.body, record.body["items"]["data"][0]
    method = work.find(body["default_payment_method"] or "")
    card: Any = method.body["card"] if method else None
    total = sum(item["price"]["unit_amount"] * item["quantity"] for item in body["items"]["data"])
    return {
        "id": record.id,
        "name": ", ".join(work.get("product", item["price"]["product"]).body["name"] for item in body["items"]["data"]),
        "price": f"{texts.money(total, body['currency'], t['lang'])} {interval_words(item['price']['recurring'], t)}",
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
