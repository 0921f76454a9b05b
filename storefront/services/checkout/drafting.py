"""From a cart or items to a priced draft, or to the order that was made of the same before; inside a transaction."""

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront.database import db
from storefront.domain import coupon as coupons
from storefront.domain.basket import Basket
from storefront.domain.cart import Cart
from storefront.domain.checkout_session import find_open_session
from storefront.domain.coupon import Coupon
from storefront.domain.order import Order
from storefront.domain.order_lines import lines_of
from storefront.domain.shipping import Address
from storefront.enums import Method, OrderStatus
from storefront.errors import (
    AmountTooSmall,
    ConsentRequired,
    DeliveryChanged,
    InvalidInput,
    PriceChanged,
)
from storefront.services import carts
from storefront.services.checkout.baskets import basket_from
from storefront.services.checkout.purchase import Draft, OpenOrderExists, Placed, Purchase
from storefront.services.subscriptions import eligibility
from storefront.settings import settings

_REUSE_UNTIL = timedelta(minutes=2)
"""A page about to expire is not handed out again."""


def draft_items(purchase: Purchase, now: datetime) -> Draft | Placed:
    """Return what the items amount to, or the open page of the order that the same key made before."""
    key = _client_key(purchase)
    earlier = db.session.scalar(select(Order).where(Order.checkout_key == key)) if key else None
    if earlier is not None:
        if checkout_session := find_open_session(earlier.id, ends_after=now + _REUSE_UNTIL):
            return Placed(earlier, lines_of(earlier), checkout_session)
        raise OpenOrderExists(earlier.id)
    basket = basket_from(purchase.items or ())
    return _price(purchase, basket, purchase.address, purchase.shipping_method, now, key=key)


def draft_cart(purchase: Purchase, now: datetime) -> Draft | Placed:
    """Return what the cart amounts to, or the open page of the order that was made from it as it is."""
    cart, earlier = carts.lock_cart(purchase.shopper)
    key = _checkout_key(cart, purchase)
    if earlier is not None:
        if placed := _reusable(earlier, key, cart, now):
            return placed
        raise OpenOrderExists(earlier.id)
    address = purchase.address or (Address.from_dict(cart.address) if cart.address else None)
    method = purchase.shipping_method or cart.shipping_method
    code = purchase.coupon_code or cart.coupon_code
    coupon = cart.coupon if code == cart.coupon_code else None
    basket = carts.basket_of(cart.lines)
    return _price(purchase, basket, address, method, now, code=code, key=key, cart_id=cart.id, coupon=coupon)


def _price(
    purchase: Purchase,
    basket: Basket,
    address: Address | None,
    method: Method | None,
    now: datetime,
    *,
    code: str | None = None,
    key: str | None = None,
    cart_id: int | None = None,
    coupon: Coupon | None = None,
) -> Draft:
    basket.require_available(purchase.language)
    basket = eligibility.admit(basket, purchase.shopper)
    code = code or purchase.coupon_code
    if code:
        # Whether this person may still use it is looked at when it is redeemed, its row being locked.
        coupon = coupons.check(coupon or coupons.find(code), basket.for_coupon, None, now)
    if basket.needs_shipping and address is None:
        raise InvalidInput({"shippingAddress": "required"})
    offer = carts.require_offer(basket, address, method or Method.STANDARD, now)
    quote = basket.price(coupon=coupon, offer=offer, language=purchase.language)
    return Draft(
        basket=basket,
        quote=quote,
        coupon=coupon if quote.coupon_code else None,  # what gives nothing is not spent
        offer=offer,
        address=address if basket.needs_shipping else None,
        key=key,
        cart_id=cart_id,
    )


def refuse(purchase: Purchase, draft: Draft) -> None:
    """Raise the errors that only the finished quote shows."""
    total = draft.quote.total_minor
    if purchase.expected_total_minor is not None and purchase.expected_total_minor != total:
        raise PriceChanged(quote=draft.quote)
    window = draft.offer.window if draft.offer else None
    if window and purchase.expected_delivery and purchase.expected_delivery < window.latest.isoformat():
        raise DeliveryChanged(earliest=window.earliest, latest=window.latest)
    if 0 < total < settings().MINIMUM_ORDER_MINOR:
        raise AmountTooSmall(minimum_minor=settings().MINIMUM_ORDER_MINOR)
    if draft.basket.needs_consent and not purchase.digital_consent:
        raise ConsentRequired()
    eligibility.refuse_too_many_lines(draft.basket, draft.quote.shipping_minor)


def _checkout_key(cart: Cart, purchase: Purchase) -> str:
    """Return a key of the cart and of the submitted values, so that the same click is the same order."""
    values: list[str | None] = [
        purchase.email,
        purchase.notes.strip(),
        purchase.success_url,
        purchase.cancel_url,
        purchase.language,
    ]
    values += [purchase.shipping_method, purchase.coupon_code, str(purchase.address)]
    digest = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
    return f"cart:{cart.id}:{cart.revision}:{digest}"


def _client_key(purchase: Purchase) -> str | None:
    """Return the order's key for a client's own key; another purchase under the same key is another order."""
    if purchase.key is None:
        return None
    values = [purchase.shopper.customer_id, purchase.key, str(purchase.items), purchase.coupon_code]
    values += [str(purchase.address), purchase.shipping_method, purchase.success_url, purchase.cancel_url]
    return f"api:{hashlib.sha256(json.dumps(values).encode()).hexdigest()}"


def _reusable(earlier: Order, key: str, cart: Cart, now: datetime) -> Placed | None:
    if earlier.checkout_key != key or earlier.status != OrderStatus.PENDING:
        return None
    prices = {line.product.id: line.product.price_minor for line in cart.lines}
    lines = lines_of(earlier)
    if any(prices.get(line.product_id or "") != line.list_price_minor for line in lines):
        return None
    checkout_session = find_open_session(earlier.id, ends_after=now + _REUSE_UNTIL)
    return Placed(earlier, lines, checkout_session) if checkout_session else None
