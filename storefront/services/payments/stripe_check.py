"""Comparing the Stripe account with what the shop needs of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront import clock
from storefront.database import db
from storefront.domain.payment import EventRecord
from storefront.gateways import payments
from storefront.gateways.account import EVERY_TYPE, WebhookEndpoint
from storefront.services.payments import stripe_setup
from storefront.services.payments.stripe_setup import PORTAL_FEATURES, StripeSetupError
from storefront.settings import settings

RECENT = timedelta(days=1)
"""How far back an event that did not arrive counts."""

LATE = timedelta(minutes=5)
"""Stripe delivers within seconds; what is waiting after this time was refused or not reached."""

_SETUP = "flask stripe setup"


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """One result of the check; with a `repair` it is a fault, and that is what to do about it."""

    area: str
    what: str
    repair: str = ""


def examine() -> list[AccountCheck]:
    """Return what there is to say about key, endpoint, portal and events; nothing is changed."""
    now = clock.now()
    checks = [*_key(), *_secret()]
    try:
        checks += _endpoints(now)
        checks += _portal()
    except StripeSetupError as error:
        checks.append(AccountCheck("stripe", str(error), "mend the key or the connection; the rest was not compared"))
    return [*checks, _last_received()]


def _key() -> Iterator[AccountCheck]:
    profile = settings().PROFILE
    if payments().is_live:
        yield AccountCheck("key", f"The key is a live key: real money moves, and the profile is {profile}.")
    elif profile == "production":
        what = "The key is a test key, and the profile is production: customers cannot pay with real money."
        yield AccountCheck("key", what, f"put the live key (sk_live_...) into STRIPE_SECRET_KEY, then {_SETUP}")
    else:
        yield AccountCheck("key", f"The key is a test key, and the profile is {profile}.")


def _secret() -> Iterator[AccountCheck]:
    if not settings().STRIPE_WEBHOOK_SECRETS:
        what = "STRIPE_WEBHOOK_SECRET is empty: the shop refuses every event."
        yield AccountCheck("secret", what, f"{_SETUP} prints it when it creates the endpoint")


def _endpoints(now: datetime) -> Iterator[AccountCheck]:
    endpoints = stripe_setup.list_endpoints()
    kept = stripe_setup.find_current(endpoints) or next(iter(endpoints), None)
    if kept is None:
        yield AccountCheck(
            "endpoint", f"No webhook endpoint at Stripe has the address {stripe_setup.webhook_url()}.", _create()
        )
        return
    faults = [*_faults(kept)]
    yield from faults
    if not faults:
        count = len(kept.event_types)
        what = (
            f"{kept.id} at {kept.url} is enabled for the shop's {count} types of events, in version {kept.api_version}."
        )
        yield AccountCheck("endpoint", what)
    yield from _duplicates(kept, endpoints)
    yield from _undelivered(kept, now)


def _faults(endpoint: WebhookEndpoint) -> Iterator[AccountCheck]:
    """Look for what keeps an endpoint from sending what the shop handles, in the shape that it reads."""
    version, wanted, listed = payments().api_version, stripe_setup.event_types(), endpoint.event_types
    if not endpoint.is_enabled:
        yield AccountCheck("endpoint", f"{endpoint.id} is disabled: no event is sent.", _SETUP)
    if endpoint.api_version != version:
        known = f"version {endpoint.api_version}" if endpoint.api_version else "the account's default version"
        what = f"{endpoint.id} sends events in {known}, and the shop reads {version}."
        yield AccountCheck("endpoint", what, f"{_SETUP} creates another one, for the version is fixed at creation")
    if EVERY_TYPE in listed:
        what = f"{endpoint.id} sends every type of event, and the shop handles {len(wanted)} of them."
        yield AccountCheck("endpoint", what, _SETUP)
        return
    if missing := wanted - listed:
        yield AccountCheck("endpoint", f"{endpoint.id} does not send {_list(missing)}.", _SETUP)
    if superfluous := listed - wanted:
        what = f"{endpoint.id} sends {_list(superfluous)}, which the shop does not handle."
        yield AccountCheck("endpoint", what, _SETUP)


def _duplicates(kept: WebhookEndpoint, endpoints: list[WebhookEndpoint]) -> Iterator[AccountCheck]:
    for other in endpoints:
        if other.id != kept.id and other.is_enabled:
            what = f"{other.id} sends to {other.url}, too: every event comes twice, with two secrets."
            yield AccountCheck("endpoint", what, f"disable one of them in Stripe's dashboard, or {_SETUP} --new-secret")


def _undelivered(endpoint: WebhookEndpoint, now: datetime) -> Iterator[AccountCheck]:
    """Look at the newest event that should be here by now: a wrong secret shows nowhere else."""
    since, until = max(endpoint.created_at, now - RECENT), now - LATE
    if since >= until:
        return
    types = stripe_setup.event_types()
    event = stripe_setup.call_stripe(lambda: payments().newest_event(types, since, until))
    if event is not None and event.waiting:
        what = f"Stripe could not deliver {event.type} of {_time(event.created_at)} ({event.id})."
        repair = "look at its deliveries in Stripe's dashboard; if they end with 400, STRIPE_WEBHOOK_SECRET is wrong"
        yield AccountCheck("endpoint", what, repair)


def _portal() -> Iterator[AccountCheck]:
    """Look at the configuration that a visit of the portal gets: the shop's own, or else the account's default."""
    portals = stripe_setup.list_portals()
    own = next((portal for portal in portals if portal.shop == settings().BASE_URL), None)
    portal = own or next((portal for portal in portals if portal.is_default), None)
    if portal is None:
        what = "The billing portal has no configuration: customers cannot change their card."
        yield AccountCheck("portal", what, _SETUP)
        return
    offered = portal.settings.features
    if missing := PORTAL_FEATURES - offered:
        yield AccountCheck("portal", f"The billing portal ({portal.id}) lacks {_list(missing)}.", _SETUP)
    elif own is not None and (superfluous := offered - PORTAL_FEATURES):
        what = f"The billing portal ({portal.id}) offers {_list(superfluous)}, which belongs to the shop's own pages."
        yield AccountCheck("portal", what, _SETUP)
    else:
        kind = "the shop's configuration" if own else "the account's default configuration"
        yield AccountCheck("portal", f"Customers change their card and see invoices with {kind} ({portal.id}).")


def _last_received() -> AccountCheck:
    newest = select(EventRecord.type, EventRecord.received_at).order_by(EventRecord.received_at.desc()).limit(1)
    row = db.session.execute(newest).first()
    if row is None:
        return AccountCheck("events", "No event has arrived here yet.")
    return AccountCheck("events", f"The last event that arrived here is {row.type}, on {_time(row.received_at)}.")


def _create() -> str:
    if stripe_setup.is_out_of_reach():
        return f"stripe listen --forward-to {stripe_setup.webhook_url()}, for Stripe cannot reach this machine"
    return _SETUP


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
