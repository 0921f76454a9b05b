"""The control API at /_sim, for tests and demonstrations: JSON in and out, from this machine only.

POST /_sim/fail takes {"next": fault, "times": n}: `500`, `429` and `409` answer before any work and are not stored
under the idempotency key; `timeout` and `drop` do the work and then never answer.
POST /_sim/webhooks takes duplicate, twins, shuffle, delay, drop (lost for good), timestampShift and wrongSecret.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, jsonify, request

from . import actions
from .errors import ApiError, invalid, no_such
from .faults import FAULTS
from .guards import require_local
from .records import Json
from .simulator import Simulator

WEBHOOK_MEMBERS = {
    "duplicate": int,
    "twins": int,
    "shuffle": bool,
    "delay": float,
    "drop": int,
    "timestampShift": int,
    "wrongSecret": bool,
}
WEBHOOK_ATTRIBUTES = {
    "duplicate": "extra_deliveries",
    "twins": "extra_events",
    "drop": "lost_deliveries",
    "timestampShift": "timestamp_shift",
    "wrongSecret": "wrong_secret",
}


def register(app: Flask, simulator: Simulator) -> None:
    """Add the control endpoints to the app."""
    blueprint = Blueprint("control", __name__, url_prefix="/_sim")
    blueprint.before_request(require_local)
    blueprint.register_error_handler(ApiError, lambda error: (jsonify(error.body()), error.status))
    blueprint.add_url_rule("/health", view_func=lambda: jsonify(status="ok"), endpoint="health")
    blueprint.add_url_rule("/events", view_func=lambda: jsonify(events=actions.event_log(simulator)), endpoint="events")
    blueprint.add_url_rule("/clock", view_func=lambda: _time(simulator), endpoint="time")
    _add_session_routes(blueprint, simulator)
    _add_money_routes(blueprint, simulator)
    _add_fault_routes(blueprint, simulator)
    _add_event_routes(blueprint, simulator)
    app.register_blueprint(blueprint)


def _add_session_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/pay/<session>")
    def pay(session: str) -> Response:
        payload = json_body({"card": str, "threeDS": str, "wait": float})
        if payload.get("threeDS") not in (None, "confirm", "fail"):
            raise invalid("threeDS is confirm or fail.", "threeDS")
        card = payload.get("card", "4242424242424242")
        return jsonify(actions.pay(simulator, session, card, payload.get("threeDS"), payload.get("wait")))

    @blueprint.post("/expire/<session>")
    def expire(session: str) -> Response:
        return jsonify(actions.expire(simulator, session))

    @blueprint.post("/settle/<session>")
    def settle(session: str) -> Response:
        return jsonify(actions.settle(simulator, session))


def _add_money_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/refund/<intent>")
    def refund(intent: str) -> Response:
        amount = json_body({"amount": int}).get("amount")
        if amount is not None and amount < 1:
            raise invalid("amount is a positive number of minor units.", "amount")
        return jsonify(actions.refund(simulator, intent, amount))

    @blueprint.post("/refunds/<refund>/fail")
    def fail_refund(refund: str) -> Response:
        return jsonify(actions.fail_refund(simulator, refund))

    @blueprint.post("/dispute/<intent>")
    def dispute(intent: str) -> Response:
        close = json_body({"close": str}).get("close")
        if close not in (None, "won", "lost"):
            raise invalid("close is won or lost.", "close")
        return jsonify(actions.dispute(simulator, intent, close))


def _add_fault_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/clock")
    def clock() -> Response:
        seconds = json_body({"advance": int}).get("advance", 0)
        if seconds < 0:
            raise invalid("The clock only goes forward.", "advance")
        simulator.advance(seconds)
        return _time(simulator)

    @blueprint.post("/fail")
    def fail() -> Response:
        payload = json_body({"next": str, "times": int})
        if payload.get("next") not in FAULTS:
            raise invalid(f"next is one of {', '.join(FAULTS)}.", "next")
        simulator.api_faults.add(payload["next"], payload.get("times", 1))
        return jsonify(payload)

    @blueprint.post("/latency")
    def latency() -> Response:
        simulator.api_faults.latency_ms = max(0, json_body({"ms": int}).get("ms", 0))
        return jsonify(ms=simulator.api_faults.latency_ms)

    @blueprint.post("/webhooks")
    def webhooks() -> Response:
        faults, attributes = simulator.webhook_faults, WEBHOOK_ATTRIBUTES
        for name, value in json_body(WEBHOOK_MEMBERS).items():
            setattr(faults, attributes.get(name, name), value)
        return jsonify({name: getattr(faults, attributes.get(name, name)) for name in WEBHOOK_MEMBERS})

    @blueprint.post("/reset")
    def reset() -> Response:
        simulator.api_faults.clear()
        simulator.webhook_faults.clear()
        return jsonify(status="ok")


def _add_event_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/events/<event>/deliver")
    def deliver(event: str) -> Response:
        with simulator.unit_of_work() as work:
            work.get("event", event, "id")
        if not simulator.dispatcher.targets_of(event):
            raise invalid("No webhook endpoint is sent events of this type.")
        return jsonify(httpStatus=simulator.dispatcher.redeliver(event))

    @blueprint.post("/emit")
    def emit() -> Response:
        payload = json_body({"type": str, "object": dict})
        if "type" not in payload or "object" not in payload:
            raise invalid("type and object are required.", "type")
        return jsonify(id=actions.emit_foreign(simulator, payload["type"], payload["object"]))

    @blueprint.route("/<path:unknown>", methods=["GET", "POST"])
    def unknown(unknown: str) -> Response:
        raise no_such("control", unknown, "path")


def json_body(members: Mapping[str, type]) -> Json:
    """Return the JSON object of the request, with null members left out; refuse anything else."""
    payload = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(payload, dict):
        raise invalid("The body must be a JSON object.")
    for name, value in payload.items():
        kind = members.get(name)
        if kind is None:
            raise invalid(f"Unknown member: {name}", name)
        right = isinstance(value, (int, float) if kind is float else kind)
        if value is not None and (not right or (isinstance(value, bool) and kind is not bool)):
            raise invalid(f"{name} has the wrong type.", name)
    return {name: value for name, value in payload.items() if value is not None}


def _time(simulator: Simulator) -> Response:
    return jsonify(now=simulator.now(), offset=simulator.offset)
