"""What can become of an order at Stripe, as events; and, from the set of events alone, how the order must stand.

The expectation knows nothing of the shop's code: it is RULES, written once more as a function of a set.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from storefront.ids import new_id
from tests.campaigns.inside import Inside
from tests.events import Event, Story, event
from tests.factories import CUBES, WHEY, order_of

MAX_EVENTS = 12


@dataclass
class Tale:
    """A placed order with the events that Stripe will send of its pages."""

    order_id: str
    total_minor: int
    pages: list[Story]
    events: list[Event] = field(default_factory=list)


def place(inside: Inside, pages: int = 1) -> Tale:
    """Place an order with so many pages, as after "pay again"."""
    started = inside.buy((WHEY, 1), (CUBES, 2))
    order = inside.call(lambda: order_of(started))
    first = Story.of(order, started.session_id)
    tale = Tale(started.order_id, order.total_minor, [first])
    for _ in range(pages - 1):
        session_id = f"{started.session_id}_again"
        columns = "order_id, state, request, url, expires_at, created_at"
        inside.books.run(
            f"INSERT INTO payment_attempts (id, session_id, {columns}) SELECT '{new_id()}', '{session_id}', {columns} "
            f"FROM payment_attempts WHERE session_id = '{started.session_id}'"
        )
        tale.pages.append(replace(first, session_id=session_id, payment_id=f"pi_{session_id}"))
    return tale


def invent(inside: Inside, chance: random.Random) -> Tale:
    """Place an order and let Stripe have a day with it."""
    tale = place(inside, pages=chance.choice([1, 1, 1, 2]))
    told = [_page(page, chance) for page in tale.pages]
    paid = [page for page, ends in zip(tale.pages, told, strict=True) if ends == "paid"]
    tale.events = [
        happened for page, ends in zip(tale.pages, told, strict=True) for happened in _events(page, ends, chance)
    ]
    if len(paid) == 1:
        tale.events += _afterwards(paid[0], chance)
    if chance.random() < 0.2:
        tale.events.append(event("customer.created", {"id": "cus_1", "object": "customer"}))
    tale.events = tale.events[:MAX_EVENTS]
    return tale


def _page(page: Story, chance: random.Random) -> str:
    return chance.choice(["paid", "paid", "paid", "expired", "slow", "slow_failed", "open"])


def _events(page: Story, ends: str, chance: random.Random) -> list[Event]:
    told = [page.failed() for _ in range(chance.choice([0, 0, 1, 2]))]
    if ends == "paid" and chance.random() < 0.25:
        return [*told, page.completed("unpaid"), page.succeeded(), page.delayed_succeeded()]
    if ends == "paid":
        return [*told, page.succeeded(), page.completed()]
    if ends == "expired":
        return [*told, page.expired()]
    if ends == "slow":
        return [*told, page.completed("unpaid")]
    return [*told, page.completed("unpaid"), page.failed(), page.delayed_failed()] if ends == "slow_failed" else told


def _afterwards(page: Story, chance: random.Random) -> list[Event]:
    """Refunds in parts or whole, one of which may fail at the bank, and a dispute."""
    told: list[Event] = []
    gone = 0
    for number in range(chance.choice([0, 0, 1, 1, 2, 3])):
        left = page.total_minor - gone
        amount = left if chance.random() < 0.4 else min(left, chance.randrange(1, 8) * 1_000_000)
        if not amount:
            break
        gone += amount
        key = f"{page.session_id.removeprefix('cs_test_fake')}x{number}"
        first = chance.choice(["pending", "succeeded"])
        told += [page.refund("created", amount, first, key=key), page.refunded(gone)]
        told.append(page.refund("updated", amount, "succeeded", key=key))
    if chance.random() < 0.15:
        told += [page.disputed(), page.disputed("closed", "won")][: chance.choice([1, 2])]
    return told


def expected(tale: Tale) -> dict[str, Any]:
    """Return how the order must stand when these events have come, in whatever order, however often."""
    names = [(told["type"], told["data"]["object"]) for told in tale.events]
    kinds = {name for name, _ in names}
    paid = {_payment(subject) for name, subject in names if _is_money(name, subject)}
    over = {subject["id"] for name, subject in names if name.endswith((".expired", "async_payment_failed"))}
    is_over = len(over) == len(tale.pages) or "checkout.session.async_payment_failed" in kinds
    is_slow = any(name.endswith(".completed") and subject["payment_status"] == "unpaid" for name, subject in names)
    gone = max([subject["amount_refunded"] for name, subject in names if name == "charge.refunded"], default=0)
    gone = max(gone, _arrived(names))
    if paid:
        payment = "refunded" if gone == tale.total_minor else "partially_refunded" if gone else "paid"
        status = "refunded" if gone == tale.total_minor else "confirmed"
    else:
        has_failed = kinds & {"payment_intent.payment_failed", "checkout.session.async_payment_failed"}
        payment = "processing" if is_slow and not is_over else "failed" if has_failed else "pending"
        status = "cancelled" if is_over else "pending"
    return {
        "status": status,
        "payment": payment,
        "refunded": gone,
        "disputed": "charge.dispute.created" in kinds and "charge.dispute.closed" not in kinds,
        "notes of disputes": len({told["id"] for told in tale.events if told["type"].startswith("charge.dispute")}),
        "payments": len(paid),
        "on the shelf": status not in ("confirmed",),
        "held": status == "pending",
        "shipments": int(bool(paid)),
        "confirmed by mail": bool(paid),
        "told of refunds": gone,
        "second payments going back": max(0, len(paid) - 1),
        "events": {told["id"]: "ignored" if told["type"] == "customer.created" else "done" for told in tale.events},
    }


def standing(inside: Inside, tale: Tale) -> dict[str, Any]:
    """Return how the order stands, by plain SQL."""
    books = inside.books
    order = books.rows(f"SELECT * FROM orders WHERE public_id = '{tale.order_id}'")[0]
    key = f"order_id = {order['id']}"
    moved = books.value(f"SELECT coalesce(sum(on_hand_delta), 0) FROM stock_movements WHERE {key}")
    mails = books.rows(f"SELECT template, context FROM outbox WHERE {key}")
    going = books.rows(f"SELECT payment_id, reason FROM refunds WHERE {key} AND reason = 'paid_twice'")
    ids = ", ".join(f"'{told['id']}'" for told in tale.events) or "''"
    return {
        "status": order["status"],
        "payment": order["payment_status"],
        "refunded": order["refunded_minor"],
        "disputed": bool(order["is_disputed"]),
        "notes of disputes": books.value(f"SELECT count(*) FROM order_events WHERE {key} AND note LIKE 'dispute%'"),
        "payments": len({order["payment_id"], *(row["payment_id"] for row in going)} - {None}),
        "on the shelf": moved == 0,
        "held": books.value(f"SELECT count(*) FROM stock_holds WHERE {key}") > 0,
        "shipments": books.value(f"SELECT count(*) FROM shipments WHERE {key}"),
        "confirmed by mail": [mail["template"] for mail in mails].count("order_confirmed") == 1,
        "told of refunds": sum(_amount(mail["context"]) for mail in mails if mail["template"] == "refund"),
        "second payments going back": len(going),
        "events": {row["id"]: row["state"] for row in books.rows(f"SELECT * FROM payment_events WHERE id IN ({ids})")},
    }


def differences(inside: Inside, tale: Tale, order_of_events: Sequence[Event] | None = None) -> list[str]:
    """Return what stands otherwise than the set of events demands."""
    wanted, found = expected(tale), standing(inside, tale)
    told = [one["type"] for one in order_of_events or tale.events]
    return [
        f"I5 {name}: {found[name]}, must be {wanted[name]} after {' '.join(told)}"
        for name in wanted
        if wanted[name] != found[name]
    ]


def _is_money(name: str, subject: dict[str, Any]) -> bool:
    if name.startswith("checkout.session"):
        return bool(subject["payment_status"] == "paid")
    return name in ("payment_intent.succeeded", "charge.refunded")


def _payment(subject: dict[str, Any]) -> str:
    return str(subject["id"] if subject["object"] == "payment_intent" else subject["payment_intent"])


def _arrived(names: list[tuple[str, dict[str, Any]]]) -> int:
    refunds = {subject["id"]: subject["amount"] for name, subject in names if name.startswith("refund.")}
    return sum(refunds.values())


def _amount(context: Any) -> int:
    import json

    return int((json.loads(context) if isinstance(context, str) else context)["amount_minor"])
