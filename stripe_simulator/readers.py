"""Objects of the API that can only be read."""

from __future__ import annotations

from .records import Json, Work


def intent(work: Work, params: Json, intent: str) -> Json:
    """Return one PaymentIntent."""
    return work.get("payment_intent", intent, "intent").body


def charge(work: Work, params: Json, charge: str) -> Json:
    """Return one charge."""
    return work.get("charge", charge, "charge").body
