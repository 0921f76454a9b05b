"""The cart with its current price, and everything that changed since the shopper saw it last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storefront import clock
from storefront.domain.basket import Basket
from storefront.domain.buyer_document import BuyerDocument, is_required
from storefront.domain.cart import Cart, CartLine
from storefront.domain.catalogue import MAX_QUANTITY
from storefront.domain.coupon import Coupon
from storefront.domain.pricing import Quote
from storefront.domain.shipping import Address, DateRange, ShippingOption
from storefront.domain.subscription import period_end
from storefront.enums import BillingInterval, Method
from storefront.errors import CouponRejected
from storefront.services.carts.coupons import check_coupon
from storefront.services.carts.delivery import offers_for
from storefront.services.carts.store import basket_of, find, held_for
from storefront.services.shopper import Shopper
from storefront.services.subscriptions.eligibility import is_confirmed, with_trial


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice for the shopper: a code and its details."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLineView:
    """A line with its current price; `problem` is empty, `out_of_stock`, `unavailable` or `one_plan`.

    A plan has its `interval`; with `trial_days` it is tried first, and its total today is nothing. Paid for now,
    it is charged again at `next_charge_at`.
    """

    product_id: str
    variant_id: str
    sku: str
    options: dict[str, str]
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
    interval: BillingInterval | None = None
    trial_days: int = 0
    next_charge_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedShippingOption:
    """A delivery method with what it and the whole purchase would cost, as it would be charged.

    `uses_coupon` is whether the cart's coupon would lower this purchase.
    """

    method: Method
    price_minor: int
    is_free: bool
    is_available: bool
    window: DateRange | None
    total_minor: int
    uses_coupon: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CartView:
    """The whole cart with its price, its choices and what changed since it was seen last."""

    lines: tuple[CartLineView, ...]
    notices: tuple[Notice, ...]
    quote: Quote
    coupon_code: str | None
    coupon_problem: CouponRejected | None
    needs_shipping: bool
    is_returnable: bool
    needs_consent: bool
    email: str | None
    address: Address | None
    document: BuyerDocument | None
    shipping_method: Method | None
    offers: tuple[PricedShippingOption, ...]
    shipped_minor: int
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
    def plan(self) -> CartLineView | None:
        """Return the line that is a plan, if there is one."""
        return next((line for line in self.lines if line.interval), None)

    @property
    def needs_document(self) -> bool:
        """Return whether a purchase of this total needs the buyer's document."""
        return is_required(self.quote.total_minor)

    @property
    def offer(self) -> PricedShippingOption | None:
        """Return the chosen way of delivery, if it reaches the place."""
        return self.offer_by(self.shipping_method)

    def offer_by(self, method: Method | None) -> PricedShippingOption | None:
        """Return a way of delivery, if it reaches the place."""
        return next((o for o in self.offers if o.method == method and o.is_available), None)

    @property
    def likely_offer(self) -> PricedShippingOption | None:
        """Return the chosen way of delivery, else the cheapest to an address: most addresses cost as much."""
        deliveries = [option for option in self.offers if option.is_available and option.method != Method.PICKUP]
        return self.offer or min(deliveries, key=lambda option: option.price_minor, default=None)

    @property
    def free_shipping_from_minor(self) -> int:
        """Return from what amount on standard delivery is free, while something is missing to it."""
        return self.shipped_minor + self.to_free_shipping_minor

    @property
    def uses_coupon(self) -> bool:
        """Return whether the coupon lowers this purchase, or could while no way of delivery is chosen."""
        could = self.offer is None and any(o.uses_coupon for o in self.offers if o.is_available)
        return self.quote.coupon_code is not None or could

    @property
    def plan_discount_minor(self) -> int:
        """Return what the coupon takes off the first charge of the plan inside; later ones cost their price."""
        key = self.plan.variant_id if self.plan else None
        return next((line.discount_minor for line in self.quote.lines if line.variant_id == key), 0)

    @property
    def has_idle_coupon(self) -> bool:
        """Return whether the cart has a valid coupon that lowers nothing, so that it is not used up."""
        return (
            self.coupon_code is not None and self.coupon_problem is None and bool(self.lines) and not self.uses_coupon
        )


def view(shopper: Shopper, language: str, *, to: Address | None = None) -> CartView:
    """Return the cart as it stands now, priced anew, with everything that changed since the last look.

    `to` prices it for another address than the one that it keeps.
    """
    return view_of(find(shopper), shopper, language, to=to)


def view_of(cart: Cart | None, shopper: Shopper, language: str, *, to: Address | None = None) -> CartView:
    """Return a cart that was read just now, as `view` does."""
    now = clock.now()
    lines = cart.lines if cart else []
    basket = with_trial(basket_of(line for line in lines if line.variant.is_on_sale), shopper.customer_id)
    crowded = sum(line.variant.is_plan for line in lines) > 1
    address = to or (Address.from_dict(cart.address) if cart and cart.address else None)
    offers, missing = offers_for(basket, address, now)
    method = cart.shipping_method if cart else None
    offer = next((o for o in offers if o.method == method and o.is_available), None)
    coupon, problem = _coupon_of(cart, basket, shopper, now)
    held = held_for(((line.variant, line.quantity) for line in lines), cart)
    problems = {line.variant_id: _problem(line, held, crowded) for line in lines}
    return CartView(
        lines=tuple(_line_view(line, language, basket, held, problems[line.variant_id], now) for line in lines),
        notices=(
            *(notice for line in lines for notice in _notices(line, language, held, problems[line.variant_id])),
            *_trial_notices(basket, shopper, language),
            *_coupon_notices(cart),
        ),
        quote=basket.price(coupon=coupon, offer=offer if basket.needs_shipping else None, language=language),
        coupon_code=cart.coupon_code if cart else None,
        coupon_problem=problem,
        needs_shipping=basket.needs_shipping,
        is_returnable=basket.is_returnable,
        needs_consent=basket.needs_consent,
        email=cart.email if cart else None,
        address=address,
        document=BuyerDocument.from_dict(cart.document) if cart else None,
        shipping_method=method,
        offers=tuple(_priced(offer, basket.price(coupon=coupon, offer=offer, language=language)) for offer in offers),
        shipped_minor=basket.shipped_minor,
        to_free_shipping_minor=missing,
        revision=cart.revision if cart else 0,
    )


def _priced(offer: ShippingOption, quote: Quote) -> PricedShippingOption:
    return PricedShippingOption(
        method=offer.method,
        price_minor=quote.shipping_minor,
        is_free=offer.is_available and quote.shipping_minor == 0,
        is_available=offer.is_available,
        window=offer.window,
        total_minor=quote.total_minor,
        uses_coupon=quote.coupon_code is not None,
    )


def _coupon_of(
    cart: Cart | None, basket: Basket, shopper: Shopper, now: datetime
) -> tuple[Coupon | None, CouponRejected | None]:
    if cart is None or cart.coupon_code is None or not basket.goods:
        return None, None
    try:
        return check_coupon(cart, cart.coupon, basket, shopper, now), None
    except CouponRejected as problem:
        return None, problem


def _trial_notices(basket: Basket, shopper: Shopper, language: str) -> list[Notice]:
    """Return why a plan with trial days costs something today, where its buyer can change that."""
    plan = basket.plan
    if plan is None or basket.has_trial or not shopper.customer_id or is_confirmed(shopper.customer_id):
        return []
    return [Notice("trial_unconfirmed", {"name": plan.name_in(language), "days": plan.trial_days})]


def _coupon_notices(cart: Cart | None) -> list[Notice]:
    """Return that the coupon gives something else than when the shopper saw it last, if it does."""
    if cart is None or cart.coupon is None or cart.coupon_terms in (None, cart.coupon.terms):
        return []
    return [Notice("coupon_changed", {"code": cart.coupon.code})]


def _line_view(
    line: CartLine, language: str, basket: Basket, held: Mapping[str, int], problem: str, now: datetime
) -> CartLineView:
    variant = line.variant
    changed = line.seen_price_minor != variant.price_minor
    return CartLineView(
        product_id=variant.product_id,
        variant_id=variant.id,
        sku=variant.sku,
        options=variant.options_in(language),
        slug=variant.slug,
        name=variant.name_in(language),
        image=variant.image,
        kind=variant.kind,
        quantity=line.quantity,
        unit_price_minor=variant.price_minor,
        previous_price_minor=line.seen_price_minor if changed else None,
        total_minor=basket.due_minor(variant) * line.quantity,
        available=_available(line, held),
        problem=problem,
        interval=variant.interval if variant.is_plan else None,
        trial_days=basket.trial_days(variant),
        next_charge_at=period_end(now, variant.interval) if variant.is_plan and variant.interval else None,
    )


def _available(line: CartLine, held: Mapping[str, int]) -> int:
    """Return the units that this cart can have: those that are free and those that its own unpaid order holds."""
    own = held.get(line.variant_id, 0) if line.variant.is_on_sale else 0
    return min(line.variant.available + own, MAX_QUANTITY)


def _problem(line: CartLine, held: Mapping[str, int], crowded: bool) -> str:
    if not line.variant.is_on_sale:
        return "unavailable"
    if line.variant.is_plan and crowded:
        return "one_plan"
    if line.variant.is_physical and line.quantity > _available(line, held):
        return "out_of_stock"
    return ""


def _notices(line: CartLine, language: str, held: Mapping[str, int], problem: str) -> list[Notice]:
    variant, found = line.variant, []
    name = variant.name_in(language)
    if problem:
        code = "product_unavailable" if problem == "unavailable" else problem
        found.append(Notice(code, {"name": name, "available": _available(line, held)}))
    if line.seen_price_minor != variant.price_minor:
        prices = {"old_minor": line.seen_price_minor, "new_minor": variant.price_minor}
        found.append(Notice("price_changed", {"name": name, **prices}))
    return found
