"""The billing portal: a customer changes the card, cancels a subscription or resumes it."""

from __future__ import annotations

from . import portal_configurations, subscription_checkout, subscription_objects, subscriptions
from .cards import Card, Decline
from .errors import refused
from .events import emit
from .ids import new_id
from .payments import add_method
from .records import Json, Record, UnitOfWork


def create(work: UnitOfWork, params: Json) -> Json:
    """Create a portal session; whoever knows its address can use it."""
    work.get("customer", params["customer"], "customer")
    configuration = portal_configurations.usable(work, params.get("configuration"))
    identifier = new_id("bps_1")
    url = f"{work.settings.portal_url or work.public_url}/p/session/{identifier}"
    return work.add(Record(subscription_objects.portal_session(params, configuration, identifier, url, work.now))).body


def subscriptions_of(work: UnitOfWork, customer: str) -> list[Record]:
    """Return a customer's subscriptions that have not ended."""
    where = "json_extract(body, '$.customer') = ? AND json_extract(body, '$.status') != 'canceled'"
    return work.select("subscription", where, (customer,))


def invoices_of(work: UnitOfWork, customer: str) -> list[Record]:
    """Return a customer's invoices, newest first."""
    where = "json_extract(body, '$.customer') = ? AND json_extract(body, '$.status') != 'draft'"
    return work.select("invoice", where, (customer,))


def own_subscription(work: UnitOfWork, customer: str, identifier: str) -> Record:
    """Return a subscription of this customer that has not ended, or raise."""
    found = next((record for record in subscriptions_of(work, customer) if record.id == identifier), None)
    if found is None:
        raise refused("This customer has no such subscription.", "subscription")
    return found


def change_card(work: UnitOfWork, customer: str, card: Card, buyer: Json) -> Decline | None:
    """Charge every subscription to another card from now on; return the decline if the bank refuses the card."""
    if card.decline:
        return card.decline
    method = add_method(work, card, buyer)
    record = subscription_checkout.attach_payment_method(work, customer, method["id"])
    before = {"invoice_settings": dict(record.body["invoice_settings"])}
    record.body["invoice_settings"]["default_payment_method"] = method["id"]
    work.save(record)
    emit(work, "customer.updated", record.body, before)
    for subscription in subscriptions_of(work, customer):
        subscriptions.change_card(work, subscription, method["id"])
    return None


def cancel(work: UnitOfWork, customer: str, identifier: str, *, at_once: bool) -> None:
    """Cancel a subscription, at once or at the end of its period, as the portal's configuration says."""
    subscription = own_subscription(work, customer, identifier)
    if at_once:
        subscriptions.cancel(work, {}, subscription.id)
    else:
        subscriptions.set_cancellation(work, subscription, True)


def resume(work: UnitOfWork, customer: str, identifier: str) -> None:
    """Keep a subscription that was to end with its period."""
    subscriptions.set_cancellation(work, own_subscription(work, customer, identifier), False)
