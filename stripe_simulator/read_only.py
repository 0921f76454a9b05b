"""Objects of the API that can only be read."""

from __future__ import annotations

from .records import Json, UnitOfWork


def intent(work: UnitOfWork, params: Json, intent: str) -> Json:
    """Return one PaymentIntent."""
    return work.get("payment_intent", intent, "intent").body


def charge(work: UnitOfWork, params: Json, charge: str) -> Json:
    """Return one charge."""
    return work.get("charge", charge, "charge").body
