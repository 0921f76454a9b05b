"""The judge: what must be true of the shop's books and of Stripe's ledger after anything whatever.

Own SQL on the shop's tables and the simulator's own file; no code of the shop is asked. Each check yields
sentences about what is wrong. I1 stock, I2 money, I3 one order per paid session, I4 no paid session without
its order, I5 events once, I6 mail, I7 coupons, I8 holds; I9, the answers' statuses, is counted where they arrive.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaigns.databases import Books, Row

PAID = ("paid", "partially_refunded", "refunded")
FULFILLED = ("confirmed", "processing", "shipped", "delivered")


@dataclass
class Ledger:
    """What Stripe holds: sessions, payment intents, charges and refunds by id, as the API shows them."""

    sessions: dict[str, Row] = field(default_factory=dict)
    intents: dict[str, Row] = field(default_factory=dict)
    charges: dict[str, Row] = field(default_factory=dict)
    refunds: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Read the simulator's file."""
        kinds = {"checkout.session": "sessions", "payment_intent": "intents", "charge": "charges", "refund": "refunds"}
        found = cls()
        connection = sqlite3.connect(path, timeout=10)
        try:
            for kind, body in connection.execute("SELECT kind, body FROM objects ORDER BY seq"):
                if kind in kinds:
                    made = json.loads(body)
                    getattr(found, kinds[kind])[made["id"]] = made
        finally:
            connection.close()
        return found

    @property
    def captured(self) -> dict[str, int]:
        """Return the amount that was taken, by payment intent."""
        return {key: row["amount_received"] for key, row in self.intents.items() if row["status"] == "succeeded"}

    @property
    def returned(self) -> Counter[str]:
        """Return the amount that went back, by payment intent."""
        back: Counter[str] = Counter()
        for refund in self.refunds.values():
            if refund["status"] in ("succeeded", "pending"):
                back[refund["payment_intent"]] += refund["amount"]
        return back


def examine(books: Books, ledger: Ledger | None = None, *, is_quiet: bool = True) -> list[str]:
    """Return what is wrong; `is_quiet` says that everything had its time, so nothing may be under way any more."""
    checks: list[Iterable[str]] = [_stock(books), _sales(books), _states(books), _coupons(books), _events(books)]
    if is_quiet:
        checks.append(_leftovers(books))
    if ledger is not None:
        checks += [_payments(books, ledger), _refunds(books, ledger), _sessions(books, ledger, is_quiet)]
    return [fault for check in checks for fault in check]


def mail(books: Books, delivered: Iterable[str], drops: int = 0) -> list[str]:
    """I6: each mail of the outbox arrived, no other did, and twice only after a drop."""
    counts = Counter(message_id.strip("<>").split("@")[0] for message_id in delivered)
    rows = {row["id"]: row for row in books.rows("SELECT id, key, sent_at, recipient FROM outbox")}
    faults = [f"I6 mail {rows[key]['key']} never arrived" for key in rows if not counts[key]]
    faults += [f"I6 a mail {key} arrived that no row tells of" for key in counts if key not in rows]
    extra = sum(n - 1 for n in counts.values() if n > 1)
    if extra > drops:
        faults.append(f"I6 {extra} duplicates after {drops} dropped answers")
    return faults


def _stock(books: Books) -> Iterator[str]:
    for row in books.rows("""
        SELECT s.variant_id, s.initial, s.on_hand, s.reserved,
               (SELECT coalesce(sum(on_hand_delta), 0) FROM stock_movements WHERE variant_id = s.variant_id) AS moved,
               (SELECT coalesce(sum(reserved_delta), 0) FROM stock_movements WHERE variant_id = s.variant_id) AS held,
               (SELECT coalesce(sum(quantity), 0) FROM stock_holds WHERE variant_id = s.variant_id) AS holds
        FROM stock s"""):
        if row["initial"] + row["moved"] != row["on_hand"]:
            yield f"I1 on hand is not initial + ledger: {row}"
        if not row["held"] == row["holds"] == row["reserved"]:
            yield f"I1 reserved, ledger and holds disagree: {row}"
        if not 0 <= row["reserved"] <= row["on_hand"]:
            yield f"I1 oversold: {row}"


def _sales(books: Books) -> Iterator[str]:
    """I1 per order: what was paid for left the shelf once, what was not did not, and nothing came back twice."""
    moved: dict[tuple[int, str], int] = {
        (row["order_id"], row["variant_id"]): row["n"]
        for row in books.rows(
            "SELECT order_id, variant_id, sum(on_hand_delta) AS n FROM stock_movements GROUP BY order_id, variant_id"
        )
    }
    for row in books.rows("""
        SELECT o.id, o.status, o.payment_status, l.variant_id, sum(l.quantity) AS sold, sum(l.restocked) AS back
        FROM orders o JOIN order_lines l ON l.order_id = o.id
        WHERE l.kind = 'physical' AND l.variant_id IS NOT NULL GROUP BY o.id, o.status, o.payment_status, l.variant_id
    """):
        n = moved.get((row["id"], row["variant_id"]), 0)
        if row["status"] in FULFILLED and n != row["back"] - row["sold"]:
            yield f"I1 a fulfilled order moved {n}: {row}"
        if row["status"] == "refunded" and not row["back"] - row["sold"] <= n <= 0:
            yield f"I1 a refunded order moved {n}: {row}"
        if row["payment_status"] not in PAID and n != 0:
            yield f"I1 an unpaid order moved {n}: {row}"
        if n > 0 or n < -row["sold"]:
            yield f"I1 sold or restocked twice, moved {n}: {row}"


def _states(books: Books) -> Iterator[str]:
    for row in books.rows("SELECT * FROM orders"):
        name = f"order {row['id']} {row['status']}/{row['payment_status']}"
        if (row["paid_at"] is not None) != (row["payment_status"] in PAID):
            yield f"I2 {name}: paid without a time, or a time without payment"
        if row["status"] in FULFILLED and row["payment_status"] not in ("paid", "partially_refunded"):
            yield f"I2 {name}: fulfilled without money"
        if row["status"] == "refunded" and row["refunded_minor"] != row["total_minor"]:
            yield f"I2 {name}: refunded {row['refunded_minor']} of {row['total_minor']}"
    held = "SELECT DISTINCT o.id, o.status FROM stock_holds h JOIN orders o ON o.id = h.order_id"
    for row in books.rows(held):
        if row["status"] != "pending":
            yield f"I8 order {row['id']} is {row['status']} and holds stock"
    moves = "SELECT order_id, kind, new, count(*) AS n FROM order_events WHERE kind IN ('status', 'payment')"
    for row in books.rows(f"{moves} GROUP BY order_id, kind, new HAVING count(*) > 1"):
        if row["new"] not in ("failed", "processing"):
            yield f"I5 order {row['order_id']} became {row['new']} {row['n']} times"


def _coupons(books: Books) -> Iterator[str]:
    for row in books.rows("""
        SELECT c.code, c.used_count, c.max_uses,
               (SELECT count(*) FROM coupon_uses u WHERE u.coupon_id = c.id AND u.returned_at IS NULL) AS uses,
               (SELECT count(*) FROM coupon_uses u JOIN orders o ON o.id = u.order_id
                WHERE u.coupon_id = c.id AND u.returned_at IS NULL
                AND o.status = 'cancelled' AND o.paid_at IS NULL) AS stuck
        FROM coupons c"""):
        if row["used_count"] != row["uses"]:
            yield f"I7 counted and kept uses disagree: {row}"
        if row["max_uses"] is not None and row["uses"] > row["max_uses"]:
            yield f"I7 used more often than allowed: {row}"
        if row["stuck"]:
            yield f"I7 a cancelled order keeps its use: {row}"


def _events(books: Books) -> Iterator[str]:
    shipments = "SELECT order_id, count(*) AS n FROM shipments GROUP BY order_id HAVING count(*) > 1"
    for row in books.rows(shipments):
        yield f"I5 order {row['order_id']} has {row['n']} shipments"
    doubled = "SELECT key, count(*) AS n FROM outbox GROUP BY key HAVING count(*) > 1"
    for row in books.rows(doubled):
        yield f"I5 mail {row['key']} was written {row['n']} times"
    unmailed = """SELECT id FROM orders WHERE status IN ('confirmed', 'processing', 'shipped', 'delivered')
                  AND id NOT IN (SELECT order_id FROM outbox WHERE template = 'order_confirmed')"""
    for row in books.rows(unmailed):
        yield f"I6 order {row['id']} was never confirmed by mail"


def _leftovers(books: Books) -> Iterator[str]:
    """What may be under way for a while, and not for ever."""
    for row in books.rows("SELECT id, type, error FROM payment_events WHERE state = 'failed'"):
        yield f"I5 event {row['id']} {row['type']} failed: {row['error'][-200:]}"
    for row in books.rows("SELECT id, reason FROM refunds WHERE status = 'requested'"):
        yield f"I2 refund {row['id']} ({row['reason']}) was never sent"
    asked = """SELECT a.id FROM payment_attempts a JOIN orders o ON o.id = a.order_id
               WHERE a.state = 'asked' AND o.status = 'pending'"""
    for row in books.rows(asked):
        yield f"I8 attempt {row['id']} never got its answer"


def _payments(books: Books, ledger: Ledger) -> Iterator[str]:
    """I2: each amount that Stripe took is an order's, under review, or on its way back; and no order invents one."""
    orders = {row["payment_id"]: row for row in books.rows("SELECT * FROM orders WHERE payment_id IS NOT NULL")}
    promised: Counter[str] = Counter()
    for row in books.rows("SELECT payment_id, amount_minor, status FROM refunds"):
        if row["status"] in ("requested", "pending", "succeeded"):
            promised[row["payment_id"]] += row["amount_minor"]
    for key, amount in ledger.captured.items():
        order = orders.get(key)
        if ledger.returned[key] > amount:
            yield f"I2 {key}: {ledger.returned[key]} went back of {amount}"
        if order is None:
            if max(ledger.returned[key], promised[key]) != amount:
                yield f"I4 {key}: {amount} taken, and no order knows of it"
        elif not order["review_reason"] and order["total_minor"] != amount:
            yield f"I2 {key}: {amount} taken for {order['total_minor']}"
        elif order["status"] == "cancelled" and max(ledger.returned[key], promised[key]) != amount:
            yield f"I2 {key}: {amount} kept for cancelled order {order['id']}"
    for key, order in orders.items():
        if key not in ledger.captured:
            yield f"I2 order {order['id']} counts as paid by {key}, which Stripe does not know"


def _refunds(books: Books, ledger: Ledger) -> Iterator[str]:
    """I2: the shop's refunds are Stripe's, one for one, and each order knows the sum of its own."""
    rows = books.rows("SELECT * FROM refunds")
    by_reference: dict[str, list[Row]] = defaultdict(list)
    for refund in ledger.refunds.values():
        by_reference[refund["metadata"].get("refund_id", "")].append(refund)
    for row in rows:
        made = by_reference.get(row["id"], [])
        if len(made) > 1:
            yield f"I2 refund {row['id']} was made {len(made)} times"
        if row["status"] == "succeeded" and row["provider_id"] not in ledger.refunds:
            yield f"I2 refund {row['id']} succeeded and Stripe does not know it"
        if made and row["status"] in ("failed", "canceled") and made[0]["status"] == "succeeded":
            yield f"I2 refund {row['id']} is {row['status']} here and succeeded at Stripe"
    known = {row["provider_id"] for row in rows}
    for key, refund in ledger.refunds.items():
        if refund["status"] == "succeeded" and key not in known:
            yield f"I2 Stripe made refund {key} of {refund['amount']}, unknown here"
    for order in books.rows("SELECT id, payment_id, refunded_minor FROM orders WHERE payment_id IS NOT NULL"):
        if ledger.returned[order["payment_id"]] != order["refunded_minor"]:
            back = ledger.returned[order["payment_id"]]
            yield f"I2 order {order['id']} says {order['refunded_minor']} refunded, Stripe {back}"


def _sessions(books: Books, ledger: Ledger, is_quiet: bool) -> Iterator[str]:
    """I3, I4, I8: one session for an attempt, one order for a session, and no hold behind a dead page."""
    attempts = books.rows("""
        SELECT a.id, a.session_id, a.state, o.public_id, o.status, o.paid_at, o.review_reason
        FROM payment_attempts a JOIN orders o ON o.id = a.order_id""")
    by_session = {row["session_id"]: row for row in attempts if row["session_id"]}
    per_order = Counter(row["public_id"] for row in attempts)
    sessions = Counter(row["metadata"].get("order_id") for row in ledger.sessions.values())
    for public_id, n in sessions.items():
        if n > per_order[public_id]:
            yield f"I3 {n} sessions for {per_order[public_id]} attempts of order {public_id}"
    for key, session in ledger.sessions.items():
        row = by_session.get(key)
        is_paid = session["status"] == "complete" and session["payment_status"] == "paid"
        if is_paid and (row is None or not (row["paid_at"] or row["review_reason"])):
            yield f"I4 session {key} is paid and its order is not"
        if (
            is_quiet
            and row
            and session["status"] == "expired"
            and row["status"] == "pending"
            and row["state"] == "open"
        ):
            yield f"I8 session {key} is expired and order {row['public_id']} still waits for it"
        if is_quiet and session["status"] == "open" and (row is None or row["status"] == "cancelled"):
            yield f"I8 session {key} can be paid and its order is cancelled or unknown"
