"""What Stripe does about plans: customers, subscriptions, invoices, the billing portal."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from storefront.gateways.account import PortalConfiguration
from storefront.gateways.payments import PaymentRefused, SubscriptionSnapshot
from storefront.gateways.stripe.creation import create_once
from storefront.gateways.stripe.requests import LOCALES
from storefront.gateways.stripe.subscription_translation import to_subscription

_WITH_CARD = {
    "expand": ["default_payment_method", "customer.invoice_settings.default_payment_method", "latest_invoice"]
}


class PlanCalls(ABC):
    """The half of the gateway that plans need."""

    @property
    @abstractmethod
    def client(self) -> Any:
        """The SDK's client."""

    @abstractmethod
    def call_stripe(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call Stripe and return plain data; sort its errors into definite and unknown."""

    @abstractmethod
    def find(
        self, call: Callable[[Any], Any], is_wanted: Callable[[Mapping[str, Any]], bool], **filters: Any
    ) -> dict[str, Any] | None:
        """Return the newest object of a list that is wanted."""

    def ensure_customer(
        self, reference: str, *, email: str, name: str, language: str, instead_of: str | None = None
    ) -> str:
        """Make a Stripe customer, the same one for a repetition.

        The key also follows from what is sent, which may have changed since a try whose answer was lost, and from the
        customer that is missing now, whose making Stripe still remembers.
        """
        params = customer_params(reference, email=email, name=name, language=language)
        fingerprint = hashlib.sha256(json.dumps([params, instead_of]).encode()).hexdigest()[:32]
        made = create_once(
            f"customer:{reference}:{fingerprint}",
            lambda key: self.call_stripe(lambda: self.client.v1.customers.create(params, {"idempotency_key": key})),
            lambda: self.find(
                self.client.v1.customers.list, lambda one: one.get("metadata") == params["metadata"], email=email
            ),
        )
        return str(made["id"])

    def fetch_subscription(self, subscription_id: str) -> SubscriptionSnapshot:
        """Retrieve the subscription with its card."""
        data = self.call_stripe(lambda: self.client.v1.subscriptions.retrieve(subscription_id, _WITH_CARD))
        return to_subscription(data, is_current=True)

    def set_cancellation(self, subscription_id: str, *, at_period_end: bool) -> SubscriptionSnapshot:
        """Set whether the subscription ends with its period."""
        params = {"cancel_at_period_end": at_period_end, **_WITH_CARD}
        data = self.call_stripe(lambda: self.client.v1.subscriptions.update(subscription_id, params))
        return to_subscription(data, is_current=True)

    def end_subscription(self, subscription_id: str) -> None:
        """Delete the subscription; Stripe does not find one that is over. An invoice that is open is void then."""
        try:
            self.call_stripe(lambda: self.client.v1.subscriptions.cancel(subscription_id))
        except PaymentRefused as refusal:
            if refusal.code != "resource_missing":
                raise
        unpaid = {"subscription": subscription_id, "status": "open"}
        for invoice in self.call_stripe(lambda: self.client.v1.invoices.list(unpaid))["data"]:
            self._void(str(invoice["id"]))

    def _void(self, invoice_id: str) -> None:
        try:
            self.call_stripe(lambda: self.client.v1.invoices.void_invoice(invoice_id))
        except PaymentRefused as refusal:
            if refusal.is_passing:
                raise  # any other refusal means that it is not open any more

    @abstractmethod
    def list_portals(self) -> list[PortalConfiguration]:
        """Return the configurations of the portal that can be used."""

    def portal_url(self, customer_id: str, *, shop: str, return_url: str, language: str) -> str:
        """Open a visit of the billing portal, with the configuration that `flask stripe setup` made."""
        params = portal_params(customer_id, return_url=return_url, language=language)
        if configuration := self._portal_of(shop):
            params["configuration"] = configuration
        return str(self.call_stripe(lambda: self.client.v1.billing_portal.sessions.create(params))["url"])

    def _portal_of(self, shop: str) -> str | None:
        """Return the shop's configuration; None leaves Stripe to take the account's default."""
        try:
            portals = self.list_portals()
        except PaymentRefused as refusal:
            if refusal.is_passing:
                raise
            return None  # a restricted key may open visits and not read configurations
        return next((portal.id for portal in portals if portal.shop == shop), None)

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        """Follow the invoice to its payment intent; since Stripe's version basil no field of it leads there."""
        params = {"invoice": invoice_id, "status": "paid"}
        found = self.call_stripe(lambda: self.client.v1.invoice_payments.list(params))["data"]
        return found[0]["payment"].get("payment_intent") if found else None


def customer_params(reference: str, *, email: str, name: str, language: str) -> dict[str, Any]:
    """Return the parameters of `customers.create`."""
    return {
        "email": email,
        "name": name,
        "preferred_locales": [LOCALES.get(language, "es-419")],
        "metadata": {"customer_id": reference},
    }


def portal_params(customer_id: str, *, return_url: str, language: str) -> dict[str, Any]:
    """Return the parameters of `billing_portal.sessions.create`."""
    return {"customer": customer_id, "return_url": return_url, "locale": LOCALES.get(language, "es-419")}
