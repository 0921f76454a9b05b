"""Refunds, full and partial."""

from __future__ import annotations

import copy

from . import payment_objects
from .errors import refused
from .events import emit
from .listing import equal, page
from .records import Json, Record, UnitOfWork, merge_metadata


def create(work: UnitOfWork, params: Json) -> Json:
    """Create a refund of a charge."""
    charge = _charge(work, params)
    amount = _amount(charge, params.get("amount"))
    refund = work.add(
        Record(
            payment_objects.refund(charge.body, amount, params.get("reason"), params.get("metadata", {}), work.now),
            parent=charge.id,
        )
    )
    before = {name: charge.body[name] for name in ("amount_refunded", "refunded")}
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    work.save(charge)
    response = copy.deepcopy(refund.body)
    emit(work, "refund.created", refund.body)
    emit(work, "charge.refunded", charge.body, before)
    _add_reference(work, refund)
    return response


def _charge(work: UnitOfWork, params: Json) -> Record:
    if "charge" in params:
        return work.get("charge", params["charge"], "charge")
    intent = work.get("payment_intent", params["payment_intent"], "payment_intent").body
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise refused(message, "payment_intent", "payment_intent_unexpected_state")
    return work.get("charge", intent["latest_charge"], "charge")


def _amount(charge: Record, requested: int | None) -> int:
    body = charge.body
    if not body["paid"]:
        raise refused(f"Charge {charge.id} has not been paid.", "charge")
    if body["disputed"]:
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise refused(message, "charge", "charge_disputed")
    left = body["amount"] - body["amount_refunded"]
    if not left:
        raise refused(f"Charge {charge.id} has already been refunded.", "charge", "charge_already_refunded")
    if requested is not None and requested > left:
        raise refused(
            f"Refund amount ({_money(requested)}) is greater than unrefunded amount on charge ({_money(left)})",
            "amount",
        )
    return left if requested is None else requested


def _add_reference(work: UnitOfWork, refund: Record) -> None:
    """Add the bank's reference, which Stripe reports right after the refund."""
    card = refund.body["destination_details"]["card"]
    card |= {"reference": "9864592802009956", "reference_status": "available"}
    work.save(refund)
    previous = {"destination_details": {"card": {"reference": None, "reference_status": "pending"}}}
    emit(work, "refund.updated", refund.body, previous)
    emit(work, "charge.refund.updated", refund.body, previous)


def fail(work: UnitOfWork, refund: Record) -> None:
    """Let a refund fail after it succeeded: the money comes back to the account."""
    if refund.body["status"] != "succeeded":
        raise refused(f"Refund {refund.id} is not in a state that can fail.", "refund")
    refund.body |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    work.save(refund)
    charge = work.get("charge", refund.body["charge"])
    charge.body["amount_refunded"] -= refund.body["amount"]
    charge.body["refunded"] = False
    work.save(charge)
    emit(work, "refund.failed", refund.body, {"status": "succeeded"})


def retrieve(work: UnitOfWork, params: Json, refund: str) -> Json:
    """Return one refund."""
    return work.get("refund", refund, "refund").body


def update(work: UnitOfWork, params: Json, refund: str) -> Json:
    """Change a refund's metadata."""
    record = work.get("refund", refund, "refund")
    merge_metadata(record.body, params)
    work.save(record)
    emit(work, "refund.updated", record.body)
    return record.body


def list_refunds(work: UnitOfWork, params: Json) -> Json:
    """Return a page of refunds."""
    where, values = equal(params, charge="charge", payment_intent="payment_intent")
    return page(work, "refund", "/v1/refunds", params, where, values)


def of_charge(work: UnitOfWork, charge: str) -> Json:
    """Return the refunds of one charge."""
    data = [record.body for record in work.select("refund", "parent = ?", (charge,), 10)]
    return {"object": "list", "data": data, "has_more": False, "url": f"/v1/charges/{charge}/refunds"}


def _money(amount: int) -> str:
    return f"${amount // 100:,}.{amount % 100:02d}"
