"""Whether goods can be bought as lists say: products agree with their variants, and stock with its ledger and holds."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from storefront.database import db
from storefront.domain import product_review
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock, StockHold, StockMovement
from storefront.domain.order import Order
from storefront.enums import OrderStatus, ProductKind, ProductStatus
from storefront.services.jobs.consistency.findings import Finding

_FIX = "flask doctor --fix"


def find_wrong() -> Iterator[Finding]:
    """Yield what of products, variants and stock does not agree."""
    yield from _summaries()
    yield from _ratings()
    yield from _without_variant()
    yield from _without_stock()
    yield from _stock()
    yield from _holds()


def repair_summaries() -> int:
    """Recompute what lists show of products, inside the caller's transaction, and return of how many it was wrong."""
    wrong = db.session.scalars(select(Product).where(Product.id.in_(_wrong_summaries().with_only_columns(Product.id))))
    products = wrong.unique().all()
    for product in products:
        product.summarise()
    return len(products)


def repair_ratings() -> int:
    """Recount the reviews of products inside the caller's transaction, and return of how many they were wrong."""
    wrong = db.session.scalars(_wrong_ratings().with_only_columns(Product.id)).all()
    product_review.recount(*wrong)
    return len(wrong)


def expected_on_hand() -> ColumnElement[int]:
    """Return what the ledger says that a row of stock has on hand."""
    moved = select(func.coalesce(func.sum(StockMovement.on_hand_delta), 0))
    return Stock.initial + moved.where(StockMovement.variant_id == Stock.variant_id).scalar_subquery()


def expected_reserved() -> ColumnElement[int]:
    """Return what the open holds say that is reserved of a row of stock."""
    held = select(func.coalesce(func.sum(StockHold.quantity), 0))
    return held.where(StockHold.variant_id == Stock.variant_id).scalar_subquery()


def _summaries() -> Iterator[Finding]:
    for product in db.session.scalars(_wrong_summaries().order_by(Product.slug)).unique():
        yield Finding("goods", f"{product.slug}: lists show other prices than its variants have", _FIX)


def _wrong_summaries() -> Select[Product]:
    """Return the products whose columns differ from what `Product.summarise` makes of their variants."""
    place = func.row_number().over(
        partition_by=Variant.product_id,
        order_by=(Variant.is_active.desc(), Variant.price_minor, Variant.position, Variant.id),
    )
    highest = func.max(Variant.price_minor).over(partition_by=(Variant.product_id, Variant.is_active))
    ranked = select(
        Variant.product_id, Variant.price_minor, Variant.original_price_minor, Variant.interval,
        highest.label("highest"), place.label("place"),
    ).subquery()  # fmt: skip
    cheapest = ranked.c
    differs = or_(
        Product.price_minor != cheapest.price_minor,
        Product.price_max_minor != cheapest.highest,
        Product.original_price_minor.is_distinct_from(cheapest.original_price_minor),
        Product.interval.is_distinct_from(cheapest.interval),
    )
    return select(Product).join(ranked, cheapest.product_id == Product.id).where(cheapest.place == 1, differs)


def _ratings() -> Iterator[Finding]:
    for slug, count, stars, *expected in db.session.execute(_wrong_ratings()):
        what = f"{slug}: lists show {count} reviews with {stars} stars, it has {expected[0]} with {expected[1]}"
        yield Finding("goods", what, _FIX)


def _wrong_ratings() -> Select[*tuple[Any, ...]]:
    """Return the products whose columns differ from their approved reviews, with what both say."""
    count, stars = product_review.expected_count(), product_review.expected_stars()
    differs = or_(Product.review_count != count, Product.review_stars != stars)
    columns = (Product.slug, Product.review_count, Product.review_stars, count, stars)
    return select(*columns).where(differs).order_by(Product.slug)


def _without_variant() -> Iterator[Finding]:
    active = select(Variant.product_id).where(Variant.is_active)
    is_bare = (Product.status == ProductStatus.PUBLISHED, Product.id.not_in(active))
    for slug in db.session.scalars(select(Product.slug).where(*is_bare).order_by(Product.slug)):
        yield Finding("goods", f"{slug} is published and has no active variant", "activate one, or archive the product")


def _without_stock() -> Iterator[Finding]:
    goods = select(Variant.sku).join(Variant.product).outerjoin(Stock, Stock.variant_id == Variant.id)
    is_sold = (Variant.is_active, Product.status == ProductStatus.PUBLISHED, Product.kind == ProductKind.PHYSICAL)
    for sku in db.session.scalars(goods.where(*is_sold, Stock.variant_id.is_(None)).order_by(Variant.sku)):
        yield Finding("stock", f"{sku} is on sale and nobody received any", f"flask stock receive {sku} UNITS")


def _stock() -> Iterator[Finding]:
    is_off = select(Variant.sku, Stock.on_hand, expected_on_hand()).join(Variant, Variant.id == Stock.variant_id)
    for sku, on_hand, expected in db.session.execute(is_off.where(Stock.on_hand != expected_on_hand())):
        yield Finding("stock", f"{sku}: {on_hand} on hand, the ledger says {expected}", _FIX)


def _holds() -> Iterator[Finding]:
    is_off = select(Variant.sku, Stock.reserved, expected_reserved()).join(Variant, Variant.id == Stock.variant_id)
    for sku, reserved, expected in db.session.execute(is_off.where(Stock.reserved != expected_reserved())):
        yield Finding("stock", f"{sku}: {reserved} reserved, open holds say {expected}", _FIX)
    orphans = (
        select(Order, func.min(Variant.sku))
        .join(StockHold, StockHold.order_id == Order.id)
        .join(Variant, Variant.id == StockHold.variant_id)
        .where(Order.status != OrderStatus.PENDING)
        .group_by(Order.id)
    )
    for order, sku in db.session.execute(orphans):
        what = f"order {order.number} is {order.status} and still holds {sku}"
        yield Finding("stock", what, "report as a defect")
