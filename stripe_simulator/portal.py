"""The billing portal: a customer changes the card, cancels, or goes on after all."""

from __future__ import annotations

from . import plan_objects, plans, portal_configurations, subscriptions
from .cards import Card, Decline
from .errors import refused
from .events import emit
from .ids import new_id
from .payments import add_method
from .records import Json, Record, Work


def create(work: Work, params: Json) -> Json:
    """Open a visit of the portal; its address is the only key to it."""
    work.get("customer", params["customer"], "customer")
    configuration = portal_configurations.usable(work, params.get("configuration"))
    identifier = new_id("bps_1")
    url = f"{work.settings.portal_url or work.public_url}/p/session/{identifier}"
    return work.add(Record(plan_objects.portal_session(params, configuration, identifier, url, work.now))).body


def plans_of(work: Work, customer: str) -> list[Record]:
    """Return a customer's subscriptions that have not ended."""
    where = "json_extract(body, '$.customer') = ? AND json_extract(body, '$.status') != 'canceled'"
    return work.select("subscription", where, (customer,))


def invoices_of(work: Work, customer: str) -> list[Record]:
    """Return a customer's invoices, newest first."""
    where = "json_extract(body, '$.customer') = ? AND json_extract(body, '$.status') != 'draft'"
    return work.select("invoice", where, (customer,))


def own_plan(work: Work, customer: str, identifier: str) -> Record:
    """Return a subscription of this customer that has not ended, or raise."""
    found = next((record for record in plans_of(work, customer) if record.id == identifier), None)
    if found is None:
        raise refused("This customer has no such subscription.", "subscription")
    return found


def change_card(work: Work, customer: str, card: Card, buyer: Json) -> Decline | None:
    """Make a card the one that every plan is charged to; return why the bank refuses to keep it, if it does."""
    if card.decline:
        return card.decline
    method = add_method(work, card, buyer)
    record = plans.attach(work, customer, method["id"])
    before = {"invoice_settings": dict(record.body["invoice_settings"])}
    record.body["invoice_settings"]["default_payment_method"] = method["id"]
    work.save(record)
    emit(work, "customer.updated", record.body, before)
    for subscription in plans_of(work, customer):
        subscriptions.change_card(work, subscription, method["id"])
    return None


def cancel(work: Work, customer: str, identifier: str, *, at_once: bool) -> None:
    """Cancel a plan, at once or at the end of its period, as the portal's configuration says."""
    plan = own_plan(work, customer, identifier)
    if at_once:
        subscriptions.cancel(work, {}, plan.id)
    else:
        subscriptions.set_cancellation(work, plan, True)


def resume(work: Work, customer: str, identifier: str) -> None:
    """Go on with a plan that was to end."""
    subscriptions.set_cancellation(work, own_plan(work, customer, identifier), False)
