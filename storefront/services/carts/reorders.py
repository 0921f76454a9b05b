"""Reorders: what is still available of an order goes into the cart, and the rest is reported with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass

from storefront import clock
from storefront.database import transaction
from storefront.domain.cart import Cart, is_first
from storefront.domain.catalogue import Variant, load_variants
from storefront.domain.order import Order
from storefront.errors import InvalidInput, OutOfStock, ProductUnavailable
from storefront.services import carts
from storefront.services.carts import Change, Notice
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import management


@dataclass(frozen=True, slots=True)
class Again:
    """What came of it: the cart's change, if anything went in, the units that did, and what did not, with why."""

    change: Change | None
    added: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A line of the order, as it is read before the transaction forgets it."""

    variant_id: str
    name: str
    quantity: int


class _NothingFits(Exception):
    """Nothing went in, so the cart stays as it was."""

    def __init__(self, notices: tuple[Notice, ...]) -> None:
        self.notices = notices


def buy_again(shopper: Shopper, order: Order, *, language: str, key: str = "") -> Again:
    """Put an order's goods into the cart at today's prices, as many as there are; the order comes with its lines.

    The same form, known by its `key`, fills the same cart once.
    """
    submission = f"again:{order.id}:{key}" if key else ""
    wanted = [_Wanted(line.variant_id or "", line.name, line.quantity) for line in order.lines]
    try:
        with transaction():
            return _fill(shopper, wanted, submission, language)
    except _NothingFits as nothing:
        return Again(None, 0, nothing.notices)


def _fill(shopper: Shopper, wanted: list[_Wanted], submission: str, language: str) -> Again:
    now = clock.now()
    variants = load_variants([line.variant_id for line in wanted])
    cart, token = carts.open_cart(shopper, now)
    added, notices = 0, []
    if submission and not is_first(cart, submission, now):
        return Again(Change(token, carts.units_in(cart), cart), 0, ())
    inside = {line.variant_id: line.quantity for line in cart.lines}
    there = ((variants[one.variant_id], one.quantity) for one in wanted if one.variant_id in variants)
    held = carts.held_for(((variant, units + inside.get(variant.id, 0)) for variant, units in there), cart)
    for line in wanted:
        variant = variants.get(line.variant_id)
        units, reason = _add(shopper, cart, variant, line, held, language)
        added += units
        if reason:
            name = variant.name_in(language) if variant else line.name
            notices.append(Notice(reason, {"name": name, "quantity": units}))
    if not added and notices:
        raise _NothingFits(tuple(notices))
    return Again(Change(token, carts.units_in(cart), cart), added, tuple(notices))


def _add(
    shopper: Shopper, cart: Cart, variant: Variant | None, line: _Wanted, held: Mapping[str, int], language: str
) -> tuple[int, str]:
    """Put into the cart what fits of a line; return how many units that is, and why not all of them."""
    if variant is None:
        return 0, "again_gone"
    units, reason = _fitting(shopper, cart, variant, line.quantity, held)
    try:
        if units:
            carts.add_units(cart, variant, units, language)
    except (OutOfStock, ProductUnavailable):
        return 0, "again_sold_out"
    except InvalidInput:
        return 0, "not_merged"
    return units, reason


def _fitting(shopper: Shopper, cart: Cart, variant: Variant, wanted: int, held: Mapping[str, int]) -> tuple[int, str]:
    if variant.is_plan and shopper.customer_id and management.has(shopper.customer_id, variant.product_id):
        return 0, "again_subscribed"
    line = carts.line_of(cart, variant.id)
    inside = line.quantity if line else 0
    units = max(0, min(wanted, variant.available + held.get(variant.id, 0) - inside))
    if units == wanted or (inside and variant.is_plan):
        return units, ""
    return units, "again_fewer" if units else "again_all_inside" if inside else "again_sold_out"
