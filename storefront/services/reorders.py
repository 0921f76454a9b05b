"""Buying again: what can still be had of an order goes into the cart, and the rest is said with its reason."""

from dataclasses import dataclass, replace

from storefront.domain.order import Order, OrderLine
from storefront.errors import InvalidInput, NotFound, OutOfStock, ProductUnavailable
from storefront.services import carts, subscriptions
from storefront.services.carts import Change, Notice
from storefront.services.catalogue import get_product
from storefront.services.shopper import Shopper


@dataclass(frozen=True, slots=True)
class Again:
    """What came of it: the cart's change, if anything went in, the units that did, and what did not, with why."""

    change: Change | None
    added: int
    notices: tuple[Notice, ...]


def buy_again(shopper: Shopper, order: Order, *, language: str) -> Again:
    """Put an order's goods into the cart at today's prices, as many as there are; the order comes with its lines."""
    change, added, notices = None, 0, []
    wanted = [(line, *_fitting(shopper, line, language)) for line in order.lines]
    for line, units, reason in wanted:
        try:
            if units:
                change = carts.add(shopper, line.product_id or "", units, language=language)
                shopper = replace(shopper, cart_token=change.cart_token or shopper.cart_token)
                added += units
        except (OutOfStock, ProductUnavailable, NotFound):  # somebody was faster
            units, reason = 0, "again_sold_out"
        except InvalidInput:
            units, reason = 0, "not_merged"
        if reason:
            notices.append(Notice(reason, {"name": line.name, "quantity": units}))
    return Again(change, added, tuple(notices))


def _fitting(shopper: Shopper, line: OrderLine, language: str) -> tuple[int, str]:
    """Return how many units of a line can go into the cart, and why not all of them."""
    try:
        product = get_product(line.product_id or "")
    except NotFound:
        return 0, "again_gone"
    if product.is_plan and shopper.customer_id and subscriptions.has(shopper.customer_id, product.id):
        return 0, "again_subscribed"
    cart = carts.view(shopper, language)
    inside = next((one.quantity for one in cart.lines if one.product_id == product.id), 0)
    units = max(0, min(line.quantity, product.available - inside))
    if units == line.quantity or (inside and product.is_plan):
        return units, ""
    return units, "again_fewer" if units else "again_all_inside" if inside else "again_sold_out"
