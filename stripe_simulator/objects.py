"""Builders of the objects of a sale: sessions, line items, prices, coupons, customers, events."""

from __future__ import annotations

from .ids import new_id
from .records import Json
from .settings import API_VERSION
from .subscription_objects import recurring


def product(data: Json, now: int) -> Json:
    """A product made from inline product data."""
    return {
        "id": new_id("prod_", 14),
        "object": "product",
        "active": True,
        "created": now,
        "default_price": None,
        "description": data.get("description"),
        "images": data.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": data.get("metadata", {}),
        "name": data["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": data.get("tax_code"),
        "type": "service",
        "unit_label": data.get("unit_label"),
        "updated": now,
        "url": None,
    }


def price(data: Json, product_id: str, now: int) -> Json:
    """A price made from inline price data."""
    return {
        "id": new_id("price_1"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": data["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product_id,
        "recurring": recurring(data["recurring"]) if "recurring" in data else None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if "recurring" in data else "one_time",
        "unit_amount": data["unit_amount"],
        "unit_amount_decimal": str(data["unit_amount"]),
    }


def line_item(name: str, price_body: Json, quantity: int, metadata: Json, *, is_due: bool) -> Json:
    """One line of a session, undiscounted; a recurring price with a trial is not due today."""
    subtotal = price_body["unit_amount"] * quantity if is_due else 0
    return {
        "id": new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": subtotal,
        "amount_tax": 0,
        "amount_total": subtotal,
        "currency": price_body["currency"],
        "description": name,
        "metadata": metadata,
        "price": price_body,
        "quantity": quantity,
    }


def shipping_rate(data: Json, now: int) -> Json:
    """A shipping rate made from inline data."""
    return {
        "id": new_id("shr_1"),
        "object": "shipping_rate",
        "active": False,
        "created": now,
        "delivery_estimate": _estimate(data.get("delivery_estimate")),
        "display_name": data["display_name"],
        "fixed_amount": {
            "amount": data["fixed_amount"]["amount"],
            "currency": data["fixed_amount"]["currency"],
        },
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tax_code": data.get("tax_code"),
        "type": "fixed_amount",
    }


def _estimate(data: Json | None) -> Json | None:
    return {"minimum": data.get("minimum"), "maximum": data.get("maximum")} if data else None


def coupon(data: Json, now: int) -> Json:
    """A coupon."""
    return {
        "id": data.get("id") or new_id("", 8),
        "object": "coupon",
        "amount_off": data.get("amount_off"),
        "created": now,
        "currency": data.get("currency") if "amount_off" in data else None,
        "duration": data.get("duration", "once"),
        "duration_in_months": data.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": data.get("max_redemptions"),
        "metadata": data.get("metadata", {}),
        "name": data.get("name"),
        "percent_off": data.get("percent_off"),
        "redeem_by": data.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }


def customer(data: Json, now: int) -> Json:
    """A customer."""
    return {
        "id": new_id("cus_", 14),
        "object": "customer",
        "address": address(data.get("address")),
        "balance": 0,
        "created": now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": data.get("description") or None,
        "discount": None,
        "email": data.get("email") or None,
        "invoice_prefix": new_id("", 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "name": data.get("name") or None,
        "next_invoice_sequence": 1,
        "phone": data.get("phone") or None,
        "preferred_locales": data.get("preferred_locales", []),
        "shipping": shipping(data.get("shipping")),
        "tax_exempt": "none",
        "test_clock": None,
    }


def address(data: Json | None) -> Json | None:
    """An address with every member present, or nothing."""
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: data.get(name) for name in names} if data else None


def shipping(data: Json | None) -> Json | None:
    """A name and an address to ship to, or nothing."""
    if not data:
        return None
    return {"address": address(data["address"]), "name": data["name"], "phone": data.get("phone")}


# Members that stay null until something happens, or forever.
SESSION_NULLS = (
    "after_expiration",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency",
    "currency_conversion",
    "customer_account",
    "customer_details",
    "integration_identifier",
    "invoice",
    "origin_context",
    "payment_intent",
    "payment_link",
    "recovered_from",
    "setup_intent",
    "shipping_cost",
    "subscription",
)


def session(data: Json, now: int, identifier: str, url: str) -> Json:
    """A Checkout Session that nobody has paid; the amounts are filled in by checkout.py."""
    given = data.get
    is_subscription = data["mode"] == "subscription"
    texts = data.get("custom_text", {})
    invoice_data = dict.fromkeys(
        ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    )
    return dict.fromkeys(SESSION_NULLS) | {
        "id": identifier,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": given("adaptive_pricing", {}).get("enabled", False)},
        "allow_promotion_codes": given("allow_promotion_codes"),
        "allowed_payment_method_types": given("allowed_payment_method_types"),
        "amount_subtotal": 0,
        "amount_total": 0,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": given("billing_address_collection"),
        "cancel_url": given("cancel_url"),
        "client_reference_id": given("client_reference_id"),
        "created": now,
        "custom_fields": [],
        "custom_text": {
            name: (texts.get(name) or None)
            for name in ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        },
        "customer": given("customer"),
        "customer_creation": None
        if "customer" in data
        else given("customer_creation", "always" if is_subscription else "if_required"),
        "customer_email": given("customer_email"),
        "discounts": [],
        "expires_at": given("expires_at", now + 24 * 3600),
        "invoice_creation": None
        if is_subscription
        else {
            "enabled": given("invoice_creation", {}).get("enabled", False),
            "invoice_data": invoice_data | {"metadata": {}},
        },
        "livemode": False,
        "locale": given("locale"),
        "metadata": given("metadata", {}),
        "mode": given("mode"),
        "payment_method_collection": given("payment_method_collection", "always" if is_subscription else "if_required"),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": given("phone_number_collection", {}).get("enabled", False)},
        "shipping_address_collection": given("shipping_address_collection"),
        "shipping_options": [],
        "status": "open",
        "submit_type": given("submit_type"),
        "success_url": given("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": url,
    }


def event(kind: str, body: Json, now: int, request: Json, previous: Json | None, pending: int) -> Json:
    """A snapshot event about one object."""
    data: Json = {"object": body}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": data,
        "livemode": False,
        "pending_webhooks": pending,
        "request": request,
        "type": kind,
    }
