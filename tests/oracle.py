"""What must be true of the books after anything whatever; own SQL, so that it shares no mistake with the shop."""

from collections import defaultdict
from itertools import pairwise

from sqlalchemy import Connection, text

from storefront.database import db

_STOCK = """
SELECT s.variant_id, s.initial, s.on_hand, s.reserved,
       (SELECT coalesce(sum(m.on_hand_delta), 0) FROM stock_movements m WHERE m.variant_id = s.variant_id) AS moved,
       (SELECT coalesce(sum(m.reserved_delta), 0) FROM stock_movements m WHERE m.variant_id = s.variant_id) AS promised,
       (SELECT coalesce(sum(h.quantity), 0) FROM stock_holds h WHERE h.variant_id = s.variant_id) AS held
FROM stock s
"""
_SOLD = """
SELECT o.id, o.status, l.variant_id, l.quantity, l.restocked,
       (SELECT coalesce(sum(m.on_hand_delta), 0) FROM stock_movements m
        WHERE m.order_id = o.id AND m.variant_id = l.variant_id) AS moved
FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE l.kind = 'physical' AND l.variant_id IS NOT NULL
"""
_COUPONS = """
SELECT c.code, c.used_count, c.max_uses,
       (SELECT count(*) FROM coupon_uses u WHERE u.coupon_id = c.id AND u.returned_at IS NULL) AS used
FROM coupons c
"""
_ORDERS = """
SELECT o.id, o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor, o.refunded_minor,
       count(l.id) AS lines, sum(l.total_minor) AS line_totals, sum(l.discount_minor) AS line_discounts,
       sum(l.tax_minor) AS line_taxes, sum(CASE WHEN l.restocked > l.quantity THEN 1 ELSE 0 END) AS overstocked
FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id GROUP BY o.id
"""
_PAID = ("paid", "partially_refunded", "refunded")


def check() -> None:
    """Raise AssertionError if stock, coupons, sums or histories do not agree."""
    db.session.rollback()
    with db.engine.connect() as connection:
        _check_stock(connection)
        _check_coupons(connection)
        _check_sums(connection)
        _check_histories(connection)
        _check_states(connection)


def _check_stock(connection: Connection) -> None:
    for row in connection.execute(text(_STOCK)):
        assert row.initial + row.moved == row.on_hand, f"ledger: {row}"
        assert row.promised == row.reserved == row.held, f"holds: {row}"
        assert 0 <= row.reserved <= row.on_hand, f"oversold: {row}"
    for row in connection.execute(text(_SOLD)):
        assert row.moved in (0, row.restocked - row.quantity), f"sold or restocked twice: {row}"


def _check_coupons(connection: Connection) -> None:
    for row in connection.execute(text(_COUPONS)):
        assert row.used_count == row.used, f"coupon: {row}"
        assert row.max_uses is None or row.used <= row.max_uses, f"coupon overused: {row}"


def _check_sums(connection: Connection) -> None:
    for row in connection.execute(text(_ORDERS)):
        assert row.total_minor == row.subtotal_minor - row.discount_minor + row.shipping_minor, row
        assert row.lines > 0, f"order without lines: {row}"
        sums = (row.line_totals, row.line_discounts, row.line_taxes)
        assert sums == (row.subtotal_minor, row.discount_minor, row.tax_minor), row
        assert 0 <= row.refunded_minor <= row.total_minor, row
        assert not row.overstocked, row


def _check_histories(connection: Connection) -> None:
    steps = defaultdict(list)
    for row in connection.execute(text("SELECT * FROM order_events ORDER BY id")):
        assert row.cause, f"a step without a cause: {row}"
        steps[row.order_id, row.kind].append((row.old, row.new))
    for row in connection.execute(text("SELECT id, status, payment_status FROM orders")):
        for kind, now in (("status", row.status), ("payment", row.payment_status)):
            chain = [("", "pending"), *steps[row.id, kind]]
            assert all(before[1] == after[0] for before, after in pairwise(chain)), f"broken history: {chain}"
            assert chain[-1][1] == now, f"history ends elsewhere: {chain}, {row}"


def _check_states(connection: Connection) -> None:
    for row in connection.execute(text("SELECT id, status, payment_status, paid_at, hold_until FROM orders")):
        assert (row.paid_at is not None) == (row.payment_status in _PAID), f"paid without a time: {row}"
        if row.status in ("confirmed", "processing", "shipped", "delivered"):
            assert row.payment_status in ("paid", "partially_refunded"), f"fulfilled without money: {row}"
    held = "SELECT o.id, o.status FROM orders o JOIN stock_holds h ON h.order_id = o.id"
    for row in connection.execute(text(held)):
        assert row.status == "pending", f"a hold that nobody waits for: {row}"
