"""Delivery changed by staff: all of methods, prices, hour and pickup at once, counted by one version."""

from typing import Any

from sqlalchemy import select, update

from storefront.database import db, insert_once, rows_changed, transaction
from storefront.domain.shipping.tariff import DeliverySettings, ShippingMethod, ShippingRate
from storefront.enums import AuditAction, AuditObject, Method
from storefront.errors import EditConflict, InvalidInput
from storefront.money import PESO
from storefront.services import audit, shop_texts
from storefront.services.audit import Actor
from storefront.services.delivery.drafts import PAIRS, DeliveryDraft, MethodDraft, PriceDraft, problems_of

OBJECT = "delivery"
"""What the audit calls it."""


def get() -> tuple[DeliveryDraft, int]:
    """Return delivery as somebody would type it, and its version."""
    kept = db.session.get(DeliverySettings, 1, populate_existing=True) or DeliverySettings(
        pickup_address="", pickup_hours="", pickup_hours_en="", version=0
    )
    methods = {row.code: row for row in db.session.scalars(_fresh(ShippingMethod))}
    rates = {(row.method, row.zone): row for row in db.session.scalars(_fresh(ShippingRate))}
    draft = DeliveryDraft(
        methods={method: _method_draft(methods.get(method)) for method in Method},
        prices={(method, zone): _price_draft(methods.get(method), rates.get((method, zone))) for method, zone in PAIRS},
        cut_off_hour=kept.cut_off_hour,
        pickup_address=kept.pickup_address,
        pickup_hours=kept.pickup_hours,
        pickup_hours_en=kept.pickup_hours_en,
    )
    return draft, kept.version


def save(draft: DeliveryDraft, version: int, *, staff: Actor) -> None:
    """Change delivery that was read at `version`; raise `InvalidInput`, or `EditConflict` with both versions.

    Carts are priced anew with their next page, and buyers who saw another price or date are told before they pay.
    """
    with transaction():
        insert_once(DeliverySettings, {"id": 1, "version": 0}, unique="id")
        counted = update(DeliverySettings).where(DeliverySettings.version == version)
        is_present = rows_changed(counted.values(version=DeliverySettings.version + 1)) == 1
        stored, now_at = get()
        if not is_present:
            raise EditConflict(typed=draft, stored=stored, seen=version, version=now_at)
        if problems := problems_of(draft):
            raise InvalidInput(problems)
        _write(draft)
        before, after = _facts_of(stored), _facts_of(draft)
        audit.record(staff, AuditAction.CHANGED, AuditObject.SHIPPING, OBJECT, before=before, after=after)
    shop_texts.forget()


def _fresh(table: Any) -> Any:
    return select(table).execution_options(populate_existing=True)


def _method_draft(row: ShippingMethod | None) -> MethodDraft:
    if row is None:
        return MethodDraft(is_active=False)
    return MethodDraft(is_active=row.is_active, name=row.name, name_en=row.name_en, free_from_minor=row.free_from_minor)


def _price_draft(method: ShippingMethod | None, rate: ShippingRate | None) -> PriceDraft:
    if method is None or rate is None:
        return PriceDraft()
    price_minor = method.base_minor + rate.surcharge_minor
    return PriceDraft(price_minor=price_minor, min_days=rate.min_days, max_days=rate.max_days)


def _write(draft: DeliveryDraft) -> None:
    kept = db.session.get_one(DeliverySettings, 1)
    kept.cut_off_hour, kept.pickup_address = draft.cut_off_hour, draft.pickup_address
    kept.pickup_hours, kept.pickup_hours_en = draft.pickup_hours, draft.pickup_hours_en
    bases = draft.bases
    methods = {row.code: row for row in db.session.scalars(select(ShippingMethod))}
    for method, one in draft.methods.items():
        row = methods.get(method) or ShippingMethod(code=method, base_minor=0)
        row.is_active, row.name, row.name_en = one.is_active, one.name, one.name_en
        row.free_from_minor, row.base_minor = one.free_from_minor, bases.get(method, row.base_minor)
        db.session.add(row)
    db.session.flush()  # the rates refer to the methods
    rates = {(row.method, row.zone): row for row in db.session.scalars(select(ShippingRate))}
    for (method, zone), price in draft.prices.items():
        rate = rates.get((method, zone))
        if price.price_minor is None:
            if rate is not None:
                db.session.delete(rate)
            continue
        rate = rate or ShippingRate(method=method, zone=zone)
        rate.surcharge_minor = price.price_minor - bases[method]
        rate.min_days, rate.max_days = price.min_days or 0, price.max_days or 0
        db.session.add(rate)


def _facts_of(draft: DeliveryDraft) -> dict[str, Any]:
    found: dict[str, Any] = {
        "cut_off_hour": draft.cut_off_hour,
        "pickup_address": draft.pickup_address,
        "pickup_hours": draft.pickup_hours,
        "pickup_hours_en": draft.pickup_hours_en,
    }
    for method, one in draft.methods.items():
        found |= {f"{method} is_active": one.is_active, f"{method} name": one.name, f"{method} name_en": one.name_en}
        found[f"{method} free_from_minor"] = one.free_from_minor
    for (method, zone), price in draft.prices.items():
        if price.price_minor is not None:
            days = f"{price.min_days}-{price.max_days}"
            found[f"{method} {zone}"] = f"{price.price_minor // PESO} COP, {days} d"
    return found
