"""Storing a draft as an order with its stock reserved; inside a transaction."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from storefront.database import db
from storefront.domain import inventory, order_tokens
from storefront.domain.basket import Basket
from storefront.domain.catalogue import Product
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.customer import normalise_email
from storefront.domain.order import Order, OrderLine
from storefront.domain.shipping import DateRange
from storefront.enums import CheckoutSessionState, OrderEventCode, OrderStatus, PaymentStatus
from storefront.errors import (
    OutOfStock,
)
from storefront.i18n.consent import CONSENT_VERSION, consent_text
from storefront.ids import new_id
from storefront.services.checkout.purchase import Draft, Purchase
from storefront.services.payments import checkout_sessions, settlement


def reserve(order: Order, basket: Basket, now: datetime) -> None:
    """Hold the goods, or raise `OutOfStock` naming them."""
    try:
        inventory.reserve(order.id, basket.wanted_stock, now)
    except OutOfStock as refusal:
        names = {product.id: product.name_in(order.language) for product, _ in basket.goods}
        short = [(key, names[key], wanted, left) for key, wanted, left in refusal.data["shortages"]]
        raise OutOfStock(shortages=short) from None


def write_order(purchase: Purchase, draft: Draft, now: datetime) -> Order:
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
        delivery_earliest=_iso(window, "earliest"),
        delivery_latest=_iso(window, "latest"),
        notes=purchase.notes.strip(),
        consent=_consent(purchase, draft, now),
        placed_at=now,
        hold_until=checkout_sessions.session_end(now) + checkout_sessions.GRACE,
    )
    db.session.add(order)
    db.session.flush()  # the lines need the id, and the number is made of it
    order.add_note(OrderEventCode.PLACED, "placed", cause="customer", now=now)
    return order


def write_lines(order: Order, draft: Draft) -> list[OrderLine]:
    """Return the lines, frozen as they are now."""
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
            "tax_rate": products[line.product_id].tax_rate,
            **_plan_terms(products[line.product_id], draft.basket),
        }
        for line in draft.quote.lines
    ]
    # One statement for all of them; as added objects, SQLite would need one each to learn their ids.
    db.session.connection().execute(insert(OrderLine), rows)
    return [OrderLine(**row) for row in rows]


def _plan_terms(product: Product, basket: Basket) -> dict[str, Any]:
    """Return what is frozen of a plan's terms; every row of one insert needs the same columns."""
    return {
        "interval": product.interval if product.is_plan else None,
        "recurring_minor": product.price_minor if product.is_plan else None,
        "trial_days": basket.trial_days(product),
    }


def settle_free(order: Order, checkout_session: CheckoutSession, now: datetime) -> None:
    """Mark an order with a total of zero as paid; it never goes to the provider."""
    checkout_session.session_id = f"free_{order.public_id}"
    checkout_session.url = _with_session(checkout_session.request["success_url"], checkout_session.session_id)
    checkout_session.state = CheckoutSessionState.PAID
    receipt = settlement.ReceivedPayment(None, 0, order.currency)
    settlement.settle(order, receipt, cause="free order", now=now)


def _with_session(url: str, session_id: str) -> str:
    return url.replace("{CHECKOUT_SESSION_ID}", session_id)


def _consent(purchase: Purchase, draft: Draft, now: datetime) -> dict[str, Any] | None:
    if not draft.basket.needs_consent:
        return None
    consent = {"version": CONSENT_VERSION, "text": consent_text(purchase.language), "language": purchase.language}
    return {**consent, "at": now.isoformat()}


def _iso(window: DateRange | None, name: str) -> str | None:
    if window is None:
        return None
    day: date = getattr(window, name)
    return day.isoformat()
