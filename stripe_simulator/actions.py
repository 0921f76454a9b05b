"""Actions of the control API and the dashboard: pay, expire, settle, refund, dispute, deliver."""

from __future__ import annotations

from . import checkout, payments, refunds
from .cards import card_for
from .errors import refused
from .events import emit
from .records import Json, Record, UnitOfWork
from .simulator import Simulator

BUYER = {"name": "Ana Pérez", "phone": None, "address": None}


def success_url(session: Json) -> str:
    """Return where the shopper goes after paying, with the literal placeholder filled in."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def pay(
    simulator: Simulator, session_id: str, card: str, three_ds: str | None = None, wait: float | None = None
) -> Json:
    """Pay a session without a browser; wait, as the payment page does, for the response to the webhook."""
    with simulator.unit_of_work() as work:
        session = work.get("checkout.session", session_id, "session")
        outcome = payments.pay(work, session, card_for(card), buyer_of(session.body))
        if outcome.kind == "requires_action" and three_ds:
            outcome = payments.authenticate(work, session, three_ds == "confirm")
        result = payment_result(session.body, outcome)
    wait_for_response(simulator, outcome, wait)
    return result


def wait_for_response(simulator: Simulator, outcome: payments.Outcome, wait: float | None = None) -> None:
    """Wait for the response to checkout.session.completed, as Stripe does before it redirects."""
    if outcome.completed:
        seconds = simulator.settings.answer_wait if wait is None else wait
        simulator.dispatcher.wait_attempted(outcome.completed, seconds)


def buyer_of(session: Json) -> Json:
    """Return an invented buyer who fills in whatever the session asks for."""
    buyer: Json = BUYER | {"email": session["customer_email"] or "comprador@example.com"}
    if session["phone_number_collection"]["enabled"]:
        buyer["phone"] = "+573001112233"
    if session["shipping_address_collection"] or session["billing_address_collection"] == "required":
        buyer["address"] = {"line1": "Calle 10 # 5-51", "city": "Bogotá", "state": "Bogotá D.C.", "country": "CO"}
    return buyer


def payment_result(session: Json, outcome: payments.Outcome) -> Json:
    """Describe how an attempt ended."""
    complete = session["status"] == "complete"
    return {
        "status": session["status"],
        "paymentStatus": session["payment_status"],
        "outcome": outcome.kind,
        "declineCode": outcome.decline.decline_code if outcome.decline else None,
        "redirectUrl": success_url(session) if complete else None,
        "paymentIntent": session["payment_intent"],
    }


def expire(simulator: Simulator, session_id: str) -> Json:
    """Expire an open session."""
    with simulator.unit_of_work() as work:
        return checkout.expire(work, {}, session_id)


def settle(simulator: Simulator, session_id: str) -> Json:
    """Let a delayed payment succeed or fail now."""
    with simulator.unit_of_work() as work:
        session = work.get("checkout.session", session_id, "session")
        if "delayed" not in session.private:
            raise refused("This Checkout Session waits for no delayed payment.", "session")
        payments.settle(work, session)
        return session.body


def refund(simulator: Simulator, intent_id: str, amount: int | None) -> Json:
    """Refund a payment as somebody would in Stripe's own dashboard."""
    params: Json = {"payment_intent": intent_id}
    with simulator.unit_of_work() as work:
        return refunds.create(work, params if amount is None else params | {"amount": amount})


def fail_refund(simulator: Simulator, refund_id: str) -> Json:
    """Let a refund fail after the fact."""
    with simulator.unit_of_work() as work:
        record = work.get("refund", refund_id, "refund")
        refunds.fail(work, record)
        return record.body


def dispute(simulator: Simulator, intent_id: str, close: str | None) -> Json:
    """Dispute a payment, or decide the dispute it has."""
    with simulator.unit_of_work() as work:
        intent = work.get("payment_intent", intent_id, "payment_intent").body
        charge = work.get("charge", intent["latest_charge"] or "", "charge")
        found = work.select("dispute", "parent = ?", (charge.id,), 1)
        if close is None:
            return payments.dispute(work, charge).body
        if not found:
            raise refused("This payment has no dispute to close.", "payment_intent")
        return payments.close_dispute(work, found[0], close).body


def emit_foreign(simulator: Simulator, kind: str, body: Json) -> str:
    """Send an event about an object that the simulator does not have."""
    with simulator.unit_of_work() as work:
        return emit(work, kind, body)


def event_log(simulator: Simulator, limit: int = 1000) -> list[Json]:
    """Return the events, oldest first, each with its deliveries."""
    with simulator.unit_of_work() as work:
        return [_described(work, record) for record in reversed(work.select("event", limit=limit))]


def _described(work: UnitOfWork, record: Record) -> Json:
    rows = work.connection.execute(
        "SELECT status, attempts, http_status, error FROM deliveries WHERE event_id = ? ORDER BY seq", (record.id,)
    )
    deliveries = [{"status": row[0], "attempts": row[1], "httpStatus": row[2], "error": row[3]} for row in rows]
    names = ("id", "type", "created")
    return {name: record.body[name] for name in names} | {"deliveries": deliveries, "payload": record.body}
