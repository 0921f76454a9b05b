"""The customer's digital files and subscriptions."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import shopper
from storefront.api.schemas.library import (
    DownloadLinkSchema,
    LibrarySchema,
    PortalLinkSchema,
    PortalSchema,
    SubscriptionSchema,
    SubscriptionsSchema,
)
from storefront.api.tokens import current_customer
from storefront.i18n import current_language
from storefront.services.checkout import return_urls
from storefront.services.downloads import library
from storefront.services.subscriptions import management
from storefront.services.subscriptions.overview import SubscriptionOverview
from storefront.settings import settings

bp = ApiBlueprint("library-api", __name__, url_prefix="/api", description="Downloads and plans.")


@bp.operation("GET", "/library", limit="read", response=LibrarySchema)
def show_library() -> dict[str, Any]:
    """List the customer's files, those of the newest order first; `status` tells which can be downloaded."""
    return {"items": library.list_for(current_customer().customer_id, language=current_language())}


@bp.operation(
    "POST",
    "/library/<entitlement_id>/download-link",
    limit="change",
    response=DownloadLinkSchema,
    refuses=(404, 410),
)
def make_download_link(entitlement_id: str) -> library.Link:
    """Make a signed link to a file; it downloads without a token, in parts too, and costs a use only then."""
    return library.make_link(shopper(), entitlement_id)


@bp.operation("GET", "/subscriptions", limit="read", response=SubscriptionsSchema)
def list_subscriptions() -> dict[str, Any]:
    """List the customer's plans, the newest first."""
    return {"items": management.list_for(current_customer().customer_id, language=current_language())}


@bp.operation(
    "POST", "/subscriptions/<subscription_id>/cancel", limit="change", response=SubscriptionSchema, refuses=(404,)
)
def cancel_subscription(subscription_id: str) -> SubscriptionOverview:
    """End a plan with its paid period; until then it can be resumed. A payment is not prorated."""
    return management.cancel(current_customer().customer_id, subscription_id, language=current_language())


@bp.operation(
    "POST", "/subscriptions/<subscription_id>/resume", limit="change", response=SubscriptionSchema, refuses=(404,)
)
def resume_subscription(subscription_id: str) -> SubscriptionOverview:
    """Go on with a plan that was to end."""
    return management.resume(current_customer().customer_id, subscription_id, language=current_language())


@bp.operation("POST", "/billing-portal", limit="change", body=PortalSchema, response=PortalLinkSchema, refuses=(404,))
def open_billing_portal(body: dict[str, Any]) -> dict[str, str]:
    """Open the page where the card is changed; there is none for somebody who never had a plan."""
    back = return_urls.check(body["return_url"], settings().RETURN_URL_ALLOWLIST, field="returnUrl")
    url = management.portal_url(current_customer().customer_id, return_url=back, language=current_language())
    return {"url": url}
