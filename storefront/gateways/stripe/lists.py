"""Stripe's lists, which are newest first: its events in the order in which they happened."""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from storefront.gateways.payments import EventPage, PaymentEvent, Refund, SessionSnapshot, Unreadable
from storefront.gateways.stripe.event_body import payload_of
from storefront.gateways.stripe.subscription_translation import to_invoice, to_subscription
from storefront.gateways.stripe.translation import to_checkout, to_refund
from storefront.gateways.subscriptions import Invoice, SubscriptionSnapshot

logger = logging.getLogger(__name__)
Listed = TypeVar("Listed")

PAGE = 100
"""The most that Stripe answers at once."""


class ListCalls(ABC):
    """The part of the gateway that reads lists."""

    @property
    @abstractmethod
    def client(self) -> Any:
        """The SDK's client."""

    @abstractmethod
    def call_stripe(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call Stripe and return plain data; sort its errors into definite and unknown."""

    @abstractmethod
    def translate_event(self, payload: Mapping[str, Any]) -> PaymentEvent:
        """Return an event in the shop's types."""

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

    def list_checkouts(self) -> Iterator[tuple[SessionSnapshot, ...]]:
        """Page through all Checkout Sessions."""
        return self._pages(self.client.v1.checkout.sessions.list, to_checkout)

    def list_refunds(self) -> Iterator[tuple[Refund, ...]]:
        """Page through all refunds."""
        return self._pages(self.client.v1.refunds.list, to_refund)

    def list_subscriptions(self) -> Iterator[tuple[SubscriptionSnapshot, ...]]:
        """Page through all subscriptions, those too that are over."""
        return self._pages(self.client.v1.subscriptions.list, to_subscription, status="all")

    def list_paid_invoices(self) -> Iterator[tuple[Invoice, ...]]:
        """Page through all paid invoices."""
        return self._pages(self.client.v1.invoices.list, to_invoice, status="paid")

    def _pages(
        self, call: Callable[[dict[str, Any]], Any], translate: Callable[[Mapping[str, Any]], Listed], **filters: str
    ) -> Iterator[tuple[Listed, ...]]:
        for page in self._raw_pages(call, filters):
            yield tuple(found for data in page if (found := _readable(data, translate)) is not None)

    def find(
        self, call: Callable[[Any], Any], is_wanted: Callable[[Mapping[str, Any]], bool], **filters: Any
    ) -> dict[str, Any] | None:
        """Return the newest object of a list that is wanted."""
        return next((data for page in self._raw_pages(call, filters) for data in page if is_wanted(data)), None)

    def _raw_pages(self, call: Callable[[Any], Any], filters: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        params: dict[str, Any] = {"limit": PAGE, **filters}
        while True:
            page = self.call_stripe(lambda: call(params))
            yield page["data"]
            if not page["has_more"]:
                return
            params["starting_after"] = page["data"][-1]["id"]

    def _event_list(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.call_stripe(lambda: self.client.v1.events.list(params))

    def _event(self, data: Mapping[str, Any]) -> PaymentEvent:
        return self.translate_event(plain(data))


def _readable(data: Mapping[str, Any], translate: Callable[[Mapping[str, Any]], Listed]) -> Listed | None:
    """Return an object in the shop's types, None for one that others made and that has an odd shape."""
    try:
        return translate(data)
    except Unreadable as error:
        logger.warning("%s cannot be read: %s", data.get("id"), error)
        return None


def plain(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Undo the SDK's own conversion of decimals, which no ledger can keep: webhooks carry them as text."""
    return payload_of(json.dumps(data, default=str).encode())
