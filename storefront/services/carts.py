"""Filling a cart, looking at it, and taking it along at login."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain import coupon as coupons
from storefront.domain.basket import MAX_LINES, Basket, check_quantity
from storefront.domain.cart import Cart, CartLine
from storefront.domain.catalog import MAX_QUANTITY, Kind, Product
from storefront.domain.pricing import Quote
from storefront.domain.shipping import Address, Offer, Zone, load_tariff
from storefront.domain.shipping import get as get_municipality
from storefront.errors import (
    CouponRejected,
    EmptyCart,
    InvalidInput,
    OutOfStock,
    ProductUnavailable,
    ShippingUnavailable,
    ShopError,
)
from storefront.ids import digest, new_token
from storefront.services.catalogue import get_product
from storefront.services.shopper import Shopper
from storefront.settings import settings


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the cart gives back: a guest's new secret, if one was made, and the units now inside."""

    cart_token: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the shopper should hear: a machine word and its facts."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLineView:
    """A line as it stands now; `problem` is empty, `out_of_stock` or `unavailable`."""

    product_id: str
    slug: str
    name: str
    image: str
    kind: str
    quantity: int
    unit_price_minor: int
    previous_price_minor: int | None
    total_minor: int
    available: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CartView:
    """The whole cart with its price, its choices and what changed since the last look."""

    lines: tuple[CartLineView, ...]
    notices: tuple[Notice, ...]
    quote: Quote
    coupon_code: str | None
    coupon_problem: CouponRejected | None
    needs_shipping: bool
    needs_consent: bool
    email: str | None
    address: Address | None
    shipping_method: str | None
    offers: tuple[Offer, ...]
    to_free_shipping_minor: int
    revision: int

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is in it."""
        return not self.lines

    @property
    def count(self) -> int:
        """Return the units inside."""
        return sum(line.quantity for line in self.lines)

    @property
    def can_check_out(self) -> bool:
        """Return whether every line can be bought as it is."""
        return bool(self.lines) and not any(line.problem for line in self.lines)

    @property
    def offer(self) -> Offer | None:
        """Return the chosen way of delivery, if it reaches the place."""
        return next((o for o in self.offers if o.method == self.shipping_method and o.is_available), None)


def add(shopper: Shopper, product_key: str, quantity: int) -> Change:
    """Put units of a product into the cart, on top of those inside."""
    check_quantity(quantity)
    with transaction():
        now = clock.now()
        product = get_product(product_key)
        cart, token = _open(shopper, now)
        line = _line(cart, product.id)
        _require(product, quantity + (line.quantity if line else 0))
        if line:
            line.quantity += quantity
        elif len(cart.lines) >= MAX_LINES:
            raise InvalidInput({"items": "too_many_lines"})
        else:
            cart.lines.append(CartLine(product=product, quantity=quantity, seen_price_minor=product.price_minor))
        return Change(token, _touch(cart, now))


def set_quantity(shopper: Shopper, product_key: str, quantity: int) -> Change:
    """Set the units of a product; zero takes it out, and taking out what is not inside changes nothing."""
    if quantity != 0:
        check_quantity(quantity)
    with transaction():
        now = clock.now()
        cart, token = _open(shopper, now)
        line = next((line for line in cart.lines if product_key in (line.product.id, line.product.slug)), None)
        if quantity == 0:
            if line:
                cart.lines.remove(line)
            return Change(token, _touch(cart, now))
        product = line.product if line else get_product(product_key)
        _require(product, quantity)
        if line:
            line.quantity, line.seen_price_minor = quantity, product.price_minor
        else:
            cart.lines.append(CartLine(product=product, quantity=quantity, seen_price_minor=product.price_minor))
        return Change(token, _touch(cart, now))


def apply_coupon(shopper: Shopper, code: str, *, email: str | None = None) -> None:
    """Put a coupon on the cart, or raise `CouponRejected` and leave the cart as it was."""
    with transaction():
        now = clock.now()
        cart, _ = _open(shopper, now)
        if not cart.lines:
            raise EmptyCart()
        coupon = coupons.check(coupons.find(code), _basket(cart.lines).for_coupon, email or cart.email, now)
        if cart.coupon_code != coupon.code:
            cart.coupon_code = coupon.code
            _touch(cart, now)


def remove_coupon(shopper: Shopper) -> None:
    """Take the coupon off the cart."""
    with transaction():
        now = clock.now()
        cart, _ = _open(shopper, now)
        if cart.coupon_code is not None:
            cart.coupon_code = None
            _touch(cart, now)


def set_shipping(shopper: Shopper, *, email: str | None, address: Address | None, method: str | None) -> None:
    """Remember where the cart goes and how; the changes announced so far count as seen."""
    with transaction():
        now = clock.now()
        cart, _ = _open(shopper, now)
        basket = _basket(cart.lines)
        if basket.needs_shipping:
            _require_offer(basket, address, method, now)
        cart.email = email.strip().lower() if email else cart.email
        cart.address = address.to_dict() if address else cart.address
        cart.shipping_method = method if basket.needs_shipping else None
        for line in cart.lines:
            line.seen_price_minor = line.product.price_minor
        _touch(cart, now)


def view(shopper: Shopper, language: str) -> CartView:
    """Return the cart as it stands now, priced anew, with everything that changed since the last look."""
    now = clock.now()
    cart = _find(shopper)
    lines = cart.lines if cart else []
    basket = _basket(line for line in lines if line.product.is_published)
    address = Address.from_dict(cart.address) if cart and cart.address else None
    offers, missing = _offers(basket, address, now)
    method = cart.shipping_method if cart else None
    offer = next((o for o in offers if o.method == method and o.is_available), None)
    coupon, problem = _coupon_of(cart, basket, now)
    return CartView(
        lines=tuple(_line_view(line, language) for line in lines),
        notices=tuple(notice for line in lines for notice in _notices(line, language)),
        quote=basket.price(coupon=coupon, offer=offer if basket.needs_shipping else None, language=language),
        coupon_code=cart.coupon_code if cart else None,
        coupon_problem=problem,
        needs_shipping=basket.needs_shipping,
        needs_consent=basket.needs_consent,
        email=cart.email if cart else None,
        address=address,
        shipping_method=method,
        offers=offers,
        to_free_shipping_minor=missing,
        revision=cart.revision if cart else 0,
    )


def shipping_offers(shopper: Shopper, municipality_code: str | None) -> tuple[Offer, ...]:
    """Return what delivery of this cart would cost to a place, before anything is chosen."""
    cart = _find(shopper)
    basket = _basket(cart.lines if cart else [])
    zone = get_municipality(municipality_code).zone if municipality_code else Zone.NATIONAL
    return tuple(load_tariff().offers(zone, basket.subtotal_minor, clock.now(), settings().CUT_OFF_HOUR))


def count(shopper: Shopper) -> int:
    """Return the units in the cart."""
    owner = _owner(shopper)
    if owner is None:
        return 0
    return db.session.scalar(select(func.coalesce(func.sum(CartLine.quantity), 0)).join(Cart).where(owner)) or 0


def merge(cart_token: str | None, customer_id: str, now: datetime) -> list[Notice]:
    """Move a guest's cart into the customer's, inside the caller's transaction; return what the shopper should hear.

    Quantities of a product add up, capped by stock and by `MAX_QUANTITY`; the guest's coupon, address
    and method win, because they were chosen last.
    """
    guest = _find(Shopper(cart_token=cart_token), lock=True) if cart_token else None
    if guest is None:
        return []
    own = _find(Shopper(customer_id=customer_id), lock=True)
    if own is None:
        guest.customer_id, guest.token = customer_id, None
        _touch(guest, now)
        return []
    notices = [notice for line in guest.lines if (notice := _move_line(line, own))]
    moved = len(guest.lines)
    for name in ("coupon_code", "email", "address", "shipping_method"):
        setattr(own, name, getattr(guest, name) or getattr(own, name))
    db.session.delete(guest)
    _touch(own, now)
    return [Notice("cart_merged", {"count": moved}), *notices] if moved else []


def _move_line(line: CartLine, own: Cart) -> Notice | None:
    there = _line(own, line.product_id)
    wanted = line.quantity + (there.quantity if there else 0)
    limit = line.product.available if line.product.is_physical else MAX_QUANTITY
    fitting = max(1, min(wanted, limit, MAX_QUANTITY))
    if there:
        there.quantity = fitting
    elif len(own.lines) < MAX_LINES:
        own.lines.append(CartLine(product=line.product, quantity=fitting, seen_price_minor=line.seen_price_minor))
    if fitting < wanted:
        return Notice("quantity_capped", {"name": line.product.name, "quantity": fitting})
    return None


def basket_of(cart: Cart) -> Basket:
    """Return a cart's lines as a basket."""
    return _basket(cart.lines)


def lock_cart(shopper: Shopper) -> Cart:
    """Return the shopper's cart with its row locked, or raise `EmptyCart`."""
    cart = _find(shopper, lock=True)
    if cart is None or not cart.lines:
        raise EmptyCart()
    return cart


def require_offer(basket: Basket, address: Address | None, method: str | None, now: datetime) -> Offer | None:
    """Return the way of delivery for a basket, None if nothing ships; raise `ShippingUnavailable`."""
    return _require_offer(basket, address, method, now) if basket.needs_shipping else None


def _require_offer(basket: Basket, address: Address | None, method: str | None, now: datetime) -> Offer:
    offers, _ = _offers(basket, address, now)
    offer = next((o for o in offers if o.method == method), None)
    if offer is None or not offer.is_available:
        raise ShippingUnavailable(method=method, city=address.city if address else None)
    return offer


def _offers(basket: Basket, address: Address | None, now: datetime) -> tuple[tuple[Offer, ...], int]:
    if not basket.needs_shipping:
        return (), 0
    tariff = load_tariff()
    offers = tariff.offers(_zone(address), basket.subtotal_minor, now, settings().CUT_OFF_HOUR)
    return tuple(offers), max(0, tariff.free_standard_from_minor - basket.subtotal_minor)


def _zone(address: Address | None) -> Zone | None:
    """Return the place's zone; the country's where nothing is known yet, none for an address of the counter."""
    if address is None:
        return Zone.NATIONAL
    return get_municipality(address.municipality_code).zone if address.municipality_code else None


def _coupon_of(cart: Cart | None, basket: Basket, now: datetime) -> tuple[coupons.Coupon | None, CouponRejected | None]:
    if cart is None or cart.coupon_code is None or not basket.goods:
        return None, None
    try:
        return coupons.check(coupons.find(cart.coupon_code), basket.for_coupon, cart.email, now), None
    except CouponRejected as problem:
        return None, problem


def _line_view(line: CartLine, language: str) -> CartLineView:
    product = line.product
    changed = line.seen_price_minor != product.price_minor
    return CartLineView(
        product_id=product.id,
        slug=product.slug,
        name=product.name_in(language),
        image=product.image,
        kind=product.kind,
        quantity=line.quantity,
        unit_price_minor=product.price_minor,
        previous_price_minor=line.seen_price_minor if changed else None,
        total_minor=product.price_minor * line.quantity,
        available=product.available,
        problem=_problem(line),
    )


def _problem(line: CartLine) -> str:
    if not line.product.is_published or line.product.kind == Kind.SUBSCRIPTION:
        return "unavailable"
    if line.product.is_physical and line.quantity > line.product.available:
        return "out_of_stock"
    return ""


def _notices(line: CartLine, language: str) -> list[Notice]:
    product, found = line.product, []
    name = product.name_in(language)
    if problem := _problem(line):
        code = "product_unavailable" if problem == "unavailable" else "out_of_stock"
        found.append(Notice(code, {"name": name, "available": product.available}))
    if line.seen_price_minor != product.price_minor:
        prices = {"old_minor": line.seen_price_minor, "new_minor": product.price_minor}
        found.append(Notice("price_changed", {"name": name, **prices}))
    return found


def _basket(lines: Sequence[CartLine] | Any) -> Basket:
    return Basket(tuple((line.product, line.quantity) for line in lines))


def _require(product: Product, quantity: int) -> None:
    if quantity > MAX_QUANTITY:
        raise InvalidInput({"quantity": "out_of_range"})
    try:
        Basket(((product, quantity),)).require_available()
    except (ProductUnavailable, OutOfStock) as refusal:
        refused: ShopError = refusal
        raise refused from None


def _owner(shopper: Shopper) -> Any:
    if shopper.customer_id is not None:
        return Cart.customer_id == shopper.customer_id
    return Cart.token == digest(shopper.cart_token) if shopper.cart_token else None


def _find(shopper: Shopper, *, lock: bool = False) -> Cart | None:
    owner = _owner(shopper)
    if owner is None:
        return None
    statement = select(Cart).where(owner)
    if lock:
        statement = statement.with_for_update(of=Cart)
    return db.session.scalars(statement).unique().first()


def _open(shopper: Shopper, now: datetime) -> tuple[Cart, str | None]:
    """Return the shopper's cart, locked, and a new guest's secret if the cart had to be made."""
    cart = _find(shopper, lock=True)
    if cart is not None:
        return cart, None
    if shopper.customer_id:
        # Two first clicks at once: one inserts, both find.
        values = {"customer_id": shopper.customer_id, "revision": 0, "updated_at": now}
        insert_once(Cart, values, unique="customer_id")
        return _find_existing(shopper), None
    token = new_token()
    cart = Cart(token=digest(token), revision=0, updated_at=now, lines=[])
    db.session.add(cart)
    return cart, token


def _find_existing(shopper: Shopper) -> Cart:
    cart = _find(shopper, lock=True)
    assert cart is not None
    return cart


def _line(cart: Cart, product_id: str) -> CartLine | None:
    return next((line for line in cart.lines if line.product_id == product_id), None)


def _touch(cart: Cart, now: datetime) -> int:
    cart.revision = (cart.revision or 0) + 1
    cart.updated_at = now
    return sum(line.quantity for line in cart.lines)
