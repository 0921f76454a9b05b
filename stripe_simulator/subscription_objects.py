"""Builders of the objects of subscriptions: items, invoices, invoice payments, portal sessions."""

from __future__ import annotations

from .ids import new_id
from .records import Json


def recurring(data: Json) -> Json:
    """How often a price is charged."""
    return {
        "interval": data["interval"],
        "interval_count": data.get("interval_count", 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def plan(price: Json) -> Json:
    """A recurring price in its old shape, which subscription items still carry."""
    names = ("active", "billing_scheme", "created", "currency", "id", "livemode", "metadata", "nickname", "product")
    return {name: price[name] for name in (*names, "tiers_mode")} | {
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "meter": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def subscription_item(item: Json, subscription_id: str, start: int, end: int) -> Json:
    """One item of a subscription, made from a session's line item."""
    return {
        "id": new_id("si_", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": start,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": plan(item["price"]),
        "price": item["price"],
        "quantity": item["quantity"],
        "subscription": subscription_id,
        "tax_rates": [],
    }


# Members that stay null until something happens, or forever.
SUBSCRIPTION_NULLS = (
    "application",
    "application_fee_percent",
    "billing_thresholds",
    "cancel_at",
    "canceled_at",
    "customer_account",
    "days_until_due",
    "default_source",
    "ended_at",
    "latest_invoice",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
    "trial_end",
    "trial_start",
)


def subscription(identifier: str, session: Json, items: list[Json], method: str, data: Json, now: int) -> Json:
    """A subscription as a completed session leaves it; `data` is the session's subscription_data."""
    return dict.fromkeys(SUBSCRIPTION_NULLS) | {
        "id": identifier,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": items[0]["current_period_end"] if "trial_period_days" in data else now,
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": session["currency"],
        "customer": session["customer"],
        "default_payment_method": method,
        "default_tax_rates": [],
        "description": data.get("description"),
        "discounts": [],
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={identifier}",
        },
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": now,
        "status": "trialing" if "trial_period_days" in data else "active",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }


# Members that stay null until something happens, or forever.
INVOICE_NULLS = (
    "account_tax_ids",
    "application",
    "automatically_finalizes_at",
    "custom_fields",
    "customer_account",
    "customer_address",
    "customer_phone",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "description",
    "due_date",
    "effective_at",
    "ending_balance",
    "footer",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
    "threshold_reason",
    "webhooks_delivered_at",
)


def invoice(identifier: str, subscription: Json, customer: Json, lines: list[Json], reason: str, now: int) -> Json:
    """A draft of an invoice."""
    subtotal = sum(line["subtotal"] for line in lines)
    discounts = [entry for line in lines for entry in line["discount_amounts"]]
    total = subtotal - sum(entry["amount"] for entry in discounts)
    return dict.fromkeys(INVOICE_NULLS) | {
        "id": identifier,
        "object": "invoice",
        "account_country": "US",
        "account_name": "FitAiid",
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": sorted({entry["discount"] for entry in discounts}),
        "issuer": {"type": "self"},
        "lines": {"object": "list", "data": lines, "has_more": False, "url": f"/v1/invoices/{identifier}/lines"},
        "livemode": False,
        "metadata": {},
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_discount_amounts": [
            {"amount": sum(entry["amount"] for entry in discounts), "discount": discounts[0]["discount"]}
        ]
        if discounts
        else [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def invoice_line(
    invoice_id: str, price: Json, quantity: int, amount: int, text: str, metadata: Json, parent: Json, period: Json
) -> Json:
    """One line of an invoice; `parent` says what it comes from."""
    return {
        "id": new_id("il_1"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": text,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": metadata,
        "parent": parent,
        "period": period,
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": quantity,
        "quantity_decimal": None,
        "subscription": None,
        "subtotal": amount,
        "taxes": [],
    }


def recurring_parent(subscription_id: str, item_id: str) -> Json:
    """The parent of an invoice line that comes from a subscription item."""
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": subscription_id,
        "subscription_item": item_id,
    }
    return {"invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details"}


def one_time_parent(subscription_id: str) -> Json:
    """The parent of an invoice line that is charged once."""
    details = {
        "invoice_item": new_id("ii_1"),
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": subscription_id,
    }
    return {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}


def invoice_payment(invoice_body: Json, intent_id: str, now: int) -> Json:
    """What ties an invoice to the payment that settled it."""
    return {
        "id": new_id("inpay_1"),
        "object": "invoice_payment",
        "amount_paid": invoice_body["amount_due"],
        "amount_requested": invoice_body["amount_due"],
        "created": now,
        "currency": invoice_body["currency"],
        "invoice": invoice_body["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": now},
    }


def portal_session(data: Json, configuration: str, identifier: str, url: str, now: int) -> Json:
    """A session of the billing portal."""
    return {
        "id": identifier,
        "object": "billing_portal.session",
        "configuration": configuration,
        "created": now,
        "customer": data["customer"],
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": data.get("locale"),
        "on_behalf_of": None,
        "return_url": data.get("return_url"),
        "url": url,
    }
