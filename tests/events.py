"""Stripe's events as Stripe sends them: a small builder of snapshot payloads, and their real signatures."""

import hmac
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any

import stripe
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storefront.domain.order import Order

SECRET, PREVIOUS_SECRET = "whsec_test_secret", "whsec_test_previous"
URL = "/api/checkout/webhook"

Event = dict[str, Any]

_numbers = itertools.count(1)


def event(kind: str, subject: dict[str, Any], **changes: Any) -> Event:
    """Return an event about an object."""
    facts = {
        "id": f"evt_test{next(_numbers):024d}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return facts | changes


@dataclass(frozen=True, kw_only=True)
class Story:
    """The events of one order's page; `metadata` is what the page and its payment carry of ours."""

    session_id: str
    total_minor: int
    metadata: dict[str, str]
    email: str = "ana@example.com"
    currency: str = "cop"
    payment_id: str = ""

    @classmethod
    def of(cls, order: Order, session_id: str, **changes: Any) -> "Story":
        """Return the story of a placed order."""
        metadata = {"order_id": order.public_id, "order_number": order.number, "quote": order.quote_hash}
        facts = {"session_id": session_id, "total_minor": order.total_minor, "metadata": metadata, "email": order.email}
        return cls(**{"payment_id": f"pi_{session_id}"} | facts | changes)

    def session(self, status: str, payment_status: str, **changes: Any) -> dict[str, Any]:
        """Return the Checkout Session."""
        is_over = status != "open"
        facts = {
            "id": self.session_id,
            "object": "checkout.session",
            "amount_subtotal": self.total_minor,
            "amount_total": self.total_minor,
            "client_reference_id": self.metadata.get("order_id"),
            "currency": self.currency,
            "customer_details": {"email": self.email, "name": "Ana Pérez"} if is_over else None,
            "customer_email": self.email,
            "expires_at": int(time.time()) + 1860,
            "livemode": False,
            "locale": "es-419",
            "metadata": self.metadata,
            "mode": "payment",
            "payment_intent": self.payment_id if status == "complete" else None,
            "payment_status": payment_status,
            "status": status,
            "url": None,
        }
        return facts | changes

    def completed(self, payment_status: str = "paid", **changes: Any) -> Event:
        """The page was finished."""
        return event("checkout.session.completed", self.session("complete", payment_status, **changes))

    def expired(self) -> Event:
        """The page's time is over."""
        return event("checkout.session.expired", self.session("expired", "unpaid"))

    def delayed_succeeded(self) -> Event:
        """A slow payment arrived."""
        return event("checkout.session.async_payment_succeeded", self.session("complete", "paid"))

    def delayed_failed(self) -> Event:
        """A slow payment did not arrive."""
        return event("checkout.session.async_payment_failed", self.session("complete", "unpaid"))

    def payment(self, status: str, received_minor: int = 0, **changes: Any) -> dict[str, Any]:
        """Return the PaymentIntent."""
        facts = {
            "id": self.payment_id,
            "object": "payment_intent",
            "amount": self.total_minor,
            "amount_received": received_minor,
            "currency": self.currency,
            "last_payment_error": None,
            "livemode": False,
            "metadata": self.metadata,
            "status": status,
        }
        return facts | changes

    def succeeded(self, **changes: Any) -> Event:
        """The money arrived."""
        return event("payment_intent.succeeded", self.payment("succeeded", self.total_minor, **changes))

    def failed(self, decline: str = "generic_decline") -> Event:
        """The card was declined; the page stays open."""
        error = {"code": "card_declined", "decline_code": decline, "type": "card_error"}
        return event("payment_intent.payment_failed", self.payment("requires_payment_method", last_payment_error=error))

    def charged(self, **changes: Any) -> Event:
        """The card was charged."""
        card = {"brand": "mastercard", "last4": "4444"}
        subject = self.charge(payment_method_details={"type": "card", "card": card})
        return event("charge.succeeded", subject, **changes)

    def charge(self, refunded_minor: int = 0, **changes: Any) -> dict[str, Any]:
        """Return the charge with everything that was ever refunded of it."""
        facts = {
            "id": f"ch_{self.session_id}",
            "object": "charge",
            "amount": self.total_minor,
            "amount_refunded": refunded_minor,
            "currency": self.currency,
            "livemode": False,
            "metadata": self.metadata,
            "payment_intent": self.payment_id,
            "refunded": refunded_minor == self.total_minor,
        }
        return facts | changes

    def refunded(self, refunded_minor: int | None = None) -> Event:
        """Money went back: all of it, or up to a cumulative amount."""
        return event("charge.refunded", self.charge(self.total_minor if refunded_minor is None else refunded_minor))

    def refund(self, kind: str, amount_minor: int, status: str, *, key: str, reference: str | None = None) -> Event:
        """One refund changed; `kind` is created, updated or failed."""
        subject = {
            "id": f"re_3{key:0>23}",
            "object": "refund",
            "amount": amount_minor,
            "charge": f"ch_{self.session_id}",
            "currency": self.currency,
            "metadata": {"refund_id": reference} if reference else {},
            "payment_intent": self.payment_id,
            "status": status,
        }
        return event(f"refund.{kind}", subject)

    def disputed(self, kind: str = "created", status: str = "needs_response") -> Event:
        """The buyer complained at the bank."""
        subject = {
            "id": f"du_{self.session_id}",
            "object": "dispute",
            "amount": self.total_minor,
            "charge": f"ch_{self.session_id}",
            "livemode": False,
            "metadata": {},
            "payment_intent": self.payment_id,
            "reason": "fraudulent",
            "status": status,
        }
        return event(f"charge.dispute.{kind}", subject)


def raw(payload: object) -> bytes:
    """Return the bytes that Stripe would send: indented, and not escaped."""
    return json.dumps(payload, indent=2, ensure_ascii=False).encode()


def sign(body: bytes, secret: str = SECRET, *, at: int | None = None) -> str:
    """Return the real Stripe-Signature header of the bytes."""
    stamp = int(time.time()) if at is None else at
    return stripe.WebhookSignature.generate_signature_header(body.decode("utf-8", "surrogateescape"), secret, stamp)


def sign_bytes(body: bytes) -> str:
    """Return the signature of bytes that need be no text, which the SDK's own helper cannot sign."""
    stamp = int(time.time())
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
    return f"t={stamp},v1={digest}"


def send(client: FlaskClient, payload: object, *, secret: str = SECRET) -> TestResponse:
    """Post an event, really signed."""
    body = raw(payload)
    return post(client, body, sign(body, secret))


def post(client: FlaskClient, body: bytes, signature: str | None) -> TestResponse:
    """Post bytes with a signature, or without."""
    headers = {} if signature is None else {"Stripe-Signature": signature}
    return client.post(URL, data=body, headers=headers, content_type="application/json")
