"""A shop as revision 0001 made its tables, with orders of every state; written with the tables of that day alone.

Nothing of today's models is used: the tables are read from the database, and the rows are spelled out here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, column, null, select

DAY = datetime(2026, 11, 3, 15, 30, tzinfo=UTC)
"""When the first order was placed; each of the others is an hour younger."""

PRICE = 12_990_000
"""Of the physical product; IVA of 19 % is part of it. The digital one costs 2 490 000 and bears none."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """An order's way: the states that it went through, of the order and of its payment, and its parcel's state."""

    steps: tuple[str, ...]
    payments: tuple[str, ...]
    parcel: str | None = None
    refunded_units: int = 0

    @property
    def status(self) -> str:
        """Return where the order stands."""
        return self.steps[-1] if self.steps else "pending"

    @property
    def payment_status(self) -> str:
        """Return where its money stands."""
        return self.payments[-1] if self.payments else "pending"

    @property
    def was_sold(self) -> bool:
        """Return whether units left the stock for it."""
        return "confirmed" in self.steps


SENT = ("confirmed", "processing", "shipped")
PART = ("paid", "partially_refunded")
CASES = (
    Case((), ()),
    Case((), ("processing",)),
    Case((), ("failed",)),
    Case(("cancelled",), ()),
    Case(("cancelled",), ("failed",)),
    Case(("cancelled",), ("paid", "refunded"), None, 2),
    Case(("confirmed",), ("paid",), "to_prepare"),
    Case(("confirmed",), PART, "to_prepare", 1),
    Case(("confirmed", "cancelled"), ("paid", "refunded"), "to_prepare", 2),
    Case(("confirmed", "refunded"), ("paid", "refunded"), "to_prepare", 2),
    Case(SENT[:2], ("failed", "paid"), "to_prepare"),
    Case(SENT[:2], PART, "ready_for_pickup", 1),
    Case(SENT, ("paid",), "shipped"),
    Case(SENT, PART, "shipped", 1),
    Case((*SENT, "delivered"), ("paid",), "delivered"),
    Case((*SENT, "delivered"), PART, "collected", 1),
    Case((*SENT, "delivered", "returned"), ("paid",), "delivered"),
    Case((*SENT, "returned"), PART, "shipped", 1),
    Case((*SENT, "delivered", "returned", "refunded"), ("paid", "refunded"), "delivered", 2),
)
STATES = {"pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "returned", "refunded"}
PAYMENT_STATES = {"pending", "processing", "paid", "failed", "partially_refunded", "refunded"}


def key(text: str) -> str:
    """Return a text of twenty-six characters, as ids are."""
    return text.upper().ljust(26, "0")


def write(connection: Connection) -> None:
    """Fill the empty tables of revision 0001."""
    tables = MetaData()
    tables.reflect(connection)
    for name, rows in shop().items():
        if rows:
            connection.execute(tables.tables[name].insert(), rows)


def snapshot(
    connection: Connection,
    tables: MetaData,
    *,
    without: Collection[tuple[str, str]] = (),
    renamed: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> dict[str, list[Row]]:
    """Return every row of these tables, in the order of their keys, without some columns, by their first names."""
    return {
        name: _rows(connection, table, [c for c in table.columns if (name, c.name) not in without], renamed)
        for name, table in tables.tables.items()
        if name != "alembic_version"
    }


def _rows(
    connection: Connection, table: Table, columns: list[Column[Any]], renamed: Mapping[tuple[str, str], str]
) -> list[Row]:
    now = {c.name: column(renamed.get((table.name, c.name), c.name), c.type) for c in table.columns}
    keys = (now[c.name] for c in table.primary_key.columns)
    statement = select(*(now[c.name].label(c.name) for c in columns)).select_from(table).order_by(*keys)
    found = connection.execute(statement).mappings()
    return [{name: _comparable(value) for name, value in row.items()} for row in found]


def _comparable(value: Any) -> Any:
    # SQLite forgets that times are those of UTC.
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def shop() -> dict[str, list[Row]]:
    """Return the rows of each table, in an order in which they can be written."""
    rows: dict[str, list[Row]] = goods() | people()
    for name in ("orders", "order_lines", "order_events", "payment_attempts", "payment_events", "refunds", "shipments",
                 "coupon_uses", "stock", "stock_holds", "stock_movements", "outbox"):  # fmt: skip
        rows[name] = []
    for number, case in enumerate(CASES, 1):
        _add_order(rows, number, case)
    used = sum(use["returned_at"] is None for use in rows["coupon_uses"])
    rows["coupons"] = [coupon("FIT10", used_count=used), coupon("LIMITE3", kind="fixed", value=2_000_000, max_uses=3)]
    moves = [row for row in rows["stock_movements"] if row["product_id"] == key("whey")]
    on_hand, reserved = (sum(row[name] for row in moves) for name in ("on_hand_delta", "reserved_delta"))
    rows["stock"] = [{"product_id": key("whey"), "initial": 100, "on_hand": 100 + on_hand, "reserved": reserved}]
    rows["payment_events"] += [
        event("evt_ignored", "customer.created", "ignored", None),
        event("evt_failed", "charge.refunded", "failed", None, error="KeyError: 'refunds'"),
        event("evt_waiting", "charge.dispute.created", "waiting", None),
    ]
    rows["outbox"] += [
        mail("reset:1", "password_reset", None, is_sent=True),
        mail("verify:1", "email_verification", None),
    ]
    # Coupons and goods come before what refers to them.
    first = ["categories", "products", "coupons", "customers", "carts", "cart_lines", "orders", "order_lines"]
    return {name: rows[name] for name in [*first, *(name for name in rows if name not in first)]}


def goods() -> dict[str, list[Row]]:
    """Return a shelf with a product of each kind."""
    named = {"category_id": 1, "brand": "Fit", "description": "Una", "description_en": "One", "is_published": True,
             "original_price_minor": None, "interval": None, "popularity": 3, "created_at": DAY, "image": "uno",
             "tax_rate": "general"}  # fmt: skip
    products = [
        named | {"id": key("whey"), "slug": "whey-protein-2lb", "kind": "physical", "price_minor": PRICE,
                 "original_price_minor": 15_990_000, "name": "Proteína", "name_en": "Protein",
                 "search_text": "proteina"},
        named | {"id": key("guide"), "slug": "guia-primer-mes-gimnasio", "kind": "digital", "price_minor": 2_490_000,
                 "name": "Guía", "name_en": "Guide", "search_text": "guia", "tax_rate": "zero"},
        named | {"id": key("plan"), "slug": "fitaiid-premium-mensual", "kind": "subscription", "price_minor": 2_990_000,
                 "interval": "month", "name": "Premium", "name_en": "Premium", "search_text": "premium"},
    ]  # fmt: skip
    return {
        "categories": [{"id": 1, "slug": "nutricion", "name": "Nutrición", "name_en": "Nutrition"}],
        "products": products,
    }


def address(name: str) -> Row:
    """Return an address as an order keeps it."""
    return {
        "first_name": name, "last_name": "Pérez", "phone": "+573001234567", "street": "Calle 10 # 5-51",
        "city": "Bogotá", "department": "Bogotá D.C.", "zip_code": "110111", "country": "Colombia",
    }  # fmt: skip


def people() -> dict[str, list[Row]]:
    """Return customers with and without an address, their carts, links and logins."""
    kept = {"password_hash": "x", "last_name": "Pérez", "phone": None, "accepts_marketing": True, "is_staff": False,
            "email_verified_at": DAY, "created_at": DAY, "language": "es"}  # fmt: skip
    customers = [
        kept | {"id": key("ana"), "email": "ana@example.com", "first_name": "Ana", "address": address("Ana")},
        # An address that is none may be SQL's NULL or JSON's.
        kept | {"id": key("luz"), "email": "luz@example.com", "first_name": "Luz", "address": null()},
        kept | {"id": key("eva"), "email": "eva@example.com", "first_name": "Eva", "address": None, "is_staff": True},
    ]
    cart = {
        "revision": 2,
        "coupon_code": None,
        "email": None,
        "shipping_method": None,
        "address": null(),
        "updated_at": DAY,
    }
    carts = [
        cart | {"id": 1, "token": "a" * 64, "customer_id": None},
        cart | {"id": 2, "token": None, "customer_id": key("luz"), "coupon_code": "FIT10", "shipping_method": "express",
                "email": "luz@example.com", "address": address("Luz")},
    ]  # fmt: skip
    line = {"quantity": 2, "seen_price_minor": PRICE}
    lines = [line | {"id": n, "cart_id": n, "product_id": key(product)} for n, product in ((1, "whey"), (2, "guide"))]
    links = [{"id": "l" * 64, "customer_id": key("ana"), "purpose": "reset", "expires_at": DAY, "used_at": None}]
    login = {"id": "s" * 64, "customer_id": key("ana"), "door": "web", "refresh_id": None, "created_at": DAY,
             "expires_at": DAY + timedelta(days=60), "revoked_at": None}  # fmt: skip
    return {"customers": customers, "carts": carts, "cart_lines": lines, "email_links": links, "logins": [login]}


def coupon(code: str, **changes: Any) -> Row:
    """Return a coupon of ten per cent, or what the changes say."""
    row = {"code": code, "kind": "percent", "value": 10, "cap_minor": None, "minimum_minor": 0, "starts_at": None,
           "ends_at": None, "max_uses": None, "max_uses_per_customer": None, "is_first_order_only": False,
           "categories": [], "products": [], "is_active": True, "used_count": 0}  # fmt: skip
    return row | {"id": 1 if code == "FIT10" else 2} | changes


def event(event_id: str, kind: str, state: str, order_id: int | None, error: str = "") -> Row:
    """Return an event of the provider."""
    return {"id": event_id, "type": kind, "state": state, "order_id": order_id, "payload": {"id": event_id},
            "error": error, "created_at": DAY, "received_at": DAY}  # fmt: skip


def mail(occasion: str, template: str, order_id: int | None, *, is_sent: bool = False) -> Row:
    """Return a mail that was sent, or one that waits."""
    mail_id = key("".join(reversed(occasion.split(":"))))
    return {"id": mail_id, "key": occasion, "template": template, "recipient": "ana@example.com",
            "language": "es", "order_id": order_id, "context": {}, "created_at": DAY, "available_at": DAY,
            "tries": int(is_sent), "sent_at": DAY if is_sent else None, "dead_at": None, "error": ""}  # fmt: skip


def _add_order(rows: dict[str, list[Row]], number: int, case: Case) -> None:
    at, has_coupon = DAY + timedelta(hours=number), number % 3 == 0
    lines = list(_lines(number, case, has_coupon))
    rows["order_lines"] += lines
    rows["orders"].append(_order(number, case, lines, at))
    rows["order_events"] += _history(rows, number, case, at)
    rows["stock_movements"] += _movements(rows, number, case, at)
    is_open = case.status == "pending"
    if is_open:
        rows["stock_holds"].append({"order_id": number, "product_id": key("whey"), "quantity": 2})
    if has_coupon:
        returned = at if case.status in ("cancelled", "refunded") else None
        rows["coupon_uses"].append(
            {"order_id": number, "coupon_id": 1, "email": "ana@example.com", "returned_at": returned}
        )
    if case.parcel:
        rows["shipments"].append(_parcel(number, case.parcel, at))
    is_paid = "paid" in case.payments
    state = "paid" if is_paid else "open" if is_open else "closed"
    rows["payment_attempts"].append(
        {"id": key(f"{number:02}attempt"), "order_id": number, "state": state, "request": {"total_minor": 1},
         "session_id": f"cs_test_{number}", "url": f"https://checkout.stripe.com/c/pay/cs_test_{number}",
         "expires_at": at + timedelta(minutes=31), "created_at": at}
    )  # fmt: skip
    if is_paid:
        rows["payment_events"].append(event(f"evt_{number}", "checkout.session.completed", "done", number))
        rows["outbox"].append(mail(f"order_confirmed:{number}", "order_confirmed", number, is_sent=True))
    if case.refunded_units:
        rows["refunds"].append(
            {"id": key(f"{number:02}refund"), "order_id": number, "provider_id": f"re_{number}",
             "payment_id": f"pi_{number}", "amount_minor": rows["orders"][-1]["refunded_minor"],
             "status": "succeeded", "reason": "requested_by_customer",
             "lines": [{"line": lines[0]["id"], "units": case.refunded_units}], "created_at": at}
        )  # fmt: skip


def _lines(number: int, case: Case, has_coupon: bool) -> Iterator[Row]:
    discount = 2 * PRICE // 10 if has_coupon else 0
    paid = 2 * PRICE - discount
    line = {"order_id": number, "image": "uno", "restocked": 0, "refunded": 0}
    yield line | {
        "id": 2 * number, "product_id": key("whey"), "slug": "whey-protein-2lb", "kind": "physical", "name": "Proteína",
        "quantity": 2, "unit_price_minor": PRICE, "total_minor": 2 * PRICE, "discount_minor": discount,
        "tax_minor": paid - round(paid / 1.19), "tax_basis_points": 1900, "refunded": case.refunded_units,
        "restocked": case.refunded_units if case.was_sold else 0,
    }  # fmt: skip
    if number % 4 == 0 and case.refunded_units == 0:
        yield line | {
            "id": 2 * number + 1, "product_id": key("guide"), "slug": "guia-primer-mes-gimnasio", "kind": "digital",
            "name": "Guía", "quantity": 1, "unit_price_minor": 2_490_000, "total_minor": 2_490_000, "discount_minor": 0,
            "tax_minor": 0, "tax_basis_points": 0,
        }  # fmt: skip


def _order(number: int, case: Case, lines: list[Row], at: datetime) -> Row:
    subtotal, discount = sum(line["total_minor"] for line in lines), sum(line["discount_minor"] for line in lines)
    total, is_paid = subtotal - discount + 2_500_000, "paid" in case.payments
    part = (lines[0]["total_minor"] - lines[0]["discount_minor"]) // 2
    owner = key("ana") if number % 2 else None
    return {
        "id": number, "public_id": key(f"{number:02}order"), "token": f"{number}".rjust(43, "t"), "cart_id": None,
        "checkout_key": f"cart:{number}" if case.status == "pending" else None, "customer_id": owner,
        "email": "ana@example.com", "language": "es" if number % 2 else "en", "network": "n" * 64,
        "status": case.status, "payment_status": case.payment_status, "currency": "COP",
        "subtotal_minor": subtotal, "discount_minor": discount,
        "shipping_minor": 2_500_000, "tax_minor": sum(line["tax_minor"] for line in lines), "total_minor": total,
        "refunded_minor": {0: 0, 1: part, 2: total}[case.refunded_units], "seal": "e" * 64,
        "payment_id": f"pi_{number}" if is_paid else None, "coupon_code": "FIT10" if discount else None,
        "shipping_method": "pickup" if case.parcel in ("ready_for_pickup", "collected") else "standard",
        "address": address("Ana"), "delivery_earliest": "2026-11-05", "delivery_latest": "2026-11-09",
        "notes": "Dejar en portería", "consent": null(), "review_reason": None, "is_disputed": number == 7,
        "placed_at": at, "hold_until": at + timedelta(days=3650) if case.status == "pending" else None,
        "paid_at": at if is_paid else None,
    }  # fmt: skip


def _history(rows: dict[str, list[Row]], number: int, case: Case, at: datetime) -> Iterator[Row]:
    first = len(rows["order_events"]) + 1
    chains = (("payment", ("pending", *case.payments)), ("status", ("pending", *case.steps)))
    moves = [(kind, old, new) for kind, chain in chains for old, new in pairwise(chain)]
    for n, (kind, old, new) in enumerate(moves, first):
        yield {
            "id": n,
            "order_id": number,
            "kind": kind,
            "old": old,
            "new": new,
            "cause": "webhook",
            "note": "",
            "at": at,
        }


def _movements(rows: dict[str, list[Row]], number: int, case: Case, at: datetime) -> Iterator[Row]:
    moves = [("hold", 0, 2)]
    if case.was_sold:
        moves.append(("sale", -2, -2))
        if case.refunded_units:
            moves.append(("restock", case.refunded_units, 0))
    elif case.status != "pending":
        moves.append(("release", 0, -2))
    for n, (reason, on_hand, reserved) in enumerate(moves, len(rows["stock_movements"]) + 1):
        yield {"id": n, "product_id": key("whey"), "order_id": number, "reason": reason, "on_hand_delta": on_hand,
               "reserved_delta": reserved, "at": at}  # fmt: skip


def _parcel(number: int, state: str, at: datetime) -> Row:
    is_sent, has_arrived = state != "to_prepare", state in ("delivered", "collected")
    carrier = None if not is_sent else "pickup" if state in ("ready_for_pickup", "collected") else "servientrega"
    guide = "123" if carrier == "servientrega" else None
    return {"order_id": number, "state": state, "carrier": carrier, "guide": guide, "tracking_url": None,
            "created_at": at, "shipped_at": at if is_sent else None,
            "delivered_at": at if has_arrived else None}  # fmt: skip
