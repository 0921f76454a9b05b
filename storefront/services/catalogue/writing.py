"""Writing a product with its variants, inside the caller's transaction; `editing` and imports call it.

The unique keys of addresses and article numbers are the lock: whoever comes second waits for the first at the key, and
is told. What shoppers could have bought is made inactive and never deleted: carts and unpaid orders may hold it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from storefront.database import db, rows_changed
from storefront.domain.cart import CartLine
from storefront.domain.catalogue import Category, FormerSlug, Product, Variant, option_key
from storefront.domain.download import ContentFile
from storefront.domain.inventory import Stock, StockMovement
from storefront.domain.order import OrderLine
from storefront.domain.picture import Picture
from storefront.domain.picture_names import NO_PICTURE
from storefront.domain.search import index_products
from storefront.domain.subscription import Subscription
from storefront.enums import AuditAction, AuditObject, PageKind, ProductKind, ProductStatus, StockReason
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.ids import new_id
from storefront.money import PESO
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue import renaming
from storefront.services.catalogue.checking import problems_of
from storefront.services.catalogue.drafts import ProductDraft, VariantDraft, draft_of
from storefront.text import slug_from

_MAX_SKU = 80


def add(draft: ProductDraft, *, staff: Actor, now: datetime) -> Product:
    """Add a product; raise `InvalidInput`."""
    slug = draft.slug or _free_slug(slug_from(draft.name))
    category = _checked(draft, slug, None)
    product = Product(
        id=new_id(), slug=slug, kind=draft.kind, image=NO_PICTURE, category=category, version=1, created_at=now
    )
    _fill(product, draft)
    variants = [_new_variant(one, place, slug) for place, one in enumerate(draft.variants)]
    product.variants = variants
    product.summarise(variants)
    db.session.add(product)
    _flush_addresses(product)
    index_products([product])
    _receive({row: one.units for row, one in zip(variants, draft.variants, strict=True)}, staff, now)
    record(staff, product, None, facts_of(product, variants))
    return product


def change(product_id: str, version: int, draft: ProductDraft, *, staff: Actor, now: datetime) -> Product:
    """Change a product as it was at `version`; raise `NotFound`, `InvalidInput` or `EditConflict`.

    The kind of a product stays what it is. Variants keep their values by the names that the draft gives them; those
    that it does not have are not sold any more.
    """
    product = lock(product_id, version, draft)
    before = facts_of(product, product.variants)
    draft = replace(draft, kind=product.kind)
    slug, was_public = draft.slug or product.slug, product.status != ProductStatus.DRAFT
    category = _checked(draft, slug, product)
    if slug != product.slug:
        move(PageKind.PRODUCT, product.id, product.slug, slug, is_kept=was_public)
        product.slug = slug
    was_on_sale = product.is_published
    product.category = category
    renaming.rename(product, draft.renames)
    _fill(product, draft)
    stored = {row.option_key: row for row in product.variants}
    received = {}
    _free_skus(stored, draft)
    for place, one in enumerate(draft.variants):
        row = stored.pop(option_key(one.values), None)
        if row is None:
            row = _new_variant(one, place, slug)
            product.variants.append(row)
            received[row] = one.units
        else:
            _fill_variant(row, one, place)
    for row in stored.values():
        _take_off(row, was_on_sale=was_on_sale)
    kept = [row for row in product.variants if row not in db.session.deleted]
    product.summarise(kept)
    _flush_addresses(product)
    index_products([product])
    _receive(received, staff, now)
    record(staff, product, before, facts_of(product, kept))
    db.session.expire(product, ["variants"])
    return product


def facts_of(product: Product, variants: Sequence[Variant]) -> dict[str, Any]:
    """Return what the audit says of a product before and after each change."""
    return {
        "name": product.name,
        "name_en": product.name_en,
        "description": product.description,
        "description_en": product.description_en,
        "slug": product.slug,
        "category": product.category.name,
        "brand": product.brand,
        "tax_rate": product.tax_rate,
        "status": product.status,
        "withdrawal_exception": product.withdrawal_exception,
        "options": {option["name"]: option["values"] for option in product.options},
        "options_en": {option["name_en"]: option["values_en"] for option in product.options},
        "product_facts": [f"{fact['name']}: {fact['value']}" for fact in product.facts],
        "product_facts_en": [f"{fact['name_en']}: {fact['value_en']}" for fact in product.facts],
        "published_from": product.published_from.isoformat() if product.published_from else None,
        "prices": {row.sku: row.price_minor // PESO for row in variants},
        "original_prices": {row.sku: row.original_price_minor // PESO for row in variants if row.original_price_minor},
        "weights": {row.sku: row.weight_grams for row in variants if row.weight_grams},
        "barcodes": {row.sku: row.barcode for row in variants if row.barcode},
        "low_stock": {row.sku: row.low_stock_at for row in variants if product.is_physical},
        "intervals": {row.sku: row.interval for row in variants if row.interval},
        "trial_days": {row.sku: row.trial_days for row in variants if row.trial_days},
        "on_sale": [row.sku for row in variants if row.is_active],
    }


def record(staff: Actor, product: Product, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    """Write down a change of a product; see `change_of`."""
    change = change_of(product, before, after)
    audit.record(staff, change.action, AuditObject.PRODUCT, change.object_id, before=change.before, after=change.after)


def change_of(product: Product, before: dict[str, Any] | None, after: dict[str, Any]) -> audit.Change:
    """Return a change of a product for the audit, named by what became of it; one without a `before` is new."""
    if before is None:
        return audit.Change(AuditAction.CREATED, product.id, None, after)
    moved = {ProductStatus.PUBLISHED: AuditAction.PUBLISHED, ProductStatus.ARCHIVED: AuditAction.ARCHIVED}
    is_moved = before["status"] != after["status"]
    action = moved.get(product.status, AuditAction.CHANGED) if is_moved else AuditAction.CHANGED
    return audit.Change(action, product.id, before, after)


def lock(product_id: str, version: int, typed: ProductDraft | None = None) -> Product:
    """Count a change of a product and return it, locked; raise `NotFound`, or `EditConflict` if it changed meanwhile.

    The counting is the lock: what is read after it cannot change before the commit. The row is locked for whoever buys
    the product too: orders refer to it before they refer to its variants, whose keys may change one after the other
    here, and on PostgreSQL would wait for each other in two orders.
    """
    counted = update(Product).where(Product.id == product_id, Product.version == version)
    is_present = rows_changed(counted.values(version=Product.version + 1)) == 1
    product = db.session.scalar(
        select(Product)
        .where(Product.id == product_id)
        .with_for_update(of=Product)
        .execution_options(populate_existing=True)
    )
    if product is None:
        raise NotFound(product_id=product_id)
    if not is_present:
        raise EditConflict(typed=typed, stored=draft_of(product), seen=version, version=product.version)
    return product


def taken(draft: ProductDraft, slug: str, product_id: str | None) -> dict[str, str]:
    """Return an error code for each field that holds what another product has."""
    found = {}
    others = Product.slug == slug, Product.id != (product_id or "")
    if db.session.scalar(select(Product.id).where(*others)) or former_owner(PageKind.PRODUCT, slug, product_id or ""):
        found["slug"] = "taken"
    skus = {one.sku: index for index, one in enumerate(draft.variants) if one.sku}
    held = select(Variant.sku).where(Variant.sku.in_(skus), Variant.product_id != (product_id or ""))
    for sku in db.session.scalars(held):
        found[f"variants-{skus[sku]}-sku"] = "taken"
    return found


def former_owner(kind: PageKind, slug: str, own_id: str) -> str | None:
    """Return the id of another page that had this address before, if there is one."""
    before = select(FormerSlug.target_id).where(
        FormerSlug.kind == kind, FormerSlug.slug == slug, FormerSlug.target_id != own_id
    )
    return db.session.scalar(before)


def move(kind: PageKind, target_id: str, old: str, new: str, *, is_kept: bool) -> None:
    """Let an old address lead to the page for ever, unless nobody has seen it (`is_kept`)."""
    own = FormerSlug.kind == kind, FormerSlug.target_id == target_id
    db.session.execute(delete(FormerSlug).where(*own, FormerSlug.slug == new))
    if is_kept:
        db.session.add(FormerSlug(kind=kind, slug=old, target_id=target_id))


def _checked(draft: ProductDraft, slug: str, product: Product | None) -> Category:
    """Return the category of a draft, or raise `InvalidInput` with everything that is wrong."""
    product_id = product.id if product else None
    problems = taken(draft, slug, product_id) | problems_of(draft)
    if product is not None:
        problems = _kept_skus(product, draft) | problems
        problems |= renaming.problems_of(product.options, product.variants, draft.options, draft.renames)
    category = db.session.get(Category, draft.category_id) if draft.category_id else None
    if category is None:
        problems.setdefault("category", "required")
    is_without_file = draft.kind == ProductKind.DIGITAL and not _has_file(product_id)
    if draft.status == ProductStatus.PUBLISHED and is_without_file:
        problems.setdefault("status", "no_file")
    if problems or category is None:
        raise InvalidInput(problems)
    return category


def _kept_skus(product: Product, draft: ProductDraft) -> dict[str, str]:
    """Return an error code for each article number of a variant that is sold no more: it keeps its own."""
    sold = {one.values for one in draft.variants}
    kept = {row.sku for row in product.variants if renaming.renamed(row.option_values, draft.renames) not in sold}
    return {f"variants-{index}-sku": "kept" for index, one in enumerate(draft.variants) if one.sku in kept}


def _has_file(product_id: str | None) -> bool:
    return db.session.scalar(select(ContentFile.id).where(ContentFile.product_id == product_id).limit(1)) is not None


def _flush_addresses(product: Product) -> None:
    """Write, and look again for a page that left this address while we waited at the unique key."""
    db.session.flush()
    if former_owner(PageKind.PRODUCT, product.slug, product.id):
        raise InvalidInput({"slug": "taken"})


def _free_slug(slug: str) -> str:
    """Return an address like this one that no product has or had."""
    if not slug:
        return slug
    number, tried = 1, slug
    while db.session.scalar(select(Product.id).where(Product.slug == tried)) or former_owner(
        PageKind.PRODUCT, tried, ""
    ):
        number += 1
        tried = f"{slug[:70]}-{number}"
    return tried


def _fill(product: Product, draft: ProductDraft) -> None:
    product.name, product.name_en = draft.name, draft.name_en
    product.description, product.description_en = draft.description, draft.description_en
    product.brand, product.tax_rate = draft.brand, draft.tax_rate
    product.withdrawal_exception = draft.withdrawal_exception
    product.status, product.published_from = draft.status, draft.published_from
    product.facts, product.options = list(draft.facts), list(draft.options)


def _new_variant(one: VariantDraft, place: int, slug: str) -> Variant:
    row = Variant(id=new_id(), option_values=list(one.values), option_key=option_key(one.values))
    row.sku = one.sku or _free_sku(slug, one.values)
    _fill_variant(row, one, place)
    return row


def _fill_variant(row: Variant, one: VariantDraft, place: int) -> None:
    row.sku = one.sku or row.sku
    row.barcode, row.position, row.is_active = one.barcode or None, place, one.is_active
    row.price_minor, row.original_price_minor = one.price_minor or 0, one.original_price_minor
    row.weight_grams, row.low_stock_at = one.weight_grams, one.low_stock_at
    row.interval, row.trial_days = one.interval, one.trial_days


def _free_sku(slug: str, values: tuple[str, ...]) -> str:
    """Return an article number made from the address and the options, which nothing has."""
    made = "-".join(filter(None, (slug, *map(slug_from, values)))).upper()[: _MAX_SKU - 4]
    number, tried = 1, made
    while db.session.scalar(select(Variant.id).where(Variant.sku == tried)):
        number += 1
        tried = f"{made}-{number}"
    return tried


def _free_skus(stored: Mapping[str, Variant], draft: ProductDraft) -> None:
    """Let two variants of one product swap their article numbers: whoever gives one away has its own id meanwhile."""
    wanted = {option_key(one.values): one.sku for one in draft.variants if one.sku}
    held = {row.sku: key for key, row in stored.items()}
    giving = [row for key, row in stored.items() if wanted.get(key, row.sku) != row.sku]
    if any(held.get(sku, key) != key for key, sku in wanted.items()):
        for row in giving:
            row.sku = row.id
        db.session.flush()


def _take_off(row: Variant, *, was_on_sale: bool) -> None:
    """Sell a variant no more; delete it only if nobody can have it in a cart and nothing refers to it."""
    is_out_of_reach = not (was_on_sale and row.is_active)
    if is_out_of_reach and not _is_referred_to(row.id):
        if row.stock is not None:
            db.session.delete(row.stock)
        db.session.delete(row)
    else:
        row.is_active = False


def _is_referred_to(variant_id: str) -> bool:
    tables = (CartLine, OrderLine, StockMovement, Subscription, Picture)
    return bool(db.session.scalar(select(or_(*(exists().where(table.variant_id == variant_id) for table in tables)))))


def _receive(units: Mapping[Variant, int], staff: Actor, now: datetime) -> None:
    """Receive the first units of new variants, with a line of the ledger for each that has some."""
    for row, n in units.items():
        if row.product.kind != ProductKind.PHYSICAL:
            continue
        db.session.add(Stock(variant_id=row.id, initial=0, on_hand=n, reserved=0))
        if n:
            received = {"reason": StockReason.RECEIVED, "on_hand_delta": n, "actor": staff.name, "at": now}
            db.session.add(StockMovement(variant_id=row.id, **received))
    db.session.flush()
