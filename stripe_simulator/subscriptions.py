"""Subscriptions: created by a session, renewed by the clock, canceled, resumed, ended."""

from __future__ import annotations

import copy

from . import invoices, periods, subscription_objects
from .errors import invalid, no_such
from .events import emit
from .ids import new_id
from .listing import equal, page
from .records import Json, Record, UnitOfWork, merge_metadata

DAY = 24 * 3600


def create_from_session(work: UnitOfWork, session: Record, method: Json) -> tuple[Record, Record]:
    """Create the subscription and the first invoice of a session that is being completed, without events."""
    data, identifier = session.private["subscription_data"], new_id("sub_1")
    recurring_items = [item for item in session.private["items"] if item["price"]["recurring"]]
    end = _first_end(work.now, data, recurring_items[0]["price"]["recurring"])
    items = [subscription_objects.subscription_item(item, identifier, work.now, end) for item in recurring_items]
    body = subscription_objects.subscription(identifier, session.body, items, method["id"], data, work.now)
    if "trial_period_days" in data:
        body |= {"trial_start": work.now, "trial_end": end}
    record = work.add(Record(body, due=end))
    invoice_id = new_id("in_1")
    lines = _first_lines(invoice_id, session, body)
    invoice = invoices.create_draft(work, body, lines, "subscription_create", invoice_id)
    invoices.finalize(work, invoice)
    record.body["latest_invoice"] = invoice.id
    work.save(record)
    return record, invoice


def uncanceled_ids(work: UnitOfWork, customer: str) -> list[str]:
    """Return the ids of a customer's subscriptions that are not canceled."""
    condition = "json_extract(body, '$.customer') = ? AND json_extract(body, '$.status') != 'canceled'"
    return [record.id for record in work.select("subscription", condition, [customer])]


def _first_end(now: int, data: Json, recurring: Json) -> int:
    if "trial_period_days" in data:
        return now + int(data["trial_period_days"]) * DAY
    return periods.after(now, recurring, 1)


def _first_lines(invoice_id: str, session: Record, subscription: Json) -> list[Json]:
    by_price = {item["price"]["id"]: item for item in subscription["items"]["data"]}
    discount = new_id("di_1") if session.body["total_details"]["amount_discount"] else ""
    lines = []
    for item in session.private["items"]:
        subscription_item = by_price.get(item["price"]["id"])
        line = (
            _recurring_line(invoice_id, subscription, subscription_item)
            if subscription_item
            else _one_time_line(invoice_id, item, subscription)
        )
        line |= {"amount": item["amount_subtotal"], "subtotal": item["amount_subtotal"]}
        if item["amount_discount"]:
            line["discount_amounts"] = [{"amount": item["amount_discount"], "discount": discount}]
        lines.append(line | {"description": f"{item['quantity']} × {item['description']}"})
    return lines


def _recurring_line(invoice_id: str, subscription: Json, item: Json) -> Json:
    price, quantity = item["price"], item["quantity"]
    return subscription_objects.invoice_line(
        invoice_id,
        price,
        quantity,
        price["unit_amount"] * quantity,
        "",
        dict(subscription["metadata"]),
        subscription_objects.recurring_parent(subscription["id"], item["id"]),
        {"start": item["current_period_start"], "end": item["current_period_end"]},
    ) | {"subscription": subscription["id"]}


def _one_time_line(invoice_id: str, item: Json, subscription: Json) -> Json:
    moment = subscription["created"]
    return subscription_objects.invoice_line(
        invoice_id,
        item["price"],
        item["quantity"],
        item["amount_subtotal"],
        "",
        item["metadata"],
        subscription_objects.one_time_parent(subscription["id"]),
        {"start": moment, "end": moment},
    )


def renew(work: UnitOfWork, subscription: Record) -> None:
    """End a subscription at the end of its period, or start the next period with a draft invoice."""
    body = subscription.body
    if body["status"] == "canceled":
        return
    if body["cancel_at_period_end"]:
        end(work, subscription, body["cancellation_details"]["reason"] or "cancellation_requested")
        return
    before = {"items": copy.deepcopy(body["items"]), "latest_invoice": body["latest_invoice"]}
    if body["status"] == "trialing":
        before["status"], body["status"] = "trialing", "active"
    for item in body["items"]["data"]:
        start = item["current_period_end"]
        item["current_period_start"] = start
        item["current_period_end"] = periods.next_end(body["billing_cycle_anchor"], item["price"]["recurring"], start)
    invoice_id = new_id("in_1")
    lines = [
        _recurring_line(invoice_id, body, item) | {"description": _description(work, item)}
        for item in body["items"]["data"]
    ]
    wait = work.settings.draft_seconds
    body["latest_invoice"] = invoice_id
    subscription.due = body["items"]["data"][0]["current_period_end"]
    work.save(subscription)
    invoice = invoices.create_draft(work, body, lines, "subscription_cycle", invoice_id, due=work.now + wait)
    emit(work, "customer.subscription.updated", body, before)
    emit(work, "invoice.created", invoice.body)


def _description(work: UnitOfWork, item: Json) -> str:
    return f"{item['quantity']} × {work.get('product', item['price']['product']).body['name']}"


def advance_invoice(work: UnitOfWork, invoice: Record) -> None:
    """Finalise a draft, or try again to collect an open invoice."""
    if invoice.body["status"] == "draft":
        invoices.finalize(work, invoice)
        emit(work, "invoice.finalized", invoice.body)
    if invoice.body["status"] == "open":
        charge(work, work.get("subscription", invoice.parent or ""), invoice)


def charge(work: UnitOfWork, subscription: Record, invoice: Record) -> None:
    """Attempt to collect an open invoice and set the subscription's status by the result."""
    if subscription.body["status"] == "canceled":
        return
    if invoice.body["amount_due"] == 0:
        invoices.settle(work, invoice, None)
        return
    method = work.get("payment_method", payment_method_of(work, subscription.body)).body
    attempt = invoices.start_attempt(work, invoice, method)
    if attempt.decline is None:
        invoices.collect(attempt)
        _set_status(work, subscription, "active")
        return
    invoices.fail(attempt, attempt.decline)
    if invoice.due is None:
        end(work, subscription, "payment_failed")
    else:
        _set_status(work, subscription, "past_due")


def payment_method_of(work: UnitOfWork, subscription: Json) -> str:
    """Return the card that a subscription is charged to: its own, or the customer's."""
    own = subscription["default_payment_method"]
    settings = work.get("customer", subscription["customer"]).body["invoice_settings"]
    return str(own or settings["default_payment_method"])


def _set_status(work: UnitOfWork, subscription: Record, status: str) -> None:
    before = subscription.body["status"]
    if before != status:
        subscription.body["status"] = status
        work.save(subscription)
        emit(work, "customer.subscription.updated", subscription.body, {"status": before})


def end(work: UnitOfWork, subscription: Record, reason: str) -> None:
    """End a subscription now."""
    body = subscription.body
    body |= {"status": "canceled", "ended_at": work.now, "canceled_at": body["canceled_at"] or work.now}
    body["cancellation_details"]["reason"] = reason
    subscription.due = None
    work.save(subscription)
    invoices.stop(work, subscription.id)
    emit(work, "customer.subscription.deleted", body)


def set_cancellation(work: UnitOfWork, subscription: Record, at_period_end: bool) -> None:
    """Let a subscription end with its period, or go on after all."""
    body = subscription.body
    if body["cancel_at_period_end"] == at_period_end:
        return
    names = ("cancel_at", "cancel_at_period_end", "canceled_at", "cancellation_details")
    before = {name: copy.deepcopy(body[name]) for name in names}
    body |= {
        "cancel_at_period_end": at_period_end,
        "cancel_at": body["items"]["data"][0]["current_period_end"] if at_period_end else None,
        "canceled_at": work.now if at_period_end else None,
    }
    body["cancellation_details"]["reason"] = "cancellation_requested" if at_period_end else None
    work.save(subscription)
    emit(work, "customer.subscription.updated", body, before)


def change_card(work: UnitOfWork, subscription: Record, method_id: str) -> None:
    """Charge another card from now on, and an open invoice at once."""
    before = subscription.body["default_payment_method"]
    subscription.body["default_payment_method"] = method_id
    work.save(subscription)
    emit(work, "customer.subscription.updated", subscription.body, {"default_payment_method": before})
    latest = work.find(subscription.body["latest_invoice"])
    if latest is not None and latest.body["status"] == "open":
        charge(work, subscription, latest)


def retrieve(work: UnitOfWork, params: Json, subscription: str) -> Json:
    """Return one subscription."""
    return work.get("subscription", subscription, "id").body


def list_subscriptions(work: UnitOfWork, params: Json) -> Json:
    """Return a page of subscriptions: those that are not canceled, unless another status or all are asked for."""
    where, values = equal(params, customer="customer")
    status = params.get("status", "")
    if status == "":
        where.append("json_extract(body, '$.status') != 'canceled'")
    elif status == "ended":
        where.append("json_extract(body, '$.status') IN ('canceled', 'incomplete_expired')")
    elif status != "all":
        where.append("json_extract(body, '$.status') = ?")
        values.append(status)
    return page(work, "subscription", "/v1/subscriptions", params, where, values)


def update(work: UnitOfWork, params: Json, subscription: str) -> Json:
    """Change what may change: whether it ends with its period, its card, its metadata."""
    record = work.get("subscription", subscription, "id")
    if record.body["status"] == "canceled" and set(params) - {"metadata"}:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.", "id")
    if "default_payment_method" in params:
        method = work.get("payment_method", params["default_payment_method"], "default_payment_method")
        change_card(work, record, method.id)
        record = work.get("subscription", subscription, "id")
    if "metadata" in params:
        before = {"metadata": record.body["metadata"]}
        merge_metadata(record.body, params)
        work.save(record)
        emit(work, "customer.subscription.updated", record.body, before)
    if "cancel_at_period_end" in params:
        set_cancellation(work, record, params["cancel_at_period_end"])
    return record.body


def cancel(work: UnitOfWork, params: Json, subscription: str) -> Json:
    """End a subscription at once."""
    record = work.get("subscription", subscription, "id")
    if record.body["status"] == "canceled":
        raise no_such("subscription", subscription, "id")
    record.body["canceled_at"] = work.now
    end(work, record, "cancellation_requested")
    return record.body
