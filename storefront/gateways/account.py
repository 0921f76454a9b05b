"""The interface of the shop's account at a payment provider: webhook endpoints and the billing portal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

EVERY_TYPE = "*"
"""Stands for all types in an endpoint's list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """An address that the provider sends events to; `secret` is known only in the answer that created it.

    Without an `api_version` its events are in the account's default version.
    """

    id: str
    url: str
    is_enabled: bool
    event_types: frozenset[str]
    api_version: str | None
    created_at: datetime
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """What customers may do in the provider's billing portal, and where its links lead; addresses may be empty.

    `features` are the provider's names of what is switched on.
    """

    features: frozenset[str]
    return_url: str = ""
    privacy_url: str = ""
    terms_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalConfiguration:
    """A stored configuration of the portal; `shop` is the address of the shop that it was made for."""

    id: str
    shop: str | None
    is_default: bool
    settings: PortalSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """An event in the provider's own list; `waiting` counts the endpoints that have not taken it yet."""

    id: str
    type: str
    created_at: datetime
    waiting: int


class AccountProvider(Protocol):
    """The calls that set the account up; errors are those of the payments."""

    @property
    def api_version(self) -> str:
        """The version of the provider's interface in which events can be read."""

    def list_endpoints(self) -> list[WebhookEndpoint]:
        """Return every webhook endpoint of the account, newest first."""

    def create_endpoint(self, url: str, event_types: frozenset[str]) -> WebhookEndpoint:
        """Create an endpoint in our version; a second call creates another one."""

    def update_endpoint(self, endpoint_id: str, event_types: frozenset[str]) -> WebhookEndpoint:
        """Enable an endpoint for exactly these types; neither its version nor its secret can be changed."""

    def disable_endpoint(self, endpoint_id: str) -> WebhookEndpoint:
        """Send an endpoint nothing more."""

    def list_portals(self) -> list[PortalConfiguration]:
        """Return every configuration of the portal that can be used, newest first."""

    def save_portal(self, shop: str, settings: PortalSettings, configuration_id: str | None) -> PortalConfiguration:
        """Create the shop's configuration of the portal, or change the one that is named."""

    def newest_event(self, event_types: frozenset[str], since: datetime, until: datetime) -> SentEvent | None:
        """Return the newest event of these types from a span of time, None if there is none."""
