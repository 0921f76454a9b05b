"""Checkout sessions, coupons and delivery prices. Stripe's webhook is in `storefront.webhooks`."""

from dataclasses import asdict
from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import address_of, document_of, items_of, language, return_urls_of, shopper
from storefront.api.idempotency import idempotency_key
from storefront.api.schemas.checkout import (
    ApplyCouponSchema,
    CalculateShippingSchema,
    CouponWorthSchema,
    CreateSessionSchema,
    DeliverySchema,
    SessionSchema,
    StartedSchema,
)
from storefront.api.tokens import current_customer
from storefront.client_addresses import client_address
from storefront.enums import CouponKind
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.money import format_money
from storefront.services import checkout
from storefront.services.checkout import estimates
from storefront.services.payments.session_status import SessionStatus, view_session

bp = ApiBlueprint("checkout-api", __name__, url_prefix="/api/checkout", description="Pay on Stripe's page.")


@bp.operation(
    "POST",
    "/create-session",
    limit="checkout",
    body=CreateSessionSchema,
    response=StartedSchema,
    status=201,
    refuses=(404,),
    idempotency=True,
)
def create_session(body: dict[str, Any]) -> checkout.PlacedOrder:
    """Reserve the goods, place the order and open a payment page.

    Without `items` the customer's cart is bought. The stock is held as long as the page can be paid.
    """
    method = body["shipping_method"]
    return checkout.begin(
        checkout.Purchase(
            shopper=shopper(),
            email=current_customer().email,
            language=language(),
            items=items_of(body) if "items" in body else None,
            address=address_of(body["shipping_address"], method=method, field="shippingAddress"),
            document=document_of(body["buyer_document"]),
            shipping_method=method,
            coupon_code=body["coupon_code"],
            notes=body["customer_notes"],
            digital_consent=body["digital_consent"],
            expected_total_minor=body["expected_total"],
            network=client_address() or None,
            key=idempotency_key(),
            **return_urls_of(body),
        )
    )


@bp.operation("GET", "/session/<session_id>", limit="read", response=SessionSchema, refuses=(404,))
def session_status(session_id: str) -> SessionStatus:
    """Tell whether it is paid; if Stripe says so before its event came, the order is settled now."""
    return view_session(shopper(), session_id)


@bp.operation(
    "POST", "/apply-coupon", limit="coupon", body=ApplyCouponSchema, response=CouponWorthSchema, refuses=(404,)
)
def apply_coupon(body: dict[str, Any]) -> dict[str, Any]:
    """Tell what a coupon takes off these items; nothing is used up."""
    worth = estimates.coupon_worth(items_of(body), body["coupon_code"], shopper(), current_language())
    return asdict(worth) | {"message": _coupon_message(worth)}


@bp.operation(
    "POST",
    "/calculate-shipping",
    limit="estimate",
    body=CalculateShippingSchema,
    response=DeliverySchema,
    refuses=(404,),
)
def calculate_shipping(body: dict[str, Any]) -> estimates.Delivery:
    """Tell what delivery to a municipality costs and when it arrives, by every method."""
    return estimates.delivery(items_of(body), body["shipping_method"], body["city"])


def _coupon_message(worth: estimates.CouponWorth) -> str:
    if not worth.gives:
        return _("El cupón no descuenta nada en esta compra y no se gasta.")
    if worth.kind == CouponKind.FREE_SHIPPING:
        return _("Cupón aplicado: el envío estándar es gratis.")
    return _("Cupón aplicado: ahorras %(amount)s.", amount=format_money(worth.discount_minor, current_language()))
