"""Changes of a cart: each function is one action of a shopper."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.basket import MAX_LINES, Basket, check_quantity
from storefront.domain.buyer_document import BuyerDocument
from storefront.domain.cart import SAME_CLICK, Cart, CartLine, CartSubmission, is_first
from storefront.domain.catalogue import MAX_QUANTITY, Variant
from storefront.domain.shipping import Address
from storefront.enums import Method
from storefront.errors import EmptyCart, InvalidInput, VariantRequired
from storefront.services.carts.coupons import check_coupon
from storefront.services.carts.delivery import require_offer
from storefront.services.carts.store import (
    basket_of,
    change,
    find,
    held_for,
    line_of,
    open_cart,
    touch,
    units_in,
)
from storefront.services.catalogue import get_variant
from storefront.services.shopper import Shopper
from storefront.services.subscriptions.eligibility import with_trial


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the cart gives back: a guest's new secret, if one was made, the units now inside, the cart."""

    cart_token: str | None
    count: int
    cart: Cart | None


def add(shopper: Shopper, key: str, quantity: int, *, language: str = "es", submission: str = "") -> Change:
    """Add units of a variant to the cart, named as in `get_variant`; the same `submission` again changes nothing."""
    check_quantity(quantity)
    with transaction():
        now = clock.now()
        variant = get_variant(key)
        cart, token = open_cart(shopper, now, is_shown=False)
        if not submission or is_first(cart, submission, now):
            add_units(cart, variant, quantity, language)
        return Change(token, units_in(cart), cart)


def add_units(cart: Cart, variant: Variant, quantity: int, language: str) -> None:
    """Put units of a variant into a locked cart; where they cannot be had, nothing is changed."""
    line = line_of(cart, variant.id)
    inside = line.quantity if line else 0
    # A plan is in the cart or it is not; a second click changes nothing.
    wanted = max(quantity, inside) if variant.is_plan else quantity + inside
    _require(cart, variant, wanted, language)
    if line:
        line.quantity = wanted
    else:
        _put(cart, variant, quantity)


def set_quantity(shopper: Shopper, key: str, quantity: int, *, language: str = "es") -> Change:
    """Set the units of a variant; zero takes it out, and taking out what is not inside changes nothing."""
    if quantity == 0:
        return _take_out(shopper, key)
    check_quantity(quantity)
    with transaction():
        now = clock.now()
        cart, token = open_cart(shopper, now)
        line = _line_by_key(cart, key)
        variant = line.variant if line else get_variant(key)
        line = line or line_of(cart, variant.id)
        _require(cart, variant, quantity, language)
        if line:
            line.quantity, line.seen_price_minor = quantity, variant.price_minor
        else:
            _put(cart, variant, quantity)
        return Change(token, units_in(cart), cart)


def _take_out(shopper: Shopper, key: str) -> Change:
    with transaction():
        cart = find(shopper, lock=True)
        line = _only_line(cart, key) if cart else None
        if cart is not None and line is not None:
            cart.lines.remove(line)
            touch(cart, clock.now())
        return Change(None, units_in(cart) if cart else 0, cart)


def _only_line(cart: Cart, key: str) -> CartLine | None:
    """Return the line of a variant, or the only one of a product; raise `VariantRequired` where there are several."""
    own = line_of(cart, key)
    lines = [line for line in cart.lines if key in (line.variant.product_id, line.variant.slug)]
    if own is None and len(lines) > 1:
        choices = [line.variant.choice for line in lines]
        raise VariantRequired(field="variantId", name=lines[0].variant.product.name, variants=choices)
    return own or (lines[0] if lines else None)


def _line_by_key(cart: Cart, key: str) -> CartLine | None:
    """Return the line of a variant, or that of a product without options; what has some is asked of the catalogue."""
    own = line_of(cart, key)
    plain = (line for line in cart.lines if not line.variant.option_key)
    return own or next((line for line in plain if key in (line.variant.product_id, line.variant.slug)), None)


def _put(cart: Cart, variant: Variant, quantity: int) -> None:
    if len(cart.lines) >= MAX_LINES:
        raise InvalidInput({"items": "too_many_lines"})
    cart.lines.append(CartLine(variant=variant, quantity=quantity, seen_price_minor=variant.price_minor))


def apply_coupon(shopper: Shopper, code: str) -> Cart:
    """Put a coupon on the cart and return it, or raise `CouponRejected` and leave the cart as it was."""
    with transaction():
        now = clock.now()
        coupon = coupons.find(code)
        if coupon is None:
            cart = find(shopper)
        else:
            is_new = case((Cart.coupon_code == coupon.code, 0), else_=1)
            cart = change(
                shopper,
                now,
                coupon_code=coupon.code,
                coupon_terms=coupon.terms,
                revision=Cart.revision + is_new,
            )
        if cart is None or not cart.lines:
            raise EmptyCart()
        basket = with_trial(basket_of(cart.lines), shopper.customer_id)
        check_coupon(cart, coupon, basket, shopper, now)
        return cart


def remove_coupon(shopper: Shopper) -> None:
    """Take the coupon off the cart."""
    with transaction():
        now = clock.now()
        cart = find(shopper, lock=True)
        if cart is not None and cart.coupon_code is not None:
            cart.coupon_code = None
            touch(cart, now)


def set_shipping(
    shopper: Shopper,
    *,
    email: str | None,
    address: Address | None,
    method: Method | None,
    document: BuyerDocument | None = None,
    forgets_document: bool = False,
) -> None:
    """Store the cart's address, delivery method and buyer's document; the changes announced so far count as seen.

    An e-mail, address or document that is None stays as it was, unless the document is to be forgotten. Raises
    `ShippingUnavailable` for a method that does not reach the address, the stored one if none is given.
    """
    with transaction():
        now = clock.now()
        cart, _ = open_cart(shopper, now)
        basket = basket_of(cart.lines)
        _require_offer(cart, basket, address, method, now)
        cart.email = email.strip().lower() if email else cart.email
        cart.address = address.to_dict() if address else cart.address
        if document or forgets_document:
            cart.document = document.to_dict() if document else None
        cart.shipping_method = method if basket.needs_shipping else None
        for line in cart.lines:
            line.seen_price_minor = line.variant.price_minor
        if cart.coupon:
            cart.coupon_terms = cart.coupon.terms


def _require_offer(cart: Cart, basket: Basket, address: Address | None, method: Method | None, now: datetime) -> None:
    stored = Address.from_dict(cart.address) if cart.address else None
    if (
        address is None
        and stored
        and not stored.municipality_code
        and method != Method.PICKUP
        and basket.needs_shipping
    ):
        raise InvalidInput({"shippingAddress": "required"})  # who collects gives no street
    require_offer(basket, address or stored, method, now)


def forget() -> int:
    """Forget which forms changed carts, where no second click can come any more; return how many."""
    is_old = CartSubmission.done_at <= clock.now() - SAME_CLICK
    if db.session.scalar(select(CartSubmission.id).where(is_old).limit(1)) is None:
        return 0
    with transaction():
        return len(db.session.execute(delete(CartSubmission).where(is_old).returning(CartSubmission.id)).all())


def _require(cart: Cart, variant: Variant, quantity: int, language: str) -> None:
    """Raise if so many units of a variant cannot be had in a cart."""
    if quantity > MAX_QUANTITY:
        raise InvalidInput({"quantity": "out_of_range"})
    wanted = ((variant, quantity),)
    Basket(wanted).require_available(language, held_for(wanted, cart))
