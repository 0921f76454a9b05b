"""Attempts to pay a session; the payment page, the dashboard and the control API all use these functions."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from . import objects, payment_objects, subscription_checkout
from .cards import AUTHENTICATION, Card, Decline, card_for
from .checkout import complete, intent_of
from .errors import not_supported, refused
from .events import emit
from .ids import new_id
from .records import Json, Record, UnitOfWork

# Simulated seconds until a delayed payment is decided, and until the card that disputes its charges does so.
SETTLES_AFTER = 3600
DISPUTES_AFTER = 60
DELAYED_FAILED = Decline("payment_intent_payment_attempt_failed", "generic_decline", "The payment attempt failed.")


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended; `completed` is the id of the checkout.session.completed event."""

    kind: str
    decline: Decline | None = None
    completed: str | None = None


@dataclass
class _Attempt:
    """One attempt in progress; `created_intent` is the intent as it was created, until its event is written."""

    work: UnitOfWork
    session: Record
    intent: Record
    method: Json
    buyer: Json
    card: Card
    created_intent: Json | None = None

    def emit_created(self) -> None:
        """Write the event of the intent's creation, once."""
        if self.created_intent:
            emit(self.work, "payment_intent.created", self.created_intent)
            self.created_intent = None


def require_open(session: Record) -> None:
    """Raise unless the session can still be paid."""
    status = session.body["status"]
    if status != "open":
        message = f"This Checkout Session can not be paid: it has a status of `{status}`."
        raise refused(message, "session", "checkout_session_not_open")


def pay(work: UnitOfWork, session: Record, card: Card, buyer: Json) -> Outcome:
    """Try to pay an open session with a card."""
    require_open(session)
    _attach_customer(work, session, buyer)
    if session.body["amount_total"] == 0:
        return _pay_nothing(work, session, card, buyer)
    attempt = _begin(work, session, card, buyer)
    if card.challenge:
        return _challenge(attempt)
    if card.decline:
        return _fail(attempt, card.decline, with_charge=True)
    if card.delayed and session.body["mode"] == "subscription":
        raise not_supported("delayed methods in subscription mode")
    return _delay(attempt) if card.delayed else _capture(attempt)


def authenticate(work: UnitOfWork, session: Record, confirmed: bool) -> Outcome:
    """Confirm or reject the 3-D Secure challenge of a session."""
    require_open(session)
    waiting = session.private.pop("challenge", None)
    if waiting is None:
        raise refused("This Checkout Session waits for no authentication.", "session")
    method = work.get("payment_method", waiting["method"]).body
    attempt = _Attempt(work, session, _intent(work, session), method, waiting["buyer"], card_for(waiting["card"]))
    return _capture(attempt) if confirmed else _fail(attempt, AUTHENTICATION, with_charge=False)


def settle(work: UnitOfWork, session: Record) -> None:
    """Let the payment by a delayed method succeed or fail."""
    waiting = session.private.pop("delayed")
    session.due = None
    method = work.get("payment_method", waiting["method"]).body
    attempt = _Attempt(work, session, _intent(work, session), method, waiting["buyer"], card_for("delayed_success"))
    if waiting["fate"] == "succeeds":
        _charge(attempt)
        session.body["payment_status"] = "paid"
        work.save(session)
        emit(work, "checkout.session.async_payment_succeeded", session.body)
    else:
        _fail(attempt, DELAYED_FAILED, with_charge=False)
        emit(work, "checkout.session.async_payment_failed", session.body)


def dispute(work: UnitOfWork, charge: Record) -> Record:
    """Let the cardholder dispute a charge."""
    if not charge.body["paid"] or charge.body["disputed"]:
        raise refused("Only a paid charge that is not disputed yet can be disputed.", "charge")
    charge.body["disputed"] = True
    charge.due = None
    work.save(charge)
    record = work.add(Record(payment_objects.dispute(charge.body, work.now), parent=charge.id))
    emit(work, "charge.dispute.created", record.body)
    return record


def close_dispute(work: UnitOfWork, record: Record, status: str) -> Record:
    """Decide a dispute: `won` or `lost`."""
    before = record.body["status"]
    record.body["status"] = status
    work.save(record)
    emit(work, "charge.dispute.closed", record.body, {"status": before})
    return record


def _attach_customer(work: UnitOfWork, session: Record, buyer: Json) -> None:
    if session.body["customer_creation"] == "always" and not session.body["customer"]:
        customer = work.add(Record(objects.customer(buyer, work.now))).body
        emit(work, "customer.created", customer)
        session.body["customer"] = customer["id"]
        work.save(session)


def _begin(work: UnitOfWork, session: Record, card: Card, buyer: Json) -> _Attempt:
    method = add_method(work, card, buyer)
    session.private.pop("challenge", None)
    if intent := intent_of(work, session):
        return _Attempt(work, session, intent, method, buyer, card)
    body, data = session.body, session.private["intent_data"]
    is_subscription = body["mode"] == "subscription"
    if is_subscription:
        data = {"setup_future_usage": "off_session", "description": "Subscription creation"}
    intent_body = payment_objects.payment_intent(
        body["amount_total"], body["currency"], data, body["customer"], work.now
    )
    intent = work.add(Record(intent_body, parent=session.id))
    if is_subscription:
        session.private["intent"] = intent.id
    else:
        body["payment_intent"] = intent.id
    return _Attempt(work, session, intent, method, buyer, card, created_intent=copy.deepcopy(intent_body))


def add_method(work: UnitOfWork, card: Card, buyer: Json) -> Json:
    """Keep the card that somebody typed."""
    body = payment_objects.payment_method(card, buyer, work.now)
    return work.add(Record(body, {"card": card.number})).body


def _intent(work: UnitOfWork, session: Record) -> Record:
    found = intent_of(work, session)
    assert found is not None
    return found


def _pay_nothing(work: UnitOfWork, session: Record, card: Card, buyer: Json) -> Outcome:
    """Complete a session that costs nothing today; a subscription needs a card for later payments."""
    if session.body["mode"] == "subscription":
        if card.decline:
            return Outcome("declined", card.decline)
        method = add_method(work, card, buyer)
        return Outcome("paid", completed=subscription_checkout.subscribe(work, session, method, buyer, None, None))
    return Outcome("paid", completed=complete(work, session, buyer, "no_payment_required"))


def _challenge(attempt: _Attempt) -> Outcome:
    work, session = attempt.work, attempt.session
    attempt.emit_created()
    attempt.intent.body |= {
        "status": "requires_action",
        "payment_method": attempt.method["id"],
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}},
        "last_payment_error": None,
    }
    work.save(attempt.intent)
    session.private["challenge"] = {
        "card": attempt.card.number,
        "method": attempt.method["id"],
        "buyer": attempt.buyer,
    }
    work.save(session)
    emit(work, "payment_intent.requires_action", attempt.intent.body)
    return Outcome("requires_action")


def _fail(attempt: _Attempt, decline: Decline, *, with_charge: bool) -> Outcome:
    work, intent = attempt.work, attempt.intent
    attempt.emit_created()
    charge_id = None
    if with_charge:
        body = payment_objects.charge(intent.body, attempt.method, decline, work.now)
        charge_id = work.add(Record(body, parent=intent.id)).id
        intent.body["latest_charge"] = charge_id
        emit(work, "charge.failed", body)
    intent.body |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": payment_objects.payment_error(decline, charge_id, attempt.method),
    }
    work.save(intent)
    work.save(attempt.session)
    emit(work, "payment_intent.payment_failed", intent.body)
    return Outcome("declined" if with_charge else "authentication_failed", decline)


def _charge(attempt: _Attempt, *, emits_succeeded: bool = True) -> Record:
    work, intent = attempt.work, attempt.intent
    body = payment_objects.charge(intent.body, attempt.method, None, work.now)
    charge = work.add(Record(body, parent=intent.id))
    if attempt.card.dispute:
        charge.due = work.now + DISPUTES_AFTER
    work.save(charge)
    intent.body |= {
        "status": "succeeded",
        "amount_received": intent.body["amount"],
        "latest_charge": charge.id,
        "payment_method": attempt.method["id"],
        "next_action": None,
        "processing": None,
        "last_payment_error": None,
    }
    work.save(intent)
    emit(work, "charge.succeeded", charge.body)
    if emits_succeeded:
        emit(work, "payment_intent.succeeded", intent.body)
    return charge


def _capture(attempt: _Attempt) -> Outcome:
    work, session = attempt.work, attempt.session
    if session.body["mode"] == "subscription":
        _charge(attempt, emits_succeeded=False)
        completed = subscription_checkout.subscribe(
            work, session, attempt.method, attempt.buyer, attempt.intent, attempt.created_intent
        )
        return Outcome("paid", completed=completed)
    charge = _charge(attempt)
    # In recorded runs of Stripe the creation is reported after the success.
    attempt.emit_created()
    completed = complete(work, attempt.session, attempt.buyer, "paid")
    charge.body["balance_transaction"] = new_id("txn_3")
    work.save(charge)
    emit(work, "charge.updated", charge.body, {"balance_transaction": None})
    return Outcome("paid", completed=completed)


def _delay(attempt: _Attempt) -> Outcome:
    work, session = attempt.work, attempt.session
    attempt.emit_created()
    attempt.intent.body |= {"status": "processing", "payment_method": attempt.method["id"]}
    work.save(attempt.intent)
    session.private["delayed"] = {
        "fate": attempt.card.delayed,
        "method": attempt.method["id"],
        "buyer": attempt.buyer,
    }
    completed = complete(work, session, attempt.buyer, "unpaid")
    session.due = work.now + SETTLES_AFTER
    work.save(session)
    emit(work, "payment_intent.processing", attempt.intent.body)
    return Outcome("paid", completed=completed)
