"""What Stripe does about the account itself: webhook endpoints, the portal's configurations, its list of events."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from storefront.gateways.account import PortalConfiguration, PortalSettings, SentEvent, WebhookEndpoint
from storefront.gateways.stripe.requests import TYPES_AT_ONCE, portal_configuration_params


class AccountCalls(ABC):
    """The part of the gateway that sets the account up."""

    @property
    @abstractmethod
    def client(self) -> Any:
        """The SDK's client."""

    @abstractmethod
    def call_stripe(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call Stripe and return plain data; sort its errors into definite and unknown."""

    @property
    @abstractmethod
    def api_version(self) -> str:
        """The version that the SDK was made for."""

    def list_endpoints(self) -> list[WebhookEndpoint]:
        """Page through the webhook endpoints."""
        return [to_endpoint(data) for data in self._list_all(self.client.v1.webhook_endpoints.list)]

    def create_endpoint(self, url: str, event_types: frozenset[str]) -> WebhookEndpoint:
        """Create an endpoint; the SDK's own key keeps its retries from creating two."""
        params = {"url": url, "enabled_events": sorted(event_types), "api_version": self.api_version}
        return to_endpoint(self.call_stripe(lambda: self.client.v1.webhook_endpoints.create(params)))

    def update_endpoint(self, endpoint_id: str, event_types: frozenset[str]) -> WebhookEndpoint:
        """Set an endpoint's types and enable it."""
        params = {"enabled_events": sorted(event_types), "disabled": False}
        return to_endpoint(self.call_stripe(lambda: self.client.v1.webhook_endpoints.update(endpoint_id, params)))

    def disable_endpoint(self, endpoint_id: str) -> WebhookEndpoint:
        """Disable an endpoint; Stripe keeps it, and its deliveries can still be looked up."""
        return to_endpoint(
            self.call_stripe(lambda: self.client.v1.webhook_endpoints.update(endpoint_id, {"disabled": True}))
        )

    def list_portals(self) -> list[PortalConfiguration]:
        """Page through the active configurations."""
        found = self._list_all(self.client.v1.billing_portal.configurations.list, active=True)
        return [to_portal(data) for data in found]

    def save_portal(self, shop: str, settings: PortalSettings, configuration_id: str | None) -> PortalConfiguration:
        """Create or update a configuration; Stripe has no way to delete one."""
        params = portal_configuration_params(shop, settings)
        configurations = self.client.v1.billing_portal.configurations
        if configuration_id is None:
            return to_portal(self.call_stripe(lambda: configurations.create(params)))
        return to_portal(self.call_stripe(lambda: configurations.update(configuration_id, params)))

    def newest_event(self, event_types: frozenset[str], since: datetime, until: datetime) -> SentEvent | None:
        """Ask for the newest event, as often as Stripe's limit on the number of types wants."""
        types = sorted(event_types)
        span = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
        parts = [types[first : first + TYPES_AT_ONCE] for first in range(0, len(types), TYPES_AT_ONCE)]
        found = [event for part in parts for event in self._events({"types": part, "created": span, "limit": 1})]
        return max(found, key=lambda event: event.created_at, default=None)

    def _events(self, params: dict[str, Any]) -> list[SentEvent]:
        return [to_sent_event(data) for data in self.call_stripe(lambda: self.client.v1.events.list(params))["data"]]

    def _list_all(self, call: Callable[[dict[str, Any]], Any], **params: Any) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        params["limit"] = 100
        while True:
            page = self.call_stripe(lambda: call(params))
            found += page["data"]
            if not page["has_more"]:
                return found
            params["starting_after"] = found[-1]["id"]


def to_endpoint(data: Mapping[str, Any]) -> WebhookEndpoint:
    """Translate a webhook endpoint."""
    return WebhookEndpoint(
        id=data["id"],
        url=data["url"],
        is_enabled=data["status"] == "enabled",
        event_types=frozenset(data["enabled_events"]),
        api_version=data.get("api_version"),
        created_at=datetime.fromtimestamp(data["created"], UTC),
        secret=data.get("secret"),
    )


def to_portal(data: Mapping[str, Any]) -> PortalConfiguration:
    """Translate a configuration of the billing portal."""
    business = data["business_profile"]
    return PortalConfiguration(
        id=data["id"],
        shop=(data.get("metadata") or {}).get("shop"),
        is_default=data["is_default"],
        settings=PortalSettings(
            features=frozenset(name for name, feature in data["features"].items() if feature.get("enabled")),
            return_url=data.get("default_return_url") or "",
            privacy_url=business.get("privacy_policy_url") or "",
            terms_url=business.get("terms_of_service_url") or "",
        ),
    )


def to_sent_event(data: Mapping[str, Any]) -> SentEvent:
    """Translate an event to what became of its deliveries."""
    return SentEvent(
        id=data["id"],
        type=data["type"],
        created_at=datetime.fromtimestamp(data["created"], UTC),
        waiting=data["pending_webhooks"],
    )
