"""A purchase before it is an order: what an interface submits, its draft, and the payment page it leads to."""

from dataclasses import dataclass
from datetime import datetime

from storefront.domain.basket import Basket
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.coupon import Coupon
from storefront.domain.order import Order, OrderLine
from storefront.domain.pricing import Quote
from storefront.domain.shipping import Address, ShippingOption
from storefront.enums import Method
from storefront.services.shopper import Shopper

MAX_NOTES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What an interface submits. `items` are (product id or slug, quantity); None buys the shopper's cart.

    `expected_total_minor` and `expected_delivery`, its last day as ISO text, are what the buyer saw, if that is known.
    `key` is the client's own name for this purchase of items: tried again, it finds the order it made.
    """

    shopper: Shopper
    email: str
    language: str
    success_url: str
    cancel_url: str
    items: tuple[tuple[str, int], ...] | None = None
    address: Address | None = None
    shipping_method: Method | None = None
    coupon_code: str | None = None
    notes: str = ""
    digital_consent: bool = False
    expected_total_minor: int | None = None
    expected_delivery: str | None = None
    network: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """A page where the order can be paid; for an order that costs nothing, the success page."""

    order_id: str
    order_number: str
    session_id: str
    checkout_url: str
    expires_at: datetime
    quote: Quote


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed, with its lines and the page that is to be opened for it."""

    order: Order
    lines: list[OrderLine]
    checkout_session: CheckoutSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be bought, priced; nothing is written down yet."""

    basket: Basket
    quote: Quote
    coupon: Coupon | None
    offer: ShippingOption | None
    address: Address | None
    key: str | None = None
    cart_id: int | None = None


class OpenOrderExists(Exception):
    """An earlier order of this cart is still open and must be closed before another is made."""

    def __init__(self, order_id: int) -> None:
        self.order_id = order_id
