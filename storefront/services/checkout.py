"""From a cart to a page where it can be paid: begin, try again, give up."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import false, func, insert, or_, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain import inventory
from storefront.domain.basket import Basket, merge
from storefront.domain.cart import Cart
from storefront.domain.catalog import Product
from storefront.domain.coupon import Coupon
from storefront.domain.customer import normalise_email
from storefront.domain.order import Order, OrderLine, PaymentStatus, Status
from storefront.domain.payment import PaymentAttempt
from storefront.domain.pricing import Quote
from storefront.domain.shipping import Address, DateRange, Offer
from storefront.errors import (
    AmountTooSmall,
    ConsentRequired,
    EmptyCart,
    InvalidInput,
    NotFound,
    OutOfStock,
    PaymentProviderError,
    PriceChanged,
    TooManyHolds,
    WrongState,
)
from storefront.ids import new_token
from storefront.services import attempts, carts, plan_checkout, settlement
from storefront.services.plan_checkout import NeedsPayer, OpenElsewhere
from storefront.services.shopper import Shopper
from storefront.settings import settings
from storefront.wording.consent import CONSENT_VERSION, consent_text

MAX_NOTES = 500

_REUSE_UNTIL = timedelta(minutes=2)
"""A page about to expire is not handed out again."""

_SAME_CLICK = timedelta(seconds=30)
"""A page asked for so shortly ago is still being opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a door hands over. `items` are (product id or slug, quantity); None buys the shopper's cart.

    `key` is the client's own name for this purchase of items: tried again, it finds the order it made.
    """

    shopper: Shopper
    email: str
    language: str
    success_url: str
    cancel_url: str
    items: tuple[tuple[str, int], ...] | None = None
    address: Address | None = None
    shipping_method: str | None = None
    coupon_code: str | None = None
    notes: str = ""
    digital_consent: bool = False
    expected_total_minor: int | None = None
    network: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A page where the order can be paid; for an order that costs nothing, the success page."""

    order_id: str
    order_number: str
    session_id: str
    checkout_url: str
    expires_at: datetime
    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    basket: Basket
    quote: Quote
    coupon: Coupon | None
    offer: Offer | None
    address: Address | None
    key: str | None = None
    cart_id: int | None = None


class _Superseded(Exception):
    """An earlier order of this cart is still open and must be closed before another is made."""

    def __init__(self, order_id: int) -> None:
        self.order_id = order_id


def begin(purchase: Purchase) -> Started:
    """Reserve, order and open a payment page; the same cart twice gives the same page.

    The order is committed before the provider is called, and no transaction is open during the call.
    Raises the refusals of the cart, coupon, shipping and stock; `PriceChanged` if the total is not the
    one that the buyer saw; `PaymentProviderError` if no page could be opened.
    """
    if len(purchase.notes) > MAX_NOTES:
        raise InvalidInput({"customerNotes": "too_long"})
    attempt = _place_after_closing(purchase)
    return _started(attempts.open_page(attempt) if attempt.state == "asked" else attempt)


def retry(shopper: Shopper, order_id: str, *, success_url: str, cancel_url: str) -> Started:
    """Open a new page for an unpaid order; the old page is closed first, and if it was paid that counts."""
    now = clock.now()
    with transaction():
        order = own_order(shopper, order_id, lock=True)
        _require_unpaid(order)
        lines = settlement.lines_of(order)
        plan_checkout.require_free(order, lines)
        urls = {"success_url": success_url, "cancel_url": cancel_url}
        attempt = _on_its_way(order, urls, now) or attempts.new_attempt(order, lines, now=now, **urls)
    attempts.close_pages(order.id, cause="customer: pay again", keep=attempt.id)
    with transaction():
        _require_unpaid(own_order(shopper, order_id, lock=True))
    return _started(attempts.open_page(attempt))


def cancel(shopper: Shopper, order_id: str) -> Order:
    """Cancel an unpaid order after the provider confirmed that it cannot be paid any more."""
    order = own_order(shopper, order_id)
    _require_unpaid(order)
    attempts.close_pages(order.id, cause="customer")
    order = own_order(shopper, order_id)
    if order.status != Status.CANCELLED:
        raise WrongState(status=order.status)
    return order


def own_order(shopper: Shopper, order_id: str, *, lock: bool = False) -> Order:
    """Return the shopper's order by its public id, or raise `NotFound`."""
    statement = select(Order).where(Order.public_id == order_id).execution_options(populate_existing=True)
    order = db.session.scalar(statement.with_for_update() if lock else statement)
    if order is None or not shopper.owns(order):
        raise NotFound(order_id=order_id)
    return order


def products_by_key(keys: list[str]) -> dict[str, Product]:
    """Return published products by the id or slug they were asked by, in one statement; raise `NotFound`."""
    found = db.session.scalars(
        select(Product).where(or_(Product.id.in_(keys), Product.slug.in_(keys)), Product.is_published)
    ).all()
    by_key = {product.id: product for product in found} | {product.slug: product for product in found}
    for key in keys:
        if key not in by_key:
            raise NotFound(product_id=key)
    return by_key


def basket_from(items: tuple[tuple[str, int], ...]) -> Basket:
    """Return items as a basket; a product asked for by id and by slug is one product."""
    if not items:
        raise EmptyCart()
    merged = merge(items)
    products = products_by_key(list(merged))
    totals = merge([(products[key].id, quantity) for key, quantity in merged.items()])
    return Basket(tuple((products[key], quantity) for key, quantity in totals.items()))


def _place_after_closing(purchase: Purchase) -> PaymentAttempt:
    """Place the order, closing first what is still open of this cart; two, where a guest's cart came along at login."""
    closed: set[int] = set()
    while True:
        try:
            return _place(purchase)
        except NeedsPayer as unknown:
            plan_checkout.make_payer(unknown.customer_id)
        except (_Superseded, OpenElsewhere) as earlier:
            if earlier.order_id in closed:
                raise PaymentProviderError(reason="earlier order still open") from None
            closed.add(earlier.order_id)
            attempts.close_pages(earlier.order_id, cause="customer: cart changed")


def _place(purchase: Purchase) -> PaymentAttempt:
    """Transaction one: everything is promised and written down, or nothing is."""
    now = clock.now()
    with transaction():
        draft = _draft_cart(purchase, now) if purchase.items is None else _draft_items(purchase, now)
        if isinstance(draft, PaymentAttempt):
            return draft
        _refuse(purchase, draft)
        order = _write_order(purchase, draft, now)
        lines = _write_lines(order, draft)
        attempt = attempts.new_attempt(
            order, lines, success_url=purchase.success_url, cancel_url=purchase.cancel_url, now=now
        )
        if draft.coupon:
            coupons.redeem(draft.coupon, order.id, order.email)
        _reserve(order, draft.basket, now)
        if order.total_minor == 0 and draft.basket.plan is None:
            _settle_free(order, attempt, now)
        return attempt


def _reserve(order: Order, basket: Basket, now: datetime) -> None:
    try:
        inventory.reserve(order.id, basket.wanted_stock, now)
    except OutOfStock as refusal:
        names = {product.id: product.name_in(order.language) for product, _ in basket.goods}
        short = [(key, names[key], wanted, left) for key, wanted, left in refusal.data["shortages"]]
        raise OutOfStock(shortages=short) from None


def _draft_items(purchase: Purchase, now: datetime) -> _Draft | PaymentAttempt:
    """Return what the items amount to, or the open page of the order that the same key made before."""
    key = _client_key(purchase)
    earlier = db.session.scalar(select(Order).where(Order.checkout_key == key)) if key else None
    if earlier is not None:
        if attempt := _open_attempt(earlier, now):
            return attempt
        raise _Superseded(earlier.id)
    basket = basket_from(purchase.items or ())
    return _price(purchase, basket, purchase.address, purchase.shipping_method, now, key=key)


def _draft_cart(purchase: Purchase, now: datetime) -> _Draft | PaymentAttempt:
    """Return what the cart amounts to, or the open page of the order that was made from it as it is."""
    cart = carts.lock_cart(purchase.shopper)
    key = _checkout_key(cart, purchase)
    earlier = db.session.scalar(select(Order).where(Order.cart_id == cart.id, Order.checkout_key.is_not(None)))
    if earlier is not None:
        if attempt := _reusable(earlier, key, cart, now):
            return attempt
        raise _Superseded(earlier.id)
    address = purchase.address or (Address.from_dict(cart.address) if cart.address else None)
    method = purchase.shipping_method or cart.shipping_method
    code = purchase.coupon_code or cart.coupon_code
    return _price(purchase, carts.basket_of(cart.lines), address, method, now, code=code, key=key, cart_id=cart.id)


def _price(
    purchase: Purchase,
    basket: Basket,
    address: Address | None,
    method: str | None,
    now: datetime,
    *,
    code: str | None = None,
    key: str | None = None,
    cart_id: int | None = None,
) -> _Draft:
    basket.require_available(purchase.language)
    basket = plan_checkout.admit(basket, purchase.shopper)
    code = code or purchase.coupon_code
    coupon = None
    if code:
        # Whether this person may still use it is looked at when it is redeemed, its row being locked.
        coupon = coupons.check(coupons.find(code), basket.for_coupon, None, now)
    if basket.needs_shipping and address is None:
        raise InvalidInput({"shippingAddress": "required"})
    offer = carts.require_offer(basket, address, method or "standard", now)
    return _Draft(
        basket=basket,
        quote=basket.price(coupon=coupon, offer=offer, language=purchase.language),
        coupon=coupon,
        offer=offer,
        address=address if basket.needs_shipping else None,
        key=key,
        cart_id=cart_id,
    )


def _refuse(purchase: Purchase, draft: _Draft) -> None:
    """Raise what only the finished quote can tell."""
    total = draft.quote.total_minor
    if purchase.expected_total_minor is not None and purchase.expected_total_minor != total:
        raise PriceChanged(quote=draft.quote)
    if 0 < total < settings().MINIMUM_ORDER_MINOR:
        raise AmountTooSmall(minimum_minor=settings().MINIMUM_ORDER_MINOR)
    if draft.basket.needs_consent and not purchase.digital_consent:
        raise ConsentRequired()
    _refuse_hoarding(purchase)


def _refuse_hoarding(purchase: Purchase) -> None:
    """Nobody freezes the stock: open holds are counted by customer or e-mail, and by network address."""
    if not settings().RATE_LIMITS:
        return
    is_open = (Order.status == Status.PENDING.value, Order.hold_until.is_not(None))
    is_same_person = Order.email == normalise_email(purchase.email)
    is_same_network = Order.network == purchase.network if purchase.network else false()
    by_person, by_network = db.session.execute(
        select(func.count().filter(is_same_person), func.count().filter(is_same_network)).where(
            *is_open, or_(is_same_person, is_same_network)
        )
    ).one()
    if by_person >= settings().MAX_HOLDS_PER_PERSON or by_network >= settings().MAX_HOLDS_PER_NETWORK:
        raise TooManyHolds()


def _write_order(purchase: Purchase, draft: _Draft, now: datetime) -> Order:
    quote, window = draft.quote, draft.offer.window if draft.offer else None
    order = Order(
        token=new_token(),
        checkout_key=draft.key,
        cart_id=draft.cart_id,
        customer_id=purchase.shopper.customer_id,
        email=normalise_email(purchase.email),
        language=purchase.language,
        network=purchase.network,
        status=Status.PENDING.value,
        payment_status=PaymentStatus.PENDING.value,
        currency=quote.currency,
        subtotal_minor=quote.subtotal_minor,
        discount_minor=quote.discount_minor,
        shipping_minor=quote.shipping_minor,
        tax_minor=quote.tax_minor,
        total_minor=quote.total_minor,
        seal=quote.seal,
        coupon_code=quote.coupon_code,
        shipping_method=quote.shipping_method,
        address=draft.address.to_dict() if draft.address else None,
        delivery_earliest=_iso(window, "earliest"),
        delivery_latest=_iso(window, "latest"),
        notes=purchase.notes.strip(),
        consent=_consent(purchase, draft, now),
        placed_at=now,
        hold_until=attempts.page_end(now) + attempts.GRACE,
    )
    db.session.add(order)
    db.session.flush()  # the lines need the id, and the number is made of it
    order.remark("placed", cause="customer", now=now)
    return order


def _write_lines(order: Order, draft: _Draft) -> list[OrderLine]:
    products = {product.id: product for product, _ in draft.basket.goods}
    rows = [
        {
            "order_id": order.id,
            "product_id": line.product_id,
            "slug": products[line.product_id].slug,
            "kind": products[line.product_id].kind,
            "name": line.name,
            "image": products[line.product_id].image,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price_minor,
            "total_minor": line.total_minor,
            "discount_minor": line.discount_minor,
            "tax_minor": line.tax_minor,
            "tax_basis_points": products[line.product_id].tax_basis_points,
            **_plan_terms(products[line.product_id], draft.basket),
        }
        for line in draft.quote.lines
    ]
    # One statement for all of them; as added objects, SQLite would need one each to learn their ids.
    db.session.execute(insert(OrderLine), rows)
    return [OrderLine(**row) for row in rows]


def _plan_terms(product: Product, basket: Basket) -> dict[str, Any]:
    """Return what is frozen of a plan's terms; every row of one insert needs the same columns."""
    return {
        "interval": product.interval if product.is_plan else None,
        "recurring_minor": product.price_minor if product.is_plan else None,
        "trial_days": basket.trial_days(product),
    }


def _settle_free(order: Order, attempt: PaymentAttempt, now: datetime) -> None:
    """An order of nothing never goes to the provider: it is paid here and now."""
    attempt.session_id = f"free_{order.public_id}"
    attempt.url = _with_session(attempt.request["success_url"], attempt.session_id)
    attempt.state = "paid"
    receipt = settlement.Receipt(None, 0, order.currency)
    settlement.settle(order, receipt, cause="free order", now=now)


def _with_session(url: str, session_id: str) -> str:
    return url.replace("{CHECKOUT_SESSION_ID}", session_id)


def _consent(purchase: Purchase, draft: _Draft, now: datetime) -> dict[str, Any] | None:
    if not draft.basket.needs_consent:
        return None
    said = {"version": CONSENT_VERSION, "text": consent_text(purchase.language), "language": purchase.language}
    return {**said, "at": now.isoformat()}


def _checkout_key(cart: Cart, purchase: Purchase) -> str:
    """Return a key of the cart as it is and of what was said at the door, so that the same click is the same order."""
    said: list[str | None] = [
        purchase.email,
        purchase.notes.strip(),
        purchase.success_url,
        purchase.cancel_url,
        purchase.language,
    ]
    said += [purchase.shipping_method, purchase.coupon_code, str(purchase.address)]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
    return f"cart:{cart.id}:{cart.revision}:{digest}"


def _client_key(purchase: Purchase) -> str | None:
    """Return the order's key for a client's own key; another purchase under the same key is another order."""
    if purchase.key is None:
        return None
    said = [purchase.shopper.customer_id, purchase.key, str(purchase.items), purchase.coupon_code]
    said += [str(purchase.address), purchase.shipping_method, purchase.success_url, purchase.cancel_url]
    return f"api:{hashlib.sha256(json.dumps(said).encode()).hexdigest()}"


def _reusable(earlier: Order, key: str, cart: Cart, now: datetime) -> PaymentAttempt | None:
    if earlier.checkout_key != key or earlier.status != Status.PENDING:
        return None
    prices = {line.product.id: line.product.price_minor for line in cart.lines}
    lines = settlement.lines_of(earlier)
    if any(prices.get(line.product_id or "") != line.list_price_minor for line in lines):
        return None
    return _open_attempt(earlier, now)


def _open_attempt(earlier: Order, now: datetime) -> PaymentAttempt | None:
    """Return the order's page if it can be handed out again."""
    if earlier.status != Status.PENDING:
        return None
    return db.session.scalar(
        select(PaymentAttempt)
        .where(
            PaymentAttempt.order_id == earlier.id,
            PaymentAttempt.state.in_(("asked", "open")),
            PaymentAttempt.expires_at > now + _REUSE_UNTIL,
        )
        .order_by(PaymentAttempt.id.desc())
    )


def _on_its_way(order: Order, urls: dict[str, str], now: datetime) -> PaymentAttempt | None:
    """Return the page that a click just before this one is opening, so that two clicks do not close each other's."""
    attempt = db.session.scalar(
        select(PaymentAttempt)
        .where(
            PaymentAttempt.order_id == order.id,
            PaymentAttempt.state == "asked",
            PaymentAttempt.created_at > now - _SAME_CLICK,
        )
        .order_by(PaymentAttempt.id.desc())
        .limit(1)
    )
    return attempt if attempt and urls.items() <= attempt.request.items() else None


def _require_unpaid(order: Order) -> None:
    if order.is_paid or order.review_reason or order.status != Status.PENDING:
        raise WrongState(status=order.status)


def _started(attempt: PaymentAttempt) -> Started:
    order = db.session.get(Order, attempt.order_id)
    assert order is not None
    assert attempt.session_id is not None
    assert attempt.url is not None
    return Started(
        order_id=order.public_id,
        order_number=order.number,
        session_id=attempt.session_id,
        checkout_url=attempt.url,
        expires_at=attempt.expires_at,
        quote=attempts.quote_of(order, settlement.lines_of(order)),
    )


def _iso(window: DateRange | None, name: str) -> str | None:
    if window is None:
        return None
    day: date = getattr(window, name)
    return day.isoformat()


__all__ = ["MAX_NOTES", "Purchase", "Started", "begin", "cancel", "retry"]
