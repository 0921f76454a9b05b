"""Digital content and plans: what the customer has."""

from typing import Any, NoReturn

from storefront.api.door import Door
from storefront.api.reading import shopper
from storefront.api.schemas.library import (
    DownloadLinkSchema,
    LibrarySchema,
    PortalLinkSchema,
    PortalSchema,
    SubscriptionSchema,
    SubscriptionsSchema,
)
from storefront.api.tokens import customer
from storefront.errors import NotFound
from storefront.services import library, return_urls
from storefront.settings import settings
from storefront.wording import current_language

bp = Door("library-api", __name__, url_prefix="/api", description="Downloads and plans.")


@bp.operation("GET", "/library", limit="read", answer=LibrarySchema)
def show_library() -> dict[str, Any]:
    """List the customer's files, those of the newest order first; `status` tells which can be downloaded."""
    return {"items": library.list_for(customer().customer_id, language=current_language())}


@bp.operation(
    "POST",
    "/library/<entitlement_id>/download-link",
    limit="change",
    answer=DownloadLinkSchema,
    refuses=(404, 410),
)
def make_download_link(entitlement_id: str) -> library.Link:
    """Make a signed link to a file; it downloads without a token, in parts too, and costs a use only then."""
    return library.make_link(shopper(), entitlement_id)


@bp.operation("GET", "/subscriptions", limit="read", answer=SubscriptionsSchema)
def list_subscriptions() -> dict[str, Any]:
    """List the customer's plans."""
    return {"items": []}


@bp.operation(
    "POST", "/subscriptions/<subscription_id>/cancel", limit="change", answer=SubscriptionSchema, refuses=(404,)
)
def cancel_subscription(subscription_id: str) -> NoReturn:
    """End a plan with its paid period."""
    raise NotFound(subscription_id=subscription_id)


@bp.operation(
    "POST", "/subscriptions/<subscription_id>/resume", limit="change", answer=SubscriptionSchema, refuses=(404,)
)
def resume_subscription(subscription_id: str) -> NoReturn:
    """Go on with a plan that was to end."""
    raise NotFound(subscription_id=subscription_id)


@bp.operation("POST", "/billing-portal", limit="change", body=PortalSchema, answer=PortalLinkSchema, refuses=(404,))
def open_billing_portal(body: dict[str, Any]) -> NoReturn:
    """Open the page where cards and plans are managed; there is none without a plan."""
    return_urls.check(body["return_url"], settings().RETURN_URL_ALLOWLIST, field="returnUrl")
    raise NotFound()
