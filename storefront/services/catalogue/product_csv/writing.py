"""Writing what a file changes, inside the caller's transaction."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update

from storefront.database import db
from storefront.domain.catalogue import Category, FormerSlug, Product, Variant
from storefront.domain.inventory import Stock, StockMovement
from storefront.domain.search import index_products
from storefront.enums import AuditObject, PageKind, StockReason
from storefront.ids import new_id
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue.product_csv.plan import Plan, Progress
from storefront.services.catalogue.product_csv.product_plan import ProductChange, VariantChange
from storefront.services.catalogue.product_csv.shop import Shop
from storefront.services.catalogue.writing import change_of, facts_of

_AT_ONCE = 500
_IN_SEARCH = frozenset({"name", "name_en", "brand", "description", "description_en", "options"})


def write(plan: Plan, shop: Shop, *, staff: Actor, note: str, now: datetime, progress: Progress) -> None:
    """Write the changes; the ledger says who received the first units, with a note, and the audit what each was."""
    categories = shop.categories | _new_categories(plan)
    _free_combinations(change for product in plan.changes for change in product.variants)
    _move_addresses(plan.changes)
    for start in range(0, len(plan.changes), _AT_ONCE):
        part = plan.changes[start : start + _AT_ONCE]
        before = [facts_of(one.product, one.product.variants) if one.product else None for one in part]
        written = [_write_product(change, categories, now) for change in part]
        db.session.flush()
        changes = zip(written, before, strict=True)
        recorded = (change_of(one, earlier, facts_of(one, one.variants)) for one, earlier in changes)
        audit.record_all(staff, AuditObject.PRODUCT, recorded)
        index_products(one for one, change in zip(written, part, strict=True) if _is_in_search(change))
        _receive([variant for change in part for variant in change.variants], staff.name, note, now)
        progress("written", start + len(part), len(plan.changes))


def _new_categories(plan: Plan) -> dict[str, Category]:
    added = {slug: Category(slug=slug, name=name, name_en=name_en) for slug, (name, name_en) in plan.categories.items()}
    db.session.add_all(added.values())
    db.session.flush()
    return added


def _free_combinations(changes: Iterable[VariantChange]) -> None:
    """Give up the combinations that variants change, so that two of them can change places."""
    ids = [change.variant.id for change in changes if change.variant and "option_key" in change.values]
    connection = db.session.connection()
    for part in _parts(ids):
        connection.execute(update(Variant).where(Variant.id.in_(part)).values(option_key=Variant.id))


def _move_addresses(changes: Iterable[ProductChange]) -> None:
    """Keep the earlier addresses of products that get another one."""
    moved = [change for change in changes if change.product is not None and "slug" in change.values]
    now_present = [change.values["slug"] for change in moved]
    connection = db.session.connection()
    for part in _parts(now_present):
        connection.execute(delete(FormerSlug).where(FormerSlug.kind == PageKind.PRODUCT, FormerSlug.slug.in_(part)))
    rows = [
        {"kind": PageKind.PRODUCT, "slug": change.product.slug, "target_id": change.product.id}
        for change in moved
        if change.product is not None
    ]
    if rows:
        connection.execute(insert(FormerSlug), rows)


def _parts(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _is_in_search(change: ProductChange) -> bool:
    return bool(change.category or _IN_SEARCH & change.values.keys())


def _write_product(change: ProductChange, categories: dict[str, Category], now: datetime) -> Product:
    product = change.product or Product(id=new_id(), popularity=0, version=0, created_at=now, variants=[])
    for name, value in change.values.items():
        setattr(product, name, value)
    if change.category:
        product.category = categories[change.category]
    variants = list(product.variants)
    position = max((variant.position for variant in variants), default=-1)
    for one in change.variants:
        if one.variant is None:
            position += 1
            one.variant = Variant(id=new_id(), position=position)
            variants.append(one.variant)
        for name, value in one.values.items():
            setattr(one.variant, name, value)
    product.variants = variants
    product.summarise(variants)
    product.version += 1
    db.session.add(product)
    return product


def _receive(changes: Iterable[VariantChange], received_by: str, note: str, now: datetime) -> None:
    """Give new variants of goods their stock, and say in the ledger where it came from."""
    stocks: list[dict[str, Any]] = []
    movements: list[dict[str, Any]] = []
    for change in changes:
        if change.variant is None or change.stock is None:
            continue
        stocks.append({"variant_id": change.variant.id, "initial": 0, "on_hand": change.stock, "reserved": 0})
        if change.stock:
            movements.append(
                {
                    "variant_id": change.variant.id,
                    "reason": StockReason.RECEIVED,
                    "on_hand_delta": change.stock,
                    "reserved_delta": 0,
                    "actor": received_by,
                    "note": note,
                    "at": now,
                }
            )
    connection = db.session.connection()
    if stocks:
        connection.execute(insert(Stock), stocks)
    if movements:
        connection.execute(insert(StockMovement), movements)
