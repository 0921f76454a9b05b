"""Bringing back an order that is paid at Stripe and missing here, as after a restored backup."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import inventory, order_search, order_tokens
from storefront.domain.catalogue import TAX_BASIS_POINTS, Product, Variant
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.enums import OrderEventCode, OrderStatus, ProductKind, TaxRate
from storefront.errors import OutOfStock
from storefront.gateways import payments
from storefront.gateways.payments import PaidLine, PaymentEvent, SessionSnapshot
from storefront.ids import is_id
from storefront.money import CURRENCY, tax_contained
from storefront.settings import seller


class OrderMissing(Exception):
    """A session of ours is paid and its order is missing here."""


def is_ours(event: PaymentEvent) -> bool:
    """Return whether the event is of a paid page with our marks (order id and quote): others have no order to miss."""
    checkout = event.subject
    if event.type != "checkout.session.completed" or not isinstance(checkout, SessionSnapshot):
        return False
    return checkout.is_paid and is_id(checkout.order_id or "") and bool(checkout.quote_hash)


def missing_order(event: PaymentEvent) -> None:
    """Restore the order of a paid session if it is missing; the event then settles it as usual.

    Only for pages that carry our marks (order id, number and quote): others are not ours.
    """
    checkout = event.subject
    if isinstance(checkout, SessionSnapshot) and checkout.order_id and is_ours(event):
        order_of(checkout)


def order_of(checkout: SessionSnapshot) -> int:
    """Return the id of the order of a paid session, which is restored from the session if it is missing."""
    assert checkout.order_id is not None
    known = _find(checkout.order_id)
    if known is not None:
        return known
    lines = payments().fetch_lines(checkout.id)
    with transaction():
        return _find(checkout.order_id) or _write(checkout, lines)


def _find(public_id: str) -> int | None:
    return db.session.scalar(select(Order.id).where(Order.public_id == public_id))


def _write(checkout: SessionSnapshot, paid: tuple[PaidLine, ...]) -> int:
    now = clock.now()
    variants = _variants_of(paid)
    goods = [(line, variants.get(line.variant_id) or variants.get(line.name)) for line in paid]
    subtotal = sum(line.unit_price_minor * line.quantity for line in paid)
    discount = sum(line.discount_minor for line in paid)
    order = Order(
        public_id=checkout.order_id,
        token_digest=order_tokens.digest_of(checkout.order_id or ""),
        customer_id=_customer_id(checkout),
        email=(checkout.email or "").lower(),
        language="es",
        currency=CURRENCY,
        subtotal_minor=subtotal,
        discount_minor=discount,
        shipping_minor=checkout.total_minor - subtotal + discount,
        tax_minor=sum(_tax(line, variant) for line, variant in goods),
        total_minor=checkout.total_minor,
        quote_hash=checkout.quote_hash,
        seller=asdict(seller()),
        placed_at=now,
    )
    order_search.refresh(order, (variant.sku for _, variant in goods if variant))
    db.session.add(order)
    db.session.flush()  # the lines need the id
    order.add_note(OrderEventCode.REBUILT, "rebuilt from the payment page", cause=f"stripe {checkout.id}", now=now)
    lines = [_line(order.id, line, variant) for line, variant in goods]
    db.session.add_all(lines)
    _reserve(order, lines, now)
    return order.id


def _variants_of(paid: tuple[PaidLine, ...]) -> dict[str, Variant]:
    """Return by id and by name, in either language, the variants of a page's lines.

    Pages that were opened before lines had the variant's id have only its name, that of a product without options.
    """
    names = {line.name for line in paid if not line.variant_id}
    named = Product.name.in_(names) | Product.name_en.in_(names)
    statement = select(Variant).join(Variant.product).where(Variant.id.in_(line.variant_id for line in paid) | named)
    found = db.session.scalars(statement).unique().all()
    by_name = {variant.name_in(language): variant for variant in found for language in ("es", "en")}
    return by_name | {variant.id: variant for variant in found}


def _customer_id(checkout: SessionSnapshot) -> str | None:
    """Return the customer of a plan's session; other sessions have none."""
    if checkout.customer_id is None:
        return None
    return db.session.scalar(select(Customer.id).where(Customer.provider_id == checkout.customer_id))


def _reserve(order: Order, lines: list[OrderLine], now: datetime) -> None:
    """Hold the stock for the payment that follows; without it the order is cancelled, so that the money goes back."""
    wanted: dict[str, int] = {}
    for line in lines:
        if line.kind == ProductKind.PHYSICAL and line.variant_id:
            wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    try:
        with db.session.begin_nested():
            inventory.reserve(order.id, wanted, now)
    except OutOfStock:
        order.move(
            OrderStatus.CANCELLED, cause="rebuild", now=now, note="no stock left", code=OrderEventCode.OUT_OF_STOCK
        )


def _rate(variant: Variant | None) -> TaxRate:
    """Return the kind of IVA of a line: what is not sold any more is taxed by the general rate."""
    return variant.tax_rate if variant else TaxRate.GENERAL


def _tax(line: PaidLine, variant: Variant | None) -> int:
    gross = line.unit_price_minor * line.quantity - line.discount_minor
    return tax_contained(gross, TAX_BASIS_POINTS[_rate(variant)])


def _line(order_id: int, line: PaidLine, variant: Variant | None) -> OrderLine:
    return OrderLine(
        order_id=order_id,
        product_id=variant.product_id if variant else None,
        variant_id=variant.id if variant else None,
        sku=variant.sku if variant else "",
        options=variant.options_in("es") if variant else {},
        slug=variant.slug if variant else "",
        kind=variant.kind if variant else ProductKind.PHYSICAL,
        name=line.name,
        image=variant.image if variant else "",
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        total_minor=line.unit_price_minor * line.quantity,
        discount_minor=line.discount_minor,
        tax_minor=_tax(line, variant),
        tax_basis_points=TAX_BASIS_POINTS[_rate(variant)],
        tax_rate=_rate(variant),
        interval=line.interval,
        recurring_minor=line.recurring_minor,
        trial_days=variant.trial_days if variant and line.interval and line.unit_price_minor == 0 else 0,
    )
