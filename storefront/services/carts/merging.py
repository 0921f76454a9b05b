"""Merging a guest's cart into the customer's at login."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storefront.database import db
from storefront.domain.basket import MAX_LINES
from storefront.domain.cart import Cart, CartLine
from storefront.domain.catalogue import MAX_QUANTITY
from storefront.domain.order import Order
from storefront.enums import ProductKind
from storefront.ids import digest
from storefront.services.carts.store import find, held_for, line_of, touch
from storefront.services.carts.views import Notice
from storefront.services.shopper import Shopper


def merge(cart_token: str | None, customer_id: str, now: datetime) -> list[Notice]:
    """Move a guest's cart into the customer's, inside the caller's transaction; return the notices for the shopper.

    Quantities of a variant add up, capped by stock and by `MAX_QUANTITY`; the guest's coupon, address,
    document and method win, because they were chosen last.
    """
    if cart_token is None:
        return []
    # Orders before carts, as a payment that arrives now locks them.
    placed = Order.cart_id.in_(select(Cart.id).where(Cart.token == digest(cart_token)))
    db.session.execute(select(Order.id).where(placed).with_for_update())
    guest = find(Shopper(cart_token=cart_token), lock=True)
    if guest is None:
        return []
    own = find(Shopper(customer_id=customer_id), lock=True)
    if own is None:
        guest.customer_id, guest.token = customer_id, None
        touch(guest, now)
        return []
    inside = {line.variant_id: line.quantity for line in own.lines}
    wanted = ((line.variant, line.quantity + inside.get(line.variant_id, 0)) for line in guest.lines)
    held = held_for(wanted, guest, own)
    notices = [notice for line in guest.lines if (notice := _move_line(line, own, held))]
    moved = len(guest.lines)
    if guest.coupon_code:
        own.coupon_terms = guest.coupon_terms
    for name in ("coupon_code", "email", "address", "document", "shipping_method"):
        setattr(own, name, getattr(guest, name) or getattr(own, name))
    # What was ordered from the guest's cart leaves, once it is paid, the cart that the goods are in now.
    db.session.execute(update(Order).where(Order.cart_id == guest.id).values(cart_id=own.id))
    db.session.delete(guest)
    touch(own, now)
    return [Notice("cart_merged", {"count": moved}), *notices] if moved else []


def _move_line(line: CartLine, own: Cart, held: Mapping[str, int]) -> Notice | None:
    there = line_of(own, line.variant_id)
    if there is None and len(own.lines) >= MAX_LINES:
        return Notice("not_merged", _names(line))
    wanted = line.quantity + (there.quantity if there else 0)
    free = MAX_QUANTITY if line.variant.kind == ProductKind.DIGITAL else line.variant.available
    limit = free + held.get(line.variant_id, 0)
    if line.variant.is_plan:
        wanted = 1
    fitting = max(1, min(wanted, limit, MAX_QUANTITY))
    if there:
        there.quantity = fitting
    else:
        own.lines.append(CartLine(variant=line.variant, quantity=fitting, seen_price_minor=line.seen_price_minor))
    if fitting < wanted:
        return Notice("quantity_capped", _names(line) | {"quantity": fitting})
    return None


def _names(line: CartLine) -> dict[str, Any]:
    """Return the name in both languages: the language of whoever signs in need not be that of this page."""
    return {"name": line.variant.name_in("es"), "name_en": line.variant.name_in("en")}
