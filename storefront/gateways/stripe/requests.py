"""What is sent to Stripe when a page is opened: valid against its schema, and to the peso the order's total."""

from typing import Any

from storefront.gateways.account import PortalSettings
from storefront.gateways.payments import CheckoutLine, CheckoutRequest

LOCALES = {"es": "es-419", "en": "en"}  # Stripe has no es-CO
SHIPPING = "shipping"
"""Marks the line that carries the freight where Stripe has no shipping options."""
TYPES_AT_ONCE = 20
"""How many types of events Stripe lists in one request."""
PORTAL_FEATURES = (
    "customer_update", "invoice_history", "payment_method_update", "subscription_cancel", "subscription_pause",
    "subscription_update",
)  # fmt: skip


def session_params(
    request: CheckoutRequest, discounts: list[dict[str, str]], *, is_card_only: bool = True
) -> dict[str, Any]:
    """Return the parameters of `checkout.sessions.create`: of a subscription where a plan is among the lines.

    A plan is paid by card in any case, because its renewals are charged without the buyer.
    """
    params: dict[str, Any] = {
        "line_items": [_line_params(line, request.currency) for line in request.lines],
        **({"allowed_payment_method_types": ["card"]} if is_card_only or request.has_plan else {}),
        "client_reference_id": request.order_id,
        "metadata": _metadata(request),
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "locale": LOCALES.get(request.language, "es-419"),
        "adaptive_pricing": {"enabled": False},
    }
    if discounts:
        params["discounts"] = discounts
    _add_plan(params, request) if request.has_plan else _add_payment(params, request)
    return params


def _add_payment(params: dict[str, Any], request: CheckoutRequest) -> None:
    data = {"metadata": _metadata(request), "description": f"Pedido {request.order_number}"}
    params |= {"mode": "payment", "customer_email": request.email, "payment_intent_data": data}
    if request.shipping_minor is not None:
        rate = {
            "type": "fixed_amount",
            "display_name": request.shipping_name,
            "fixed_amount": {"amount": request.shipping_minor, "currency": request.currency.lower()},
        }
        params["shipping_options"] = [{"shipping_rate_data": rate}]


def _add_plan(params: dict[str, Any], request: CheckoutRequest) -> None:
    """Add a plan: Stripe has no shipping options there, so the freight is a line of the first invoice."""
    data: dict[str, Any] = {"metadata": _metadata(request)}
    if request.trial_days:
        data["trial_period_days"] = request.trial_days
    params |= {"mode": "subscription", "customer": request.customer_id, "subscription_data": data}
    if request.shipping_minor:
        freight = CheckoutLine(name=request.shipping_name, unit_price_minor=request.shipping_minor, quantity=1)
        line = _line_params(freight, request.currency) | {"metadata": {"kind": SHIPPING}}
        params["line_items"].append(line)


def _metadata(request: CheckoutRequest) -> dict[str, str]:
    return {"order_id": request.order_id, "order_number": request.order_number, "quote": request.quote_hash}


def coupon_params(request: CheckoutRequest) -> dict[str, Any]:
    """Return the parameters of `coupons.create` for the order's discount."""
    return {
        "amount_off": request.discount_minor,
        "currency": request.currency.lower(),
        "duration": "once",
        "max_redemptions": 1,
        "name": request.discount_name[:40],
        "metadata": {"order_id": request.order_id},
    }


def portal_configuration_params(shop: str, settings: PortalSettings) -> dict[str, Any]:
    """Return the parameters of `billing_portal.configurations.create` and `update`: every feature, on or off.

    The shop's address in the metadata is how its configuration is found again.
    """
    pages = {"privacy_policy_url": settings.privacy_url, "terms_of_service_url": settings.terms_url}
    return {
        "business_profile": {name: url for name, url in pages.items() if url},
        "default_return_url": settings.return_url,
        "features": {name: {"enabled": name in settings.features} for name in PORTAL_FEATURES},
        "metadata": {"shop": shop},
    }


def _line_params(line: CheckoutLine, currency: str) -> dict[str, Any]:
    product: dict[str, Any] = {"name": line.name}
    if line.image_url:
        product["images"] = [line.image_url]
    price: dict[str, Any] = {
        "currency": currency.lower(),
        "unit_amount": line.unit_price_minor,
        "product_data": product,
    }
    if line.interval:
        price["recurring"] = {"interval": line.interval}
    item: dict[str, Any] = {"price_data": price, "quantity": line.quantity}
    if line.variant_id:
        item["metadata"] = {"variant_id": line.variant_id}
    return item
