"""Placing an order: one transaction stores it with its stock reserved, and then its payment page is opened.

Read `begin` from top to bottom: it is the checkout of every interface.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain import inventory, order_search, order_tokens
from storefront.domain.basket import Basket
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.customer import normalise_email
from storefront.domain.order import Order, OrderLine
from storefront.domain.pricing import Quote
from storefront.enums import CheckoutSessionState, OrderEventCode, OrderStatus, PaymentStatus, TextPage
from storefront.errors import InvalidInput, OutOfStock, PaymentProviderError
from storefront.i18n.consent import CONSENT_VERSION, consent_text
from storefront.ids import new_id
from storefront.observability import metrics
from storefront.services.checkout.drafts import (
    MAX_NOTES,
    Draft,
    OpenOrder,
    Placed,
    Purchase,
    draft_cart,
    draft_items,
    require_as_seen,
)
from storefront.services.checkout.holds import require_within_limits
from storefront.services.payments import checkout_sessions, declines, settlement
from storefront.services.subscriptions import stripe_customers
from storefront.settings import seller, shop_texts

logger = logging.getLogger(__name__)


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
class UnknownCustomer:
    """A customer whom the payment provider has to know before the order is placed."""

    id: str


def begin(purchase: Purchase) -> PlacedOrder:
    """Reserve, order and open a payment page; the same cart twice gives the same page.

    The order is committed before the provider is called, and no transaction is open during the call. What is still
    open of this cart is closed first: one order, or two where a guest's cart came along at login.
    Raises the refusals of the cart, coupon, shipping and stock; `PriceChanged` if the total is not the
    one that the buyer saw, `DeliveryChanged` if it comes later; `PaymentProviderError` if no page could be opened.
    """
    if len(purchase.notes) > MAX_NOTES:
        raise InvalidInput({"customerNotes": "too_long"})
    declines.require_account(purchase.shopper, purchase.network)
    closed: set[int] = set()
    while not isinstance(outcome := _place(purchase), Placed):
        if isinstance(outcome, UnknownCustomer):
            stripe_customers.create_stripe_customer(outcome.id)
            continue
        if outcome.id in closed:
            raise PaymentProviderError(reason="earlier order still open")
        closed.add(outcome.id)
        checkout_sessions.close_sessions(outcome.id, cause="customer: cart changed", code=OrderEventCode.CANCELLED)
    return open_page(outcome)


def _place(purchase: Purchase) -> Placed | OpenOrder | UnknownCustomer:
    """Transaction one: reserve the stock and store the order, or neither; or say what has to be done before."""
    now = clock.now()
    with transaction():
        draft = draft_cart(purchase, now) if purchase.items is None else draft_items(purchase, now)
        if not isinstance(draft, Draft):
            return draft
        require_as_seen(purchase, draft)
        if draft.basket.plan and (unknown := stripe_customers.find_unknown(purchase.shopper)):
            return UnknownCustomer(unknown)
        order = _write_order(purchase, draft, now)
        lines = _write_lines(order, draft)
        checkout_session = checkout_sessions.new_session(
            order, lines, success_url=purchase.success_url, cancel_url=purchase.cancel_url, now=now
        )
        require_within_limits(purchase, draft.basket, order)
        if draft.coupon:
            coupons.redeem(draft.coupon, order.id, order.email, is_guest=order.customer_id is None)
        _reserve(order, draft.basket, now)
        if order.total_minor == 0 and draft.basket.plan is None:
            _settle_free(order, checkout_session, now)
        return Placed(order, lines, checkout_session)


def open_page(placed: Placed) -> PlacedOrder:
    """Open the page of an order that is committed; its values are read before the call."""
    order, checkout_session = placed.order, placed.checkout_session
    logger.info("order placed", extra={"order": order.number})
    metrics.steps.labels("placed").inc()
    number, quote = order.number, checkout_sessions.quote_of(order, placed.lines)
    public_id = order.public_id
    if checkout_session.state == CheckoutSessionState.ASKED:
        checkout_session = checkout_sessions.open_session(checkout_session)
    metrics.steps.labels("page_opened").inc()
    assert checkout_session.session_id is not None
    assert checkout_session.url is not None
    return PlacedOrder(
        order_id=public_id,
        order_number=number,
        session_id=checkout_session.session_id,
        checkout_url=checkout_session.url,
        expires_at=checkout_session.expires_at,
        quote=quote,
    )


def _write_order(purchase: Purchase, draft: Draft, now: datetime) -> Order:
    """Return the order as a row with its number; no stock is reserved yet."""
    quote, window = draft.quote, draft.offer.window if draft.offer else None
    public_id = new_id()
    order = Order(
        public_id=public_id,
        token_digest=order_tokens.digest_of(public_id),
        checkout_key=draft.key,
        cart_id=draft.cart_id,
        customer_id=purchase.shopper.customer_id,
        email=normalise_email(purchase.email),
        language=purchase.language,
        network=purchase.network,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.PENDING,
        currency=quote.currency,
        subtotal_minor=quote.subtotal_minor,
        discount_minor=quote.discount_minor,
        shipping_minor=quote.shipping_minor,
        tax_minor=quote.tax_minor,
        total_minor=quote.total_minor,
        quote_hash=quote.quote_hash,
        coupon_code=quote.coupon_code,
        shipping_method=quote.shipping_method,
        address=draft.address.to_dict() if draft.address else None,
        document=draft.document,
        delivery_earliest=window.earliest.isoformat() if window else None,
        delivery_latest=window.latest.isoformat() if window else None,
        notes=purchase.notes.strip(),
        consent=_consent(purchase.language, now) if draft.basket.needs_consent else None,
        terms_version=shop_texts().versions.get(TextPage.TERMS, 0),
        seller=asdict(seller()),
        placed_at=now,
        hold_until=checkout_sessions.session_end(now) + checkout_sessions.GRACE,
    )
    order_search.refresh(order, (line.sku for line in quote.lines))
    db.session.add(order)
    db.session.flush()  # the lines need the id, and the number is made of it
    order.add_note(OrderEventCode.PLACED, "placed", cause="customer", now=now)
    return order


def _consent(language: str, now: datetime) -> dict[str, Any]:
    text = {"version": CONSENT_VERSION, "text": consent_text(language), "language": language}
    return {**text, "at": now.isoformat()}


def _write_lines(order: Order, draft: Draft) -> list[OrderLine]:
    """Return the lines, frozen as they are now; every row of the one insert needs the same columns."""
    variants = {variant.id: variant for variant, _ in draft.basket.goods}
    rows = []
    for line in draft.quote.lines:
        variant = variants[line.variant_id]
        product = variant.product
        row = {
            "order_id": order.id,
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "sku": line.sku,
            "options": line.options,
            "slug": product.slug,
            "kind": product.kind,
            "name": line.name,
            "image": variant.image,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price_minor,
            "total_minor": line.total_minor,
            "discount_minor": line.discount_minor,
            "tax_minor": line.tax_minor,
            "tax_basis_points": product.tax_basis_points,
            "tax_rate": product.tax_rate,
            "interval": variant.interval if variant.is_plan else None,
            "recurring_minor": variant.price_minor if variant.is_plan else None,
            "trial_days": draft.basket.trial_days(variant),
        }
        rows.append(row)
    # One statement for all of them; as added objects, SQLite would need one each to learn their ids.
    db.session.connection().execute(insert(OrderLine), rows)
    return [OrderLine(**row) for row in rows]


def _reserve(order: Order, basket: Basket, now: datetime) -> None:
    """Hold the goods, or raise `OutOfStock` naming them."""
    try:
        inventory.reserve(order.id, basket.wanted_stock, now)
    except OutOfStock as refusal:
        goods = {variant.id: variant for variant, _ in basket.goods}
        short = [
            (goods[key].product_id, key, goods[key].name_in(order.language), wanted, left)
            for key, wanted, left in refusal.data["shortages"]
        ]
        raise OutOfStock(shortages=short) from None


def _settle_free(order: Order, checkout_session: CheckoutSession, now: datetime) -> None:
    """Mark an order with a total of zero as paid; it never goes to the provider."""
    session_id = f"free_{order.public_id}"
    checkout_session.session_id = session_id
    checkout_session.url = checkout_session.request["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id)
    checkout_session.state = CheckoutSessionState.PAID
    receipt = settlement.ReceivedPayment(None, 0, order.currency)
    settlement.settle(order, receipt, cause="free order", now=now)
