"""Changes of a cart: each function is one action of a shopper."""

from dataclasses import dataclass

from sqlalchemy import case, delete, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.basket import MAX_LINES, Basket, check_quantity
from storefront.domain.cart import SAME_CLICK, Cart, CartLine, CartSubmission, is_first
from storefront.domain.catalogue import MAX_QUANTITY, Product
from storefront.domain.shipping import Address
from storefront.enums import Method
from storefront.errors import EmptyCart, InvalidInput
from storefront.services.carts.delivery import require_offer
from storefront.services.carts.store import basket_of, change, find, line_of, open_cart, touch, units_in
from storefront.services.catalogue import get_product
from storefront.services.shopper import Shopper


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the cart gives back: a guest's new secret, if one was made, the units now inside, the cart."""

    cart_token: str | None
    count: int
    cart: Cart | None


def add(shopper: Shopper, product_key: str, quantity: int, *, language: str = "es", submission: str = "") -> Change:
    """Add units of a product to the cart; the same `submission` again changes nothing."""
    check_quantity(quantity)
    with transaction():
        now = clock.now()
        product = get_product(product_key)
        cart, token = open_cart(shopper, now)
        if not submission or is_first(cart, submission, now):
            add_units(cart, product, quantity, language)
        return Change(token, units_in(cart), cart)


def add_units(cart: Cart, product: Product, quantity: int, language: str) -> None:
    """Put units of a product into a locked cart; where they cannot be had, nothing is changed."""
    line = line_of(cart, product.id)
    inside = line.quantity if line else 0
    # A plan is in the cart or it is not; a second click changes nothing.
    wanted = max(quantity, inside) if product.is_plan else quantity + inside
    _require(product, wanted, language)
    if line:
        line.quantity = wanted
    else:
        _put(cart, product, quantity)


def set_quantity(shopper: Shopper, product_key: str, quantity: int, *, language: str = "es") -> Change:
    """Set the units of a product; zero takes it out, and taking out what is not inside changes nothing."""
    if quantity == 0:
        return _take_out(shopper, product_key)
    check_quantity(quantity)
    with transaction():
        now = clock.now()
        cart, token = open_cart(shopper, now)
        line = _line_by_key(cart, product_key)
        product = line.product if line else get_product(product_key)
        _require(product, quantity, language)
        if line:
            line.quantity, line.seen_price_minor = quantity, product.price_minor
        else:
            _put(cart, product, quantity)
        return Change(token, units_in(cart), cart)


def _take_out(shopper: Shopper, product_key: str) -> Change:
    with transaction():
        cart = find(shopper, lock=True)
        line = _line_by_key(cart, product_key) if cart else None
        if cart is not None and line is not None:
            cart.lines.remove(line)
            touch(cart, clock.now())
        return Change(None, units_in(cart) if cart else 0, cart)


def _line_by_key(cart: Cart, product_key: str) -> CartLine | None:
    return next((line for line in cart.lines if product_key in (line.product.id, line.product.slug)), None)


def _put(cart: Cart, product: Product, quantity: int) -> None:
    if len(cart.lines) >= MAX_LINES:
        raise InvalidInput({"items": "too_many_lines"})
    cart.lines.append(CartLine(product=product, quantity=quantity, seen_price_minor=product.price_minor))


def apply_coupon(shopper: Shopper, code: str, *, email: str | None = None) -> Cart:
    """Put a coupon on the cart and return it, or raise `CouponRejected` and leave the cart as it was."""
    with transaction():
        now = clock.now()
        coupon = coupons.find(code)
        if coupon is None:
            cart = find(shopper)
        else:
            is_new = case((Cart.coupon_code == coupon.code, 0), else_=1)
            cart = change(shopper, now, coupon_code=coupon.code, revision=Cart.revision + is_new)
        if cart is None or not cart.lines:
            raise EmptyCart()
        coupons.check(
            coupon, basket_of(cart.lines).for_coupon, email or cart.email, now, is_guest=cart.customer_id is None
        )
        return cart


def remove_coupon(shopper: Shopper) -> None:
    """Take the coupon off the cart."""
    with transaction():
        now = clock.now()
        cart = find(shopper, lock=True)
        if cart is not None and cart.coupon_code is not None:
            cart.coupon_code = None
            touch(cart, now)


def set_shipping(shopper: Shopper, *, email: str | None, address: Address | None, method: Method | None) -> None:
    """Store the cart's address and delivery method; the changes announced so far count as seen."""
    with transaction():
        now = clock.now()
        cart, _ = open_cart(shopper, now)
        basket = basket_of(cart.lines)
        require_offer(basket, address, method, now)
        cart.email = email.strip().lower() if email else cart.email
        cart.address = address.to_dict() if address else cart.address
        cart.shipping_method = method if basket.needs_shipping else None
        for line in cart.lines:
            line.seen_price_minor = line.product.price_minor


def forget() -> int:
    """Forget which forms changed carts, where no second click can come any more; return how many."""
    is_old = CartSubmission.done_at <= clock.now() - SAME_CLICK
    if db.session.scalar(select(CartSubmission.id).where(is_old).limit(1)) is None:
        return 0
    with transaction():
        return len(db.session.execute(delete(CartSubmission).where(is_old).returning(CartSubmission.id)).all())


def _require(product: Product, quantity: int, language: str) -> None:
    """Raise if so many units of a product cannot be had."""
    if quantity > MAX_QUANTITY:
        raise InvalidInput({"quantity": "out_of_range"})
    Basket(((product, quantity),)).require_available(language)
