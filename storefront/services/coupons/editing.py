"""Coupons made, changed, switched and removed by staff.

Whoever changes a coupon counts its version first, which locks its row: uses that are taken meanwhile wait, and its
limit is compared with all that came before.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storefront.database import db, rows_changed, transaction
from storefront.domain.catalogue import Category, Product, Variant
from storefront.domain.coupon import Coupon, CouponUse
from storefront.enums import AuditAction, AuditObject, CouponKind
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.coupons.drafts import CouponDraft, draft_of, problems_of

_TERMS = ("kind", "value", "cap_minor", "minimum_minor", "categories", "products")
"""What a cart gets by a coupon; whoever has it on a cart is told when this changes."""


def get(coupon_id: int) -> Coupon:
    """Return a coupon, or raise `NotFound`."""
    coupon = db.session.get(Coupon, coupon_id, populate_existing=True)
    if coupon is None:
        raise NotFound(coupon_id=coupon_id)
    return coupon


def is_used(coupon_id: int) -> bool:
    """Return whether any order uses a coupon, or did before it was cancelled."""
    return db.session.scalar(select(CouponUse.order_id).where(CouponUse.coupon_id == coupon_id).limit(1)) is not None


def create(draft: CouponDraft, *, staff: Actor) -> int:
    """Add a coupon and return its id; raise `InvalidInput` with the fields of the draft."""
    try:
        with transaction():
            _check(draft, 0)
            coupon = Coupon(used_count=0, is_active=True)
            _fill(coupon, draft)
            db.session.add(coupon)
            db.session.flush()
            coupon_id = coupon.id
            audit.record(staff, AuditAction.CREATED, AuditObject.COUPON, coupon.code, after=_facts_of(coupon))
    except IntegrityError as error:  # somebody else took the code a moment ago
        raise InvalidInput({"code": "taken"}) from error
    return coupon_id


def change(coupon_id: int, version: int, draft: CouponDraft, *, staff: Actor) -> None:
    """Change a coupon that was read at `version`.

    Raises `NotFound`, `InvalidInput` with the fields of the draft, or `EditConflict` with both versions. Unpaid orders
    keep their price; carts are priced anew, and their shoppers told.
    """
    try:
        with transaction():
            coupon = _lock(coupon_id, version, draft)
            _check(draft, coupon_id)
            if draft.code != coupon.code and is_used(coupon_id):
                raise InvalidInput({"code": "used"})
            if draft.max_uses is not None and draft.max_uses < coupon.used_count:
                raise InvalidInput({"max_uses": "below_uses"})
            before, terms = _facts_of(coupon), _terms_of(coupon)
            _fill(coupon, draft)
            if _terms_of(coupon) != terms:
                coupon.terms += 1
            db.session.flush()
            facts = _facts_of(coupon)
            audit.record(staff, AuditAction.CHANGED, AuditObject.COUPON, coupon.code, before=before, after=facts)
    except IntegrityError as error:
        raise InvalidInput({"code": "taken"}) from error


def switch(coupon_id: int, *, is_active: bool, staff: Actor) -> Coupon:
    """Switch a coupon on or off and return it; raise `NotFound`. What is so already needs no entry."""
    with transaction():
        switched = update(Coupon).where(Coupon.id == coupon_id, Coupon.is_active != is_active)
        has_changed = rows_changed(switched.values(is_active=is_active)) == 1
        coupon = get(coupon_id)
        if has_changed:
            before, after = {"is_active": not is_active}, {"is_active": is_active}
            audit.record(staff, AuditAction.CHANGED, AuditObject.COUPON, coupon.code, before=before, after=after)
        return coupon


def remove(coupon_id: int, *, staff: Actor) -> None:
    """Delete a coupon that no order ever used; raise `NotFound` or `InvalidInput`."""
    try:
        with transaction():
            coupon = get(coupon_id)
            if is_used(coupon_id):
                raise InvalidInput({"coupon": "used"})
            audit.record(staff, AuditAction.REMOVED, AuditObject.COUPON, coupon.code, before=_facts_of(coupon))
            db.session.delete(coupon)
    except IntegrityError as error:  # an order used it while we looked
        raise InvalidInput({"coupon": "used"}) from error


def find_products(names: Sequence[str]) -> dict[str, str]:
    """Return product ids by the address, id or article number that somebody typed, without those that are unknown."""
    typed = {name.lower(): name for name in names}
    if not typed:
        return {}
    slugs = select(Product.slug, Product.id).where(Product.slug.in_(typed))
    ids = select(Product.id, Product.id).where(Product.id.in_(names))
    skus = select(Variant.sku, Variant.product_id).where(Variant.sku.in_([*names, *(name.upper() for name in names)]))
    found = {key.lower(): product_id for key, product_id in db.session.execute(ids.union_all(slugs, skus))}
    return {name: found[key] for key, name in typed.items() if key in found}


def slugs_of(product_ids: Sequence[str]) -> list[str]:
    """Return the addresses of products, in alphabetical order."""
    return list(db.session.scalars(select(Product.slug).where(Product.id.in_(product_ids)).order_by(Product.slug)))


def _lock(coupon_id: int, version: int, typed: CouponDraft) -> Coupon:
    counted = update(Coupon).where(Coupon.id == coupon_id, Coupon.version == version)
    is_present = rows_changed(counted.values(version=Coupon.version + 1)) == 1
    coupon = get(coupon_id)
    if not is_present:
        raise EditConflict(typed=typed, stored=draft_of(coupon), seen=version, version=coupon.version)
    return coupon


def _check(draft: CouponDraft, own_id: int) -> None:
    problems = problems_of(draft)
    taken = select(Coupon.id).where(Coupon.code == draft.code, Coupon.id != own_id)
    if "code" not in problems and db.session.scalar(taken):
        problems["code"] = "taken"
    known = set(db.session.scalars(select(Category.slug).where(Category.slug.in_(draft.categories))))
    if set(draft.categories) - known:
        problems["categories"] = "invalid"
    if problems:
        raise InvalidInput(problems)


def _fill(coupon: Coupon, draft: CouponDraft) -> None:
    coupon.code, coupon.kind = draft.code, draft.kind
    coupon.value, coupon.cap_minor, coupon.minimum_minor = draft.value or 0, draft.cap_minor, draft.minimum_minor
    coupon.starts_at, coupon.ends_at = draft.starts_at, draft.ends_at
    coupon.max_uses, coupon.max_uses_per_customer = draft.max_uses, draft.max_uses_per_customer
    coupon.is_first_order_only = draft.is_first_order_only
    coupon.categories, coupon.products = sorted(draft.categories), sorted(draft.products)


def _terms_of(coupon: Coupon) -> list[Any]:
    return [getattr(coupon, name) for name in _TERMS]


def _facts_of(coupon: Coupon) -> dict[str, Any]:
    worth = {"percent": coupon.value} if coupon.kind == CouponKind.PERCENT else {"amount_minor": coupon.value}
    return {
        "code": coupon.code,
        "kind": coupon.kind,
        **worth,
        "cap_minor": coupon.cap_minor,
        "minimum_minor": coupon.minimum_minor,
        "starts_at": coupon.starts_at.isoformat() if coupon.starts_at else None,
        "ends_at": coupon.ends_at.isoformat() if coupon.ends_at else None,
        "max_uses": coupon.max_uses,
        "max_uses_per_customer": coupon.max_uses_per_customer,
        "is_first_order_only": coupon.is_first_order_only,
        "only_categories": list(coupon.categories),
        "only_products": slugs_of(coupon.products),
    }
