"""Checkout Sessions: created, read, expired, completed."""

from __future__ import annotations

import time
from typing import Any

from . import coupons, objects, pricing
from .errors import invalid, not_supported, refused
from .events import emit
from .ids import new_id
from .listing import equal, page, page_of_list
from .records import Json, Record, UnitOfWork, merge_metadata

SHORTEST = 30 * 60
LONGEST = 24 * 3600


def create(work: UnitOfWork, params: Json) -> Json:
    """Create a session for a list of items."""
    ahead = _check_expiry(work, params.get("expires_at"))
    if "customer" in params:
        work.get("customer", params["customer"], "customer")
    plan_data = params.get("subscription_data", {})
    items = pricing.lines(work, params["line_items"], has_trial="trial_period_days" in plan_data)
    identifier = new_id("cs_test_a1", 56)
    body = objects.session(params, work.now, identifier, f"{work.public_url}/c/pay/{identifier}")
    _fill_amounts(work, body, items, params)
    private = {
        "items": items,
        "intent_data": params.get("payment_intent_data", {}),
        "subscription_data": plan_data,
    }
    work.add(Record(body, private, due=body["expires_at"] + ahead))
    return body


def _check_expiry(work: UnitOfWork, moment: int | None) -> int:
    """Refuse a time too near or too far; return by how much the simulated clock is ahead of the one it was read from.

    A shop does not know that the simulated clock was moved on: its times are good by the real one, too.
    """
    ahead = max(0, work.now - int(time.time()))
    if moment is None:
        return 0
    if SHORTEST <= moment + ahead - work.now <= LONGEST:
        return ahead
    if moment < work.now + SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid(message, "expires_at")
    if moment > work.now + LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid(message, "expires_at")
    return 0


def _fill_amounts(work: UnitOfWork, body: Json, items: list[Json], params: Json) -> None:
    currency = items[0]["currency"]
    if params.get("currency", currency) != currency:
        raise invalid("The currency of the session must be that of its prices.", "currency")
    subtotal = sum(item["amount_subtotal"] for item in items)
    discount = _discount(work, body, currency, subtotal, params)
    pricing.allocate_discount(items, discount)
    shipping = _shipping(work, body, currency, params)
    total = subtotal - discount + shipping
    pricing.check_total(total, currency, work.settings.minimum_amount)
    body |= {"currency": currency, "amount_subtotal": subtotal, "amount_total": total}
    body["total_details"] = {"amount_discount": discount, "amount_shipping": shipping, "amount_tax": 0}
    if total == 0:
        body["payment_status"] = "no_payment_required"


def _discount(work: UnitOfWork, body: Json, currency: str, subtotal: int, params: Json) -> int:
    given = [entry["coupon"] for entry in params.get("discounts", []) if "coupon" in entry]
    if not given:
        return 0
    coupon = coupons.usable(work, given[0], currency, "discounts[0][coupon]")
    if body["mode"] == "subscription" and coupon["duration"] != "once":
        raise not_supported("coupons of more than one invoice", "discounts[0][coupon]")
    body["discounts"] = [{"coupon": coupon["id"], "promotion_code": None}]
    return pricing.discount_of(coupon, subtotal)


def _shipping(work: UnitOfWork, body: Json, currency: str, params: Json) -> int:
    options = params.get("shipping_options", [])
    rates = [objects.shipping_rate(option["shipping_rate_data"], work.now) for option in options]
    for index, rate in enumerate(rates):
        if rate["fixed_amount"]["currency"] != currency:
            path = f"shipping_options[{index}][shipping_rate_data][fixed_amount][currency]"
            raise invalid("The shipping rate must use the currency of the session.", path)
        work.add(Record(rate))
    body["shipping_options"] = [
        {"shipping_amount": rate["fixed_amount"]["amount"], "shipping_rate": rate["id"]} for rate in rates
    ]
    return choose_shipping(body, 0) if rates else 0


def choose_shipping(body: Json, index: int) -> int:
    """Set the shopper's choice among the session's options and return its amount; the first is chosen at the start."""
    option = body["shipping_options"][index]
    amount = int(option["shipping_amount"])
    body["shipping_cost"] = {
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "shipping_rate": option["shipping_rate"],
    }
    return amount


def reprice(work: UnitOfWork, record: Record, rate: str) -> None:
    """Take the shopper's choice of shipping, if it is one of the session's, into the total."""
    body = record.body
    rates = [option["shipping_rate"] for option in body["shipping_options"]]
    if rate not in rates:
        return
    before = body["total_details"]["amount_shipping"]
    amount = choose_shipping(body, rates.index(rate))
    body["total_details"]["amount_shipping"] = amount
    body["amount_total"] += amount - before
    body["payment_status"] = "unpaid" if body["amount_total"] else "no_payment_required"
    work.save(record)
    if intent := intent_of(work, record):
        intent.body["amount"] = body["amount_total"]
        work.save(intent)


def retrieve(work: UnitOfWork, params: Json, session: str) -> Json:
    """Return one session."""
    return work.get("checkout.session", session, "session").body


def update(work: UnitOfWork, params: Json, session: str) -> Json:
    """Change a session's metadata."""
    record = work.get("checkout.session", session, "session")
    merge_metadata(record.body, params)
    work.save(record)
    return record.body


def list_sessions(work: UnitOfWork, params: Json) -> Json:
    """Return a page of sessions."""
    flat: dict[str, Any] = params | {"email": params.get("customer_details", {}).get("email")}
    flat = {name: value for name, value in flat.items() if value is not None}
    where, values = equal(
        flat,
        payment_intent="payment_intent",
        subscription="subscription",
        customer="customer",
        status="status",
        email="customer_details.email",
    )
    return page(work, "checkout.session", "/v1/checkout/sessions", params, where, values)


def line_items_list(work: UnitOfWork, params: Json, session: str) -> Json:
    """Return a page of a session's lines, in the order they were given."""
    record = work.get("checkout.session", session, "session")
    return page_of_list(record.private["items"], "item", f"/v1/checkout/sessions/{session}/line_items", params)


def expire(work: UnitOfWork, params: Json, session: str) -> Json:
    """Expire an open session; one that was paid meanwhile stays paid."""
    record = work.get("checkout.session", session, "session")
    if record.body["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{record.body['status']}`.",
            "session",
        )
    end(work, record)
    return record.body


def end(work: UnitOfWork, record: Record) -> None:
    """Close an open session without payment and cancel the intent of its failed attempts."""
    record.body |= {"status": "expired", "url": None}
    record.due = None
    record.private.pop("challenge", None)
    work.save(record)
    emit(work, "checkout.session.expired", record.body)
    if intent := intent_of(work, record):
        intent.body |= {
            "status": "canceled",
            "canceled_at": work.now,
            "cancellation_reason": "expired",
            "next_action": None,
        }
        work.save(intent)
        emit(work, "payment_intent.canceled", intent.body)


def intent_of(work: UnitOfWork, session: Record) -> Record | None:
    """Return the intent of a session's attempts; in subscription mode the session does not show it."""
    found = session.body["payment_intent"] or session.private.get("intent")
    return work.get("payment_intent", found) if found else None


def complete(work: UnitOfWork, record: Record, buyer: Json, payment_status: str) -> str:
    """Close a session with its buyer's details; return the id of its completed event."""
    body = record.body
    body |= {"status": "complete", "payment_status": payment_status, "url": None}
    address = objects.address(buyer.get("address"))
    body["customer_details"] = {
        "address": address,
        "business_name": None,
        "email": buyer.get("email"),
        "individual_name": buyer.get("name") or None,
        "name": buyer.get("name") or None,
        "phone": buyer.get("phone") or None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    if body["shipping_address_collection"] and address:
        details = {"address": address, "name": buyer.get("name")}
        body["collected_information"] = {
            "business_name": None,
            "individual_name": None,
            "shipping_details": details,
        }
    record.due = None
    work.save(record)
    for entry in body["discounts"]:
        coupons.redeem(work, entry["coupon"])
    return emit(work, "checkout.session.completed", body)
