"""Digital content and plans: what the customer has."""

from typing import Any, NoReturn

from storefront.api.door import Door
from storefront.api.schemas.library import (
    DownloadLinkSchema,
    LibrarySchema,
    PortalLinkSchema,
    PortalSchema,
    SubscriptionSchema,
    SubscriptionsSchema,
)
from storefront.errors import NotFound
from storefront.services import return_urls
from storefront.settings import settings

bp = Door("library-api", __name__, url_prefix="/api", description="Downloads and plans.")


@bp.operation("GET", "/library", limit="read", answer=LibrarySchema)
def show_library() -> dict[str, Any]:
    """List what the customer may download."""
    return {"items": []}


@bp.operation(
    "POST",
    "/library/<entitlement_id>/download-link",
    limit="change",
    answer=DownloadLinkSchema,
    status=201,
    refuses=(404,),
    once=True,
)
def make_download_link(entitlement_id: str) -> NoReturn:
    """Make a signed link to a file."""
    raise NotFound(entitlement_id=entitlement_id)


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
