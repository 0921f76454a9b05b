"""The dashboard at `/`: sessions, payments and events, with buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from . import actions, delivery_targets, texts
from .errors import ApiError
from .guards import require_local
from .records import Json
from .simulator import Simulator

SHOWN = 30
# Colombia has no daylight saving, so a fixed offset is its time.
BOGOTA = timedelta(hours=-5)
STATES = {
    "open": "abierta",
    "complete": "completa",
    "expired": "vencida",
    "paid": "pagada",
    "unpaid": "sin pagar",
    "no_payment_required": "sin costo",
    "succeeded": "pagado",
    "requires_payment_method": "espera una tarjeta",
    "requires_action": "espera al banco",
    "processing": "en proceso",
    "canceled": "cancelado",
    "pending": "pendiente",
    "delivered": "entregado",
    "failed": "fallido",
    "dropped": "perdido",
}


def register(app: Flask, simulator: Simulator) -> None:
    """Add the dashboard to the app."""
    blueprint = Blueprint("dashboard", __name__)
    blueprint.before_request(require_local)
    blueprint.add_url_rule("/", view_func=lambda: _show(simulator), endpoint="show")

    @blueprint.post("/dashboard/<action>/<identifier>")
    def act(action: str, identifier: str) -> BaseResponse:
        return _act(simulator, action, identifier)

    @blueprint.post("/dashboard/clock")
    def clock() -> BaseResponse:
        minutes = request.form.get("minutes", "")
        if minutes.isascii() and minutes.isdigit() and len(minutes) <= 6:
            simulator.advance(int(minutes) * 60)
            return _redirect("El reloj avanzó.")
        return _redirect("Escribe los minutos con números.")

    app.register_blueprint(blueprint)


def _act(simulator: Simulator, action: str, identifier: str) -> BaseResponse:
    actions_by_name: dict[str, tuple[Callable[[], Any], str]] = {
        "pay": (lambda: actions.pay(simulator, identifier, "4242424242424242"), "Sesión pagada."),
        "expire": (lambda: actions.expire(simulator, identifier), "Sesión vencida."),
        "settle": (lambda: actions.settle(simulator, identifier), "Pago demorado resuelto."),
        "refund": (lambda: actions.refund(simulator, identifier, None), "Pago reembolsado."),
        "deliver": (lambda: _deliver(simulator, identifier), "Evento reenviado."),
    }
    if action not in actions_by_name:
        return make_response("Not found", 404)
    perform, message = actions_by_name[action]
    try:
        perform()
    except ApiError as error:
        return _redirect(error.message)
    return _redirect(message)


def _deliver(simulator: Simulator, event_id: str) -> None:
    with simulator.unit_of_work() as work:
        work.get("event", event_id, "id")
    if not simulator.dispatcher.targets_of(event_id):
        raise ApiError("Ninguna dirección de webhook recibe este tipo de evento.")
    if simulator.dispatcher.redeliver(event_id) is None:
        raise ApiError("La tienda no respondió.")


def _redirect(message: str) -> BaseResponse:
    return redirect(url_for("dashboard.show", message=message[:200]), 303)


def _show(simulator: Simulator) -> Response:
    with simulator.unit_of_work() as work:
        sessions = [_session(record.body, record.private) for record in work.select("checkout.session", limit=SHOWN)]
        intents = [record.body for record in work.select("payment_intent", limit=SHOWN)]
        charges = {
            body["latest_charge"]: found.body
            for body in intents
            if body["latest_charge"] and (found := work.find(body["latest_charge"]))
        }
        endpoints = [target.url for target in delivery_targets.list_enabled(work.connection)]
    page = render_template(
        "dashboard.html",
        t=texts.SPANISH,
        shop=simulator.settings.shop_name,
        message=request.args.get("message", ""),
        now=_local(simulator.now()),
        sessions=sessions,
        intents=intents,
        charges=charges,
        events=actions.event_log(simulator, SHOWN)[::-1],
        endpoints=endpoints,
        states=STATES,
        local=_local,
        money=lambda amount, currency: texts.money(amount, currency, "es"),
    )
    return make_response(page)


def _session(body: Json, private: Json) -> Json:
    return body | {"waits": "delayed" in private}


def _local(moment: int) -> str:
    return (datetime.fromtimestamp(moment, UTC) + BOGOTA).strftime("%d/%m/%Y %H:%M:%S")
