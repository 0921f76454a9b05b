"""The page where a shopper pays: `/c/pay/{session}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for

from . import actions, checkout, payments, texts
from .cards import BY_NUMBER, card_for
from .errors import ApiError
from .guards import is_local_name
from .payment_form import (
    PaymentForm,
    buyer,
    digits,
    empty_form,
    fields_of,
    read_form,
    takes_delayed,
    wants_address,
)
from .records import Json, Record
from .simulator import Simulator
from .subscription_texts import interval_label

# No form-action: browsers apply it to the redirect to the shop, too.
POLICY = "default-src 'none'; style-src 'self'; img-src http: https: data:; base-uri 'none'; frame-ancestors 'none'"


def register(app: Flask, simulator: Simulator) -> None:
    """Add the payment page to the app."""
    app.register_blueprint(CheckoutPage(simulator).blueprint())
    app.after_request(set_security_headers)


def set_security_headers(response: Response) -> Response:
    """Set headers that keep the code and the frames of others out of the pages."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    # "no-referrer" would make browsers send `Origin: null` with the dashboard's own forms.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response


class CheckoutPage:
    """The pages of one Checkout Session."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        blueprint = Blueprint("checkout_page", __name__, url_prefix="/c/pay")
        blueprint.add_url_rule("/<session_id>", "show", self.show)
        blueprint.add_url_rule("/<session_id>", "pay", self.pay, methods=["POST"])
        blueprint.add_url_rule("/<session_id>/delayed", "pay_later", self.pay_later, methods=["POST"])
        blueprint.add_url_rule("/<session_id>/shipping", "shipping", self.shipping, methods=["POST"])
        blueprint.add_url_rule("/<session_id>/3ds", "bank", self.bank)
        blueprint.add_url_rule("/<session_id>/3ds", "authenticate", self.authenticate, methods=["POST"])
        return blueprint

    def show(self, session_id: str) -> Response:
        """Show the form, or why there is none."""
        record = self._find(session_id)
        if record is None or record.body["status"] != "open":
            return self._closed(record)
        # A shopper whose bank declined sees why.
        return self._form(record, empty_form(record.body, self._known_email(record)), request.args.get("declined", ""))

    def pay(self, session_id: str) -> Response:
        """Take the form and try to pay."""
        record = self._find(session_id)
        if record is None or record.body["status"] != "open":
            return self._closed(record, redirects=True)
        form = read_form(record.body, request.form, self.simulator.now(), self._known_email(record))
        if form.errors:
            return self._form(record, form, status=422)
        try:
            with self.simulator.unit_of_work() as work:
                record = work.get("checkout.session", session_id)
                card = card_for(digits(form.values.get("number", "")))
                outcome = payments.pay(work, record, card, buyer(form))
        except ApiError:
            return self._closed(self._find(session_id), redirects=True)
        if outcome.kind == "requires_action":
            return see_other(url_for("checkout_page.bank", session_id=session_id))
        if outcome.decline:
            return self._form(record, form, outcome.decline.decline_code, status=402)
        actions.wait_for_response(self.simulator, outcome)
        return see_other(actions.success_url(record.body))

    def pay_later(self, session_id: str) -> Response:
        """Pay by a method whose result comes later, on a page that takes such methods."""
        record = self._find(session_id)
        if record is None or record.body["status"] != "open":
            return self._closed(record, redirects=True)
        card = f"delayed_{request.form.get('result', '')}"
        if not takes_delayed(record.body) or card not in BY_NUMBER:
            return see_other(url_for("checkout_page.show", session_id=session_id))
        try:
            return see_other(actions.pay(self.simulator, session_id, card)["redirectUrl"])
        except ApiError:
            return self._closed(self._find(session_id), redirects=True)

    def shipping(self, session_id: str) -> Response:
        """Take the shopper's choice of shipping."""
        with self.simulator.unit_of_work() as work:
            record = work.find(session_id)
            if record and record.kind == "checkout.session" and record.body["status"] == "open":
                checkout.reprice(work, record, request.form.get("shipping", ""))
        return see_other(url_for("checkout_page.show", session_id=session_id))

    def bank(self, session_id: str) -> Response:
        """Show the 3-D Secure challenge."""
        record = self._find(session_id)
        if record is None or record.body["status"] != "open":
            return self._closed(record)
        if "challenge" not in record.private:
            return see_other(url_for("checkout_page.show", session_id=session_id))
        last4 = record.private["challenge"]["card"][-4:]
        return self._page("bank.html", record.body, last4=last4)

    def authenticate(self, session_id: str) -> Response:
        """Take the answer to the 3-D Secure challenge."""
        try:
            with self.simulator.unit_of_work() as work:
                record = work.get("checkout.session", session_id)
                outcome = payments.authenticate(work, record, request.form.get("answer") == "authorize")
        except ApiError:
            record_now = self._find(session_id)
            if record_now and record_now.body["status"] == "open":
                return see_other(url_for("checkout_page.show", session_id=session_id))
            return self._closed(record_now, redirects=True)
        if outcome.decline:
            code = outcome.decline.decline_code
            return see_other(url_for("checkout_page.show", session_id=session_id, declined=code))
        actions.wait_for_response(self.simulator, outcome)
        return see_other(actions.success_url(record.body))

    def _find(self, session_id: str) -> Record | None:
        with self.simulator.unit_of_work() as work:
            record = work.find(session_id)
            return record if record and record.kind == "checkout.session" else None

    def _form(self, record: Record, form: PaymentForm, declined: str = "", status: int = 200) -> Response:
        session = record.body
        # The security code is never sent back.
        form.values.pop("cvc", None)
        lines, rates = self._lines(record), self._rates(session)
        return self._page(
            "pay.html",
            session,
            status,
            lines=lines,
            rates=rates,
            fields=fields_of(session),
            values=form.values,
            errors=form.errors,
            asks_address=wants_address(session),
            takes_delayed=takes_delayed(session),
            declined=declined,
            known_email=self._known_email(record),
        )

    def _known_email(self, record: Record) -> str:
        """Return the address that the shop gave, with the session or with its customer."""
        if record.body["customer"] is None:
            return str(record.body["customer_email"] or "")
        with self.simulator.unit_of_work() as work:
            return str(work.get("customer", record.body["customer"]).body["email"] or "")

    def _lines(self, record: Record) -> list[Json]:
        with self.simulator.unit_of_work() as work:
            found = [(item, work.find(item["price"]["product"])) for item in record.private["items"]]
        return [
            item | {"images": [url for url in (product.body["images"] if product else []) if is_local_name(url)]}
            for item, product in found
        ]

    def _rates(self, session: Json) -> list[Json]:
        with self.simulator.unit_of_work() as work:
            found = [work.find(option["shipping_rate"]) for option in session["shipping_options"]]
        return [rate.body for rate in found if rate]

    def _closed(self, record: Record | None, redirects: bool = False) -> Response:
        """Show that there is nothing to pay; after a second click on pay, redirect to the shop."""
        if record is None:
            return self._page("closed.html", None, 404, reason="unknown", link=None)
        session = record.body
        if session["status"] == "complete":
            url = actions.success_url(session)
            if redirects:
                return see_other(url)
            reason = "pending" if session["payment_status"] == "unpaid" else "paid"
            return self._page("closed.html", session, reason=reason, link=url)
        return self._page("closed.html", session, 410, reason="expired", link=session["cancel_url"])

    def _page(self, template: str, session: Json | None, status: int = 200, **values: Any) -> Response:
        locale = session["locale"] if session else None
        t = texts.texts_for(locale, request.accept_languages.best_match(["es", "en"]))
        currency = session["currency"] if session else "cop"

        def money(amount: int) -> str:
            return texts.money(amount, currency, t["lang"])

        for line in values.get("lines", []):
            line["recurs"] = _recurs(line, t, money)
        values["button"] = _button(session, t, money)

        shop = self.simulator.settings.shop_name
        return make_response(render_template(template, t=t, money=money, shop=shop, session=session, **values), status)


def _recurs(line: Json, t: dict[str, str], money: Callable[[int], str]) -> str:
    """Return what a recurring line costs later, and whether it begins with a trial."""
    price = line["price"]
    if not price["recurring"]:
        return ""
    later = f"{money(price['unit_amount'])} {interval_label(price['recurring'], t)}"
    return t["due_later"].format(price=later) if line["amount_subtotal"] == 0 else later


def _button(session: Json | None, t: dict[str, str], money: Callable[[int], str]) -> str:
    if session is None or session["mode"] != "subscription":
        return t["pay"].format(amount=money(session["amount_total"])) if session else ""
    if session["amount_total"] == 0:
        return t["start_trial"]
    return t["subscribe"].format(amount=money(session["amount_total"]))


def see_other(url: str) -> Response:
    """Redirect the browser with 303."""
    # Not through werkzeug's URL clean-up: the shop's address goes out as it was given.
    response = make_response("", 303)
    response.headers["Location"] = url
    return response
