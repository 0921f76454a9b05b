"""The door at /_sim: what tests and demos turn. JSON in and out, this machine only.

POST /_sim/fail takes {"next": fault, "times": n}: `500`, `429` and `409` answer before any work and are not stored
under the idempotency key; `timeout` and `drop` do the work and then never answer.
POST /_sim/webhooks takes duplicate, twins, shuffle, delay, drop (lost for good), timestampShift and wrongSecret.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, jsonify, request

from . import actions
from .engine import Simulator
from .errors import ApiError, invalid, no_such
from .faults import FAULTS
from .guards import require_local
from .records import Json

KNOBS = {
    "duplicate": int,
    "twins": int,
    "shuffle": bool,
    "delay": float,
    "drop": int,
    "timestampShift": int,
    "wrongSecret": bool,
}
ATTRIBUTES = {"timestampShift": "timestamp_shift", "wrongSecret": "wrong_secret"}


def register(app: Flask, simulator: Simulator) -> None:
    """Add the control endpoints to the app."""
    door = Blueprint("control", __name__, url_prefix="/_sim")
    door.before_request(require_local)
    door.register_error_handler(ApiError, lambda error: (jsonify(error.body()), error.status))
    door.add_url_rule("/health", view_func=lambda: jsonify(status="ok"), endpoint="health")
    door.add_url_rule("/events", view_func=lambda: jsonify(events=actions.event_log(simulator)), endpoint="events")
    door.add_url_rule("/clock", view_func=lambda: _time(simulator), endpoint="time")
    _add_session_routes(door, simulator)
    _add_money_routes(door, simulator)
    _add_knob_routes(door, simulator)
    _add_event_routes(door, simulator)
    app.register_blueprint(door)


def _add_session_routes(door: Blueprint, simulator: Simulator) -> None:
    @door.post("/pay/<session>")
    def pay(session: str) -> Response:
        given = body({"card": str, "threeDS": str, "wait": float})
        if given.get("threeDS") not in (None, "confirm", "fail"):
            raise invalid("threeDS is confirm or fail.", "threeDS")
        card = given.get("card", "4242424242424242")
        return jsonify(actions.pay(simulator, session, card, given.get("threeDS"), given.get("wait")))

    @door.post("/expire/<session>")
    def expire(session: str) -> Response:
        return jsonify(actions.expire(simulator, session))

    @door.post("/settle/<session>")
    def settle(session: str) -> Response:
        return jsonify(actions.settle(simulator, session))


def _add_money_routes(door: Blueprint, simulator: Simulator) -> None:
    @door.post("/refund/<intent>")
    def refund(intent: str) -> Response:
        amount = body({"amount": int}).get("amount")
        if amount is not None and amount < 1:
            raise invalid("amount is a positive number of minor units.", "amount")
        return jsonify(actions.refund(simulator, intent, amount))

    @door.post("/refunds/<refund>/fail")
    def fail_refund(refund: str) -> Response:
        return jsonify(actions.fail_refund(simulator, refund))

    @door.post("/dispute/<intent>")
    def dispute(intent: str) -> Response:
        close = body({"close": str}).get("close")
        if close not in (None, "won", "lost"):
            raise invalid("close is won or lost.", "close")
        return jsonify(actions.dispute(simulator, intent, close))


def _add_knob_routes(door: Blueprint, simulator: Simulator) -> None:
    @door.post("/clock")
    def clock() -> Response:
        seconds = body({"advance": int}).get("advance", 0)
        if seconds < 0:
            raise invalid("The clock only goes forward.", "advance")
        simulator.advance(seconds)
        return _time(simulator)

    @door.post("/fail")
    def fail() -> Response:
        given = body({"next": str, "times": int})
        if given.get("next") not in FAULTS:
            raise invalid(f"next is one of {', '.join(FAULTS)}.", "next")
        simulator.faults.plan(given["next"], given.get("times", 1))
        return jsonify(given)

    @door.post("/latency")
    def latency() -> Response:
        simulator.faults.latency_ms = max(0, body({"ms": int}).get("ms", 0))
        return jsonify(ms=simulator.faults.latency_ms)

    @door.post("/webhooks")
    def webhooks() -> Response:
        given = body(KNOBS)
        for name, value in given.items():
            setattr(simulator.knobs, ATTRIBUTES.get(name, name), value)
        return jsonify({name: getattr(simulator.knobs, ATTRIBUTES.get(name, name)) for name in KNOBS})

    @door.post("/reset")
    def reset() -> Response:
        simulator.faults.clear()
        simulator.knobs.clear()
        return jsonify(status="ok")


def _add_event_routes(door: Blueprint, simulator: Simulator) -> None:
    @door.post("/events/<event>/deliver")
    def deliver(event: str) -> Response:
        with simulator.work() as work:
            work.get("event", event, "id")
        if not simulator.courier.listening(event):
            raise invalid("No webhook endpoint is sent events of this type.")
        return jsonify(httpStatus=simulator.courier.redeliver(event))

    @door.post("/emit")
    def emit() -> Response:
        given = body({"type": str, "object": dict})
        if "type" not in given or "object" not in given:
            raise invalid("type and object are required.", "type")
        return jsonify(id=actions.emit_foreign(simulator, given["type"], given["object"]))

    @door.route("/<path:unknown>", methods=["GET", "POST"])
    def unknown(unknown: str) -> Response:
        raise no_such("control", unknown, "path")


def body(members: Mapping[str, type]) -> Json:
    """Return the JSON object of the request, with null members left out; refuse anything else."""
    given = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise invalid("The body must be a JSON object.")
    for name, value in given.items():
        kind = members.get(name)
        if kind is None:
            raise invalid(f"Unknown member: {name}", name)
        right = isinstance(value, (int, float) if kind is float else kind)
        if value is not None and (not right or (isinstance(value, bool) and kind is not bool)):
            raise invalid(f"{name} has the wrong type.", name)
    return {name: value for name, value in given.items() if value is not None}


def _time(simulator: Simulator) -> Response:
    return jsonify(now=simulator.now(), offset=simulator.offset)
