"""Stripe behind the payment interface; the only package that imports `stripe`.

Facts about the API are those of stripe 16.1.0, API version 2026-10-28.endive.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import stripe

from storefront.gateways.payments import (
    CheckoutRequest,
    CustomerMissing,
    KeyRefused,
    PaidLine,
    PaymentEvent,
    PaymentRefused,
    PaymentUnknown,
    Refund,
    SessionSnapshot,
    Subject,
    Unreadable,
)
from storefront.gateways.stripe import signatures
from storefront.gateways.stripe.account_calls import AccountCalls
from storefront.gateways.stripe.creation import AnswerKept, create_once
from storefront.gateways.stripe.event_body import payload_of
from storefront.gateways.stripe.http import new_http_client
from storefront.gateways.stripe.lists import ListCalls
from storefront.gateways.stripe.requests import SHIPPING, coupon_params, session_params
from storefront.gateways.stripe.subscription_calls import PlanCalls
from storefront.gateways.stripe.translation import kind_of, object_of, to_checkout, to_event, to_paid_line, to_refund
from storefront.observability import metrics
from storefront.secret_rules import is_live_key
from storefront.serving.admission_queue import slot_released

_LONGEST_SESSION = 24 * 3600
"""Seconds from a session's creation to its end at most; it tells how far back one has to be looked for."""


class StripeGateway(AccountCalls, ListCalls, PlanCalls):
    """The shop's Stripe account; the client is made in the process that uses it, after any fork.

    Without `is_card_only` the account's dashboard decides which payment methods its pages offer.
    """

    def __init__(
        self, secret_key: str, webhook_secrets: tuple[str, ...], api_base: str = "", *, is_card_only: bool = True
    ) -> None:
        self._is_card_only = is_card_only
        self._key = secret_key
        self._secrets = webhook_secrets
        self._api_base = api_base
        self._client: stripe.StripeClient | None = None

    @property
    def is_live(self) -> bool:
        """Return whether the key is a live one."""
        return is_live_key(self._key)

    @property
    def api_version(self) -> str:
        """Return the version that the SDK was made for; its calls are made in it."""
        return stripe.api_version

    @property
    def client(self) -> stripe.StripeClient:
        """Return the SDK's client, with the timeouts and retries that it does not set by itself."""
        if self._client is None:
            stripe.enable_telemetry = False
            self._client = stripe.StripeClient(
                self._key,
                base_addresses={"api": self._api_base} if self._api_base else {},
                http_client=new_http_client(self._api_base or stripe.DEFAULT_API_BASE),
                max_network_retries=2,
            )
        return self._client

    def open_checkout(self, request: CheckoutRequest, key: str) -> SessionSnapshot:
        """Open a Checkout Session whose total is the order's to the peso."""
        discounts = []
        if request.discount_minor:
            discounts = [{"coupon": self._create_coupon(request, key)["id"]}]
        params = session_params(request, discounts, is_card_only=self._is_card_only)
        session = create_once(
            key,
            lambda one: self.call_stripe(
                lambda: self.client.v1.checkout.sessions.create(cast(Any, params), {"idempotency_key": one})
            ),
            lambda: self._find_session(params),
        )
        checkout = to_checkout(session)
        if (checkout.total_minor, checkout.currency) != (request.total_minor, request.currency):
            self.close_checkout(checkout.id)
            raise PaymentRefused("total_mismatch", f"{checkout.total_minor} is not {request.total_minor}")
        return checkout

    def _create_coupon(self, request: CheckoutRequest, key: str) -> dict[str, Any]:
        # Stripe rounds percentages its own way, so it gets our amount, once, for this order.
        params = cast(Any, coupon_params(request))
        return create_once(
            f"{key}:coupon",
            lambda one: self.call_stripe(lambda: self.client.v1.coupons.create(params, {"idempotency_key": one})),
            lambda: None,  # one that nobody uses does no harm
        )

    def _find_session(self, params: dict[str, Any]) -> dict[str, Any] | None:
        """Return the session that was made with these parameters."""
        same = ("metadata", "expires_at", "success_url", "cancel_url")
        return self.find(
            self.client.v1.checkout.sessions.list,
            lambda session: all(session.get(name) == params[name] for name in same),
            created={"gte": params["expires_at"] - _LONGEST_SESSION},
        )

    def close_checkout(self, checkout_id: str) -> SessionSnapshot:
        """Expire the session; Stripe refuses when it is paid or expired already, and then says which."""
        try:
            return to_checkout(self.call_stripe(lambda: self.client.v1.checkout.sessions.expire(checkout_id)))
        except PaymentRefused:
            return self.fetch_checkout(checkout_id)

    def fetch_checkout(self, checkout_id: str) -> SessionSnapshot:
        """Retrieve the session."""
        return to_checkout(self.call_stripe(lambda: self.client.v1.checkout.sessions.retrieve(checkout_id)))

    def fetch_lines(self, checkout_id: str) -> tuple[PaidLine, ...]:
        """Return the session's line items; a session holds at most a hundred."""
        page = self.call_stripe(lambda: self.client.v1.checkout.sessions.line_items.list(checkout_id, {"limit": 100}))
        freight = {"kind": SHIPPING}
        return tuple(to_paid_line(item) for item in page["data"] if (item.get("metadata") or {}) != freight)

    def refund(self, payment_id: str, amount_minor: int, *, reference: str) -> Refund:
        """Refund a payment intent; the key is our row's, so a repetition is the same refund."""
        metadata = {"refund_id": reference}
        params = cast(Any, {"payment_intent": payment_id, "amount": amount_minor, "metadata": metadata})
        refund = create_once(
            f"refund:{reference}",
            lambda one: self.call_stripe(lambda: self.client.v1.refunds.create(params, {"idempotency_key": one})),
            lambda: self.find(
                self.client.v1.refunds.list, lambda made: made.get("metadata") == metadata, payment_intent=payment_id
            ),
        )
        return to_refund(refund)

    def read_event(self, raw: bytes, signature: str | None) -> PaymentEvent:
        """Verify the exact bytes against every secret, and only then look at what they hold."""
        signatures.verify(raw, signature or "", self._secrets, time.time())
        return self.translate_event(payload_of(raw))

    def translate_event(self, payload: Mapping[str, Any]) -> PaymentEvent:
        """Return an event in the shop's types, whatever its body holds."""
        return to_event(payload)

    def fetch_subject(self, event: PaymentEvent) -> Subject:
        """Retrieve an event's object by its id: today's version answers, whatever version the event was written in."""
        kind, subject_id = kind_of(event.type), object_of(event.payload).text("id")
        if kind is None:
            raise Unreadable(f"the shop has no word for {event.type}")
        if kind.name == "checkout.session":
            return self.fetch_checkout(subject_id)
        if kind.name == "subscription":
            return self.fetch_subscription(subject_id)
        calls = getattr(self.client.v1, f"{kind.name}s")
        return kind.translate(self.call_stripe(lambda: calls.retrieve(subject_id)))

    def call_stripe(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call Stripe and return plain data; sort its errors into definite and unknown."""
        try:
            with metrics.stripe_call(), slot_released():
                return cast(dict[str, Any], call().to_dict())
        except (stripe.InvalidRequestError, stripe.CardError, stripe.PermissionError, stripe.IdempotencyError) as error:
            message = error.user_message or str(error)
            if error.code == "resource_missing" and getattr(error, "param", None) == "customer":
                raise CustomerMissing(error.code, message) from error
            raise PaymentRefused(error.code or "refused", message) from error
        except stripe.AuthenticationError as error:
            message = error.user_message or str(error)
            raise KeyRefused(error.code or type(error).__name__, message, is_passing=True) from error
        except stripe.RateLimitError as error:
            raise PaymentRefused(error.code or type(error).__name__, str(error), is_passing=True) from error
        except stripe.StripeError as error:
            is_kept = (error.headers or {}).get("Idempotent-Replayed") == "true"
            raise (AnswerKept if is_kept else PaymentUnknown)(str(error)) from error


__all__ = ["StripeGateway", "coupon_params", "session_params", "to_checkout", "to_refund"]
