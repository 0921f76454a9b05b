"""The webhook endpoint for Stripe's events."""

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue

from storefront.extensions import csrf
from storefront.services.payments import event_processing

LARGEST_EVENT = 512 * 1024
"""Bytes of one event; Stripe's are a few thousand, with many lines some ten thousand."""

bp = Blueprint("webhooks", __name__)


def register(app: Flask) -> None:
    """Add the webhook endpoint; requests are authenticated by Stripe's signature, so they need no CSRF token."""
    app.register_blueprint(bp)
    csrf.exempt(bp)


@bp.post("/api/checkout/webhook")
def stripe() -> ResponseReturnValue:
    """Receive one event: 400 (a problem) for a wrong signature, else 200 once the event is recorded.

    The record has the event's effects, or the reason why it has none. A fault of the shop is a 500, so that Stripe
    sends the event again.
    """
    request.max_content_length = LARGEST_EVENT
    event_processing.receive(request.get_data(cache=False), request.headers.get("Stripe-Signature"))
    return jsonify(received=True)
