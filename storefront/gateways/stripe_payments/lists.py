"""Stripe's lists, which are newest first: its events in the order in which they happened."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from storefront.gateways.payments import EventPage, PaymentEvent
from storefront.gateways.stripe_payments.event_body import payload_of

PAGE = 100
"""The most that Stripe answers at once."""


class ListCalls(ABC):
    """The part of the gateway that reads lists."""

    @property
    @abstractmethod
    def client(self) -> Any:
        """The SDK's client."""

    @abstractmethod
    def ask(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call Stripe and return plain data; sort its errors into definite and unknown."""

    @abstractmethod
    def translate_event(self, payload: Mapping[str, Any]) -> PaymentEvent:
        """Say an event in the shop's words."""

    def find_event_before(self, moment: datetime) -> str | None:
        """Return the newest event that is older than a moment."""
        found = self._event_list({"created": {"lt": int(moment.timestamp())}, "limit": 1})["data"]
        return str(found[0]["id"]) if found else None

    def list_events(self, after: str | None) -> EventPage:
        """Return the events that follow one, all types: a filter would take twenty types at most."""
        page = self._event_list({"limit": PAGE, "ending_before": after} if after else {"limit": PAGE})
        is_newest = True
        while after is None and page["has_more"]:
            # Stripe has no order but this: the oldest page is the last one.
            page = self._event_list({"limit": PAGE, "starting_after": page["data"][-1]["id"]})
            is_newest = False
        has_more = bool(page["has_more"]) if after else not is_newest
        return EventPage(events=tuple(self._event(data) for data in reversed(page["data"])), has_more=has_more)

    def _event_list(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.ask(lambda: self.client.v1.events.list(params))

    def _event(self, data: Mapping[str, Any]) -> PaymentEvent:
        return self.translate_event(plain(data))


def plain(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Undo the SDK's own conversion of decimals, which no ledger can keep: webhooks carry them as text."""
    return payload_of(json.dumps(data, default=str).encode())
