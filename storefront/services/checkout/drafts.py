"""A purchase as an interface submits it, and what it amounts to, or the order that was made of the same before."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront.database import db
from storefront.domain import coupon as coupons
from storefront.domain.basket import MAX_LINES, Basket, merge
from storefront.domain.buyer_document import BuyerDocument, is_required
from storefront.domain.cart import Cart
from storefront.domain.checkout_session import CheckoutSession, find_open_session
from storefront.domain.coupon import Coupon
from storefront.domain.order import Order, OrderLine
from storefront.domain.order_lines import lines_of
from storefront.domain.pricing import Quote
from storefront.domain.shipping import Address, ShippingOption
from storefront.enums import Method, OrderStatus
from storefront.errors import (
    AlreadySubscribed,
    AmountTooSmall,
    ConsentRequired,
    DeliveryChanged,
    EmptyCart,
    InvalidInput,
    PriceChanged,
    ShippingUnavailable,
)
from storefront.services import carts
from storefront.services.catalogue import ItemRequest, get_variants
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import eligibility
from storefront.settings import settings

MAX_NOTES = 500

_REUSE_UNTIL = timedelta(minutes=2)
"""A page about to expire is not handed out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What an interface submits. `items` None buys the shopper's cart.

    `expected_total_minor` and `expected_delivery`, its last day as ISO text, are what the buyer saw, if that is known.
    `key` is the client's own name for this purchase of items: tried again, it finds the order it made.
    """

    shopper: Shopper
    email: str
    language: str
    success_url: str
    cancel_url: str
    items: tuple[ItemRequest, ...] | None = None
    address: Address | None = None
    document: BuyerDocument | None = None
    shipping_method: Method | None = None
    coupon_code: str | None = None
    notes: str = ""
    digital_consent: bool = False
    expected_total_minor: int | None = None
    expected_delivery: str | None = None
    network: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be bought, priced; nothing is written down yet."""

    basket: Basket
    quote: Quote
    coupon: Coupon | None
    offer: ShippingOption | None
    address: Address | None
    document: BuyerDocument | None
    key: str | None
    cart_id: int | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed, with its lines and the page that is to be opened for it."""

    order: Order
    lines: list[OrderLine]
    checkout_session: CheckoutSession


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An earlier order of this cart, key or plan that can still be paid; it must be closed before another is made."""

    id: int


def draft_items(purchase: Purchase, now: datetime) -> Draft | Placed | OpenOrder:
    """Return what the items amount to, or the open page of the order that the same key made before."""
    key = _client_key(purchase)
    earlier = db.session.scalar(select(Order).where(Order.checkout_key == key)) if key else None
    basket = basket_from(purchase.items or ())
    if earlier is not None:
        return _reusable(purchase, earlier, basket, now) or OpenOrder(earlier.id)
    return _price(purchase, basket, now, key=key)


def draft_cart(purchase: Purchase, now: datetime) -> Draft | Placed | OpenOrder:
    """Return what the cart amounts to, or the open page of the order that was made from it as it is."""
    cart, earlier = carts.lock_cart(purchase.shopper)
    key, basket = _cart_key(cart, purchase), carts.basket_of(cart.lines)
    if earlier is not None:
        reusable = _reusable(purchase, earlier, basket, now, cart) if earlier.checkout_key == key else None
        return reusable or OpenOrder(earlier.id)
    return _price(purchase, basket, now, key=key, cart=cart)


def basket_from(items: Sequence[ItemRequest]) -> Basket:
    """Return items as a basket; a variant that is asked for in several ways is one line of it.

    Raises `EmptyCart`, `InvalidInput`, `NotFound`, and `VariantRequired` for a product that has several.
    """
    if not items:
        raise EmptyCart()
    if len(items) > MAX_LINES:
        raise InvalidInput({"items": "too_many_lines"})
    chosen = get_variants(items)
    for index, (variant, item) in enumerate(zip(chosen, items, strict=True)):
        if variant.is_plan and item.quantity > 1:
            raise InvalidInput({f"items[{index}].quantity": "one_of_plan"})
    totals = merge([(variant.id, item.quantity) for variant, item in zip(chosen, items, strict=True)])
    variants = {variant.id: variant for variant in chosen}
    return Basket(tuple((variants[key], quantity) for key, quantity in totals.items()))


def _price(
    purchase: Purchase, basket: Basket, now: datetime, *, key: str | None, cart: Cart | None = None
) -> Draft | OpenOrder:
    """Return the priced basket; what the purchase leaves open is taken from the cart."""
    basket.require_available(purchase.language)
    if plan := basket.plan:
        basket = eligibility.admit(basket, plan, purchase.shopper)
        if (open_order := eligibility.find_open_order(plan, purchase.shopper)) is not None:
            return OpenOrder(open_order)
    coupon = _named_coupon(purchase, cart)
    if purchase.coupon_code or (cart and cart.coupon_code):
        # Whether this person may still use it is looked at when it is redeemed, its row being locked.
        coupon = coupons.check(coupon, basket.for_coupon, None, now)
    return _draft(purchase, basket, coupon, now, key=key, cart=cart)


def _named_coupon(purchase: Purchase, cart: Cart | None) -> Coupon | None:
    """Return the coupon that the purchase names, else the cart's."""
    of_cart = cart.coupon_code if cart else None
    code = purchase.coupon_code or of_cart
    if cart and cart.coupon and code == of_cart:
        return cart.coupon
    return coupons.find(code) if code else None


def _draft(
    purchase: Purchase, basket: Basket, coupon: Coupon | None, now: datetime, *, key: str | None, cart: Cart | None
) -> Draft:
    address = purchase.address or (Address.from_dict(cart.address) if cart and cart.address else None)
    if basket.needs_shipping and address is None:
        raise InvalidInput({"shippingAddress": "required"})
    method = purchase.shipping_method or (cart.shipping_method if cart else None) or Method.STANDARD
    offer = carts.require_offer(basket, address, method, now)
    quote = basket.price(coupon=coupon, offer=offer, language=purchase.language)
    return Draft(
        basket=basket,
        quote=quote,
        coupon=coupon if quote.coupon_code else None,  # what gives nothing is not spent
        offer=offer,
        address=address if basket.needs_shipping else None,
        document=purchase.document or (BuyerDocument.from_dict(cart.document) if cart else None),
        key=key,
        cart_id=cart.id if cart else None,
    )


def require_as_seen(purchase: Purchase, draft: Draft) -> None:
    """Raise the errors that only the finished quote shows, first of all another total than the buyer saw."""
    total = draft.quote.total_minor
    if purchase.expected_total_minor is not None and purchase.expected_total_minor != total:
        raise PriceChanged(quote=draft.quote)
    window = draft.offer.window if draft.offer else None
    if window and purchase.expected_delivery and purchase.expected_delivery < window.latest.isoformat():
        raise DeliveryChanged(earliest=window.earliest, latest=window.latest)
    if 0 < total < settings().MINIMUM_ORDER_MINOR:
        raise AmountTooSmall(minimum_minor=settings().MINIMUM_ORDER_MINOR)
    if draft.document is None and is_required(total):
        raise InvalidInput({"buyerDocument": "required"})
    if draft.basket.needs_consent and not purchase.digital_consent:
        raise ConsentRequired()
    if draft.basket.plan is not None:
        eligibility.refuse_too_many_lines(draft.basket, draft.quote.shipping_minor)


def _cart_key(cart: Cart, purchase: Purchase) -> str:
    """Return a key of the cart and of the submitted values, so that the same click is the same order."""
    values: list[str | None] = [
        purchase.email,
        purchase.notes.strip(),
        purchase.success_url,
        purchase.cancel_url,
        purchase.language,
    ]
    values += [purchase.shipping_method, purchase.coupon_code, str(purchase.address), str(purchase.document)]
    digest = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
    return f"cart:{cart.id}:{cart.revision}:{digest}"


def _client_key(purchase: Purchase) -> str | None:
    """Return the order's key for a client's own key; another purchase under the same key is another order."""
    if purchase.key is None:
        return None
    values = [purchase.shopper.customer_id, purchase.key, str(purchase.items), purchase.coupon_code]
    values += [
        str(purchase.address),
        str(purchase.document),
        purchase.shipping_method,
        purchase.success_url,
        purchase.cancel_url,
    ]
    return f"api:{hashlib.sha256(json.dumps(values).encode()).hexdigest()}"


def _reusable(
    purchase: Purchase, earlier: Order, basket: Basket, now: datetime, cart: Cart | None = None
) -> Placed | None:
    """Return the order made of the same purchase, with its open page, if it is what would be ordered now.

    Priced anew, without what is only asked of a new order: its stock and coupon are held already. Raises what
    `require_as_seen` does for a buyer who saw something else.
    """
    checkout_session = find_open_session(earlier.id, ends_after=now + _REUSE_UNTIL)
    if checkout_session is None or earlier.status != OrderStatus.PENDING:
        return None
    draft = _draft_again(purchase, earlier, basket, now, cart)
    if draft is None or not _is_same(draft, earlier):
        return None
    require_as_seen(purchase, draft)
    return Placed(earlier, lines_of(earlier), checkout_session)


def _draft_again(purchase: Purchase, earlier: Order, basket: Basket, now: datetime, cart: Cart | None) -> Draft | None:
    """Return what an ordered basket amounts to now, or None where it cannot be bought any more."""
    if not all(variant.is_on_sale for variant, _ in basket.goods):
        return None
    try:
        if plan := basket.plan:
            basket = eligibility.admit(basket, plan, purchase.shopper)
        coupon = _named_coupon(purchase, cart)
        if coupon and not coupons.still_gives(coupon, basket.for_coupon, now):
            coupon = None
        return _draft(replace(purchase, language=earlier.language), basket, coupon, now, key=None, cart=cart)
    except (AlreadySubscribed, ShippingUnavailable):
        return None


def _is_same(draft: Draft, order: Order) -> bool:
    window = draft.offer.window if draft.offer else None
    delivery = (window.earliest.isoformat(), window.latest.isoformat()) if window else (None, None)
    return draft.quote.quote_hash == order.quote_hash and delivery == (order.delivery_earliest, order.delivery_latest)
