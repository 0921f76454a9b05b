"""Setting the Stripe account up: a webhook endpoint for exactly the events that the shop handles, and the portal."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from storefront.gateways import payments
from storefront.gateways.account import PortalConfiguration, PortalSettings, WebhookEndpoint
from storefront.gateways.payments import KeyRefused, PaymentRefused, PaymentUnknown
from storefront.services.payments.event_processing import HANDLERS
from storefront.settings import settings

Answer = TypeVar("Answer")

WEBHOOK_PATH = "/api/checkout/webhook"
PORTAL_FEATURES = frozenset({"payment_method_update", "invoice_history"})
"""What customers do in the portal; they cancel on the shop's own page, which tells them until when they have access."""
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class StripeSetupError(Exception):
    """Stripe cannot be set up or asked; one sentence for the person at the command."""


class Outcome(StrEnum):
    """What became of something that should be at Stripe."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def event_types() -> frozenset[str]:
    """Return every type of event that the shop handles."""
    return frozenset(HANDLERS)


def webhook_url() -> str:
    """Return the address that Stripe has to send events to."""
    return settings().BASE_URL + WEBHOOK_PATH


def webhook_urls() -> list[str]:
    """Return every address at which the shop takes events: that one, and those of its other host names."""
    scheme = urlsplit(settings().BASE_URL).scheme
    return [webhook_url(), *(f"{scheme}://{host}{WEBHOOK_PATH}" for host in settings().ALLOWED_HOSTS)]


def portal_settings() -> PortalSettings:
    """Return what the billing portal has to offer, and the shop's pages that it links to."""
    shop = settings().BASE_URL
    is_public = shop.startswith("https://")
    return PortalSettings(
        features=PORTAL_FEATURES,
        return_url=f"{shop}/account/subscriptions",
        privacy_url=f"{shop}/privacy" if is_public else "",
        terms_url=f"{shop}/terms" if is_public else "",
    )


def configure_portal() -> tuple[Outcome, PortalConfiguration]:
    """Have the shop's configuration of the billing portal at Stripe as it should be."""
    shop, wanted = settings().BASE_URL, portal_settings()
    known = next((portal for portal in list_portals() if portal.shop == shop), None)
    if known is not None and known.settings == wanted:
        return Outcome.UNCHANGED, known
    saved = call_stripe(lambda: payments().save_portal(shop, wanted, known.id if known else None))
    return Outcome.UPDATED if known else Outcome.CREATED, saved


def configure_endpoint(*, new_secret: bool = False) -> tuple[Outcome, WebhookEndpoint]:
    """Have a webhook endpoint at Stripe that is enabled for exactly our types, in the version that we read.

    Stripe tells the secret of a new endpoint only. With `new_secret` a new one is created in any case.
    """
    if is_out_of_reach():
        raise StripeSetupError(
            f"BASE_URL is {settings().BASE_URL}, where Stripe cannot send events: set it to the shop's public address, "
            f"or run `stripe listen --forward-to {webhook_url()}` instead."
        )
    endpoints = list_endpoints()
    known = None if new_secret else find_current(endpoints)
    if known is None:
        # What takes an endpoint's place takes its address, too: Stripe is known to reach it there.
        url = next((endpoint.url for endpoint in endpoints if endpoint.is_enabled), webhook_url())
        return Outcome.CREATED, call_stripe(lambda: payments().create_endpoint(url, event_types()))
    if known.is_enabled and known.event_types == event_types():
        return Outcome.UNCHANGED, known
    return Outcome.UPDATED, call_stripe(lambda: payments().update_endpoint(known.id, event_types()))


def disable_replaced(kept: WebhookEndpoint, *, new_secret: bool = False) -> list[WebhookEndpoint]:
    """Disable the shop's endpoints that another one replaces, and return them.

    Those are the ones of another version, which is fixed at creation; with `new_secret` all others.
    """
    others = [endpoint for endpoint in list_endpoints() if endpoint.id != kept.id and endpoint.is_enabled]
    replaced = [other for other in others if new_secret or other.api_version != kept.api_version]
    return [_disable(endpoint) for endpoint in replaced]


def _disable(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return call_stripe(lambda: payments().disable_endpoint(endpoint.id))


def list_endpoints() -> list[WebhookEndpoint]:
    """Return the endpoints that send events to this shop, newest first."""
    urls = webhook_urls()
    return [endpoint for endpoint in call_stripe(lambda: payments().list_endpoints()) if endpoint.url in urls]


def list_portals() -> list[PortalConfiguration]:
    """Return the portal's configurations that can be used."""
    return call_stripe(lambda: payments().list_portals())


def find_current(endpoints: list[WebhookEndpoint]) -> WebhookEndpoint | None:
    """Return the endpoint in our version: one that is enabled before one that is not, the newest of several."""
    version = payments().api_version
    current = [endpoint for endpoint in endpoints if endpoint.api_version == version]
    return min(current, key=lambda endpoint: not endpoint.is_enabled, default=None)


def is_out_of_reach() -> bool:
    """Return whether the shop is on this machine and Stripe is not, unlike the simulator."""
    return not settings().STRIPE_API_BASE and urlsplit(settings().BASE_URL).hostname in _THIS_MACHINE


def call_stripe(call: Callable[[], Answer]) -> Answer:
    """Return what Stripe answers, or raise a sentence about why it does not."""
    try:
        return call()
    except KeyRefused as error:
        raise StripeSetupError(f"Stripe does not accept the key in STRIPE_SECRET_KEY: {error.message}") from error
    except PaymentRefused as error:
        raise StripeSetupError(f"Stripe refuses: {error.message}") from error
    except PaymentUnknown as error:
        raise StripeSetupError(f"Stripe does not answer: {' '.join(str(error).split())}") from error
