"""Coupons."""

from __future__ import annotations

from . import objects
from .errors import invalid
from .listing import page
from .records import Json, Record, UnitOfWork, merge_metadata


def create(work: UnitOfWork, params: Json) -> Json:
    """Create a coupon."""
    if "id" in params and work.find(params["id"]):
        raise invalid("Coupon already exists.", "id", "resource_already_exists")
    if params.get("redeem_by", work.now + 1) <= work.now:
        raise invalid("`redeem_by` must be in the future.", "redeem_by")
    return work.add(Record(objects.coupon(params, work.now))).body


def retrieve(work: UnitOfWork, params: Json, coupon: str) -> Json:
    """Return one coupon, with its validity now."""
    return _with_validity(work, work.get("coupon", coupon, "coupon"))


def list_coupons(work: UnitOfWork, params: Json) -> Json:
    """Return a page of coupons."""
    return page(work, "coupon", "/v1/coupons", params, show=lambda record: _with_validity(work, record))


def update(work: UnitOfWork, params: Json, coupon: str) -> Json:
    """Change a coupon's name or metadata."""
    record = work.get("coupon", coupon, "coupon")
    record.body |= {name: params[name] for name in ("name",) if name in params}
    merge_metadata(record.body, params)
    work.save(record)
    return _with_validity(work, record)


def delete(work: UnitOfWork, params: Json, coupon: str) -> Json:
    """Delete a coupon; sessions that carry it keep their discount."""
    record = work.get("coupon", coupon, "coupon")
    work.delete(record)
    return {"id": record.id, "object": "coupon", "deleted": True}


def usable(work: UnitOfWork, identifier: str, currency: str, param: str) -> Json:
    """Return a coupon that may be used now, or raise."""
    coupon = _with_validity(work, work.get("coupon", identifier, param))
    if not coupon["valid"]:
        raise invalid(f"Coupon expired: {identifier}", param, "coupon_expired")
    if coupon["currency"] and coupon["currency"] != currency:
        raise invalid(f"The coupon {identifier} is not for the currency {currency}.", param)
    return coupon


def redeem(work: UnitOfWork, identifier: str) -> None:
    """Count one redemption."""
    record = work.find(identifier)
    if record and record.kind == "coupon":
        record.body["times_redeemed"] += 1
        work.save(record)


def _with_validity(work: UnitOfWork, record: Record) -> Json:
    body = record.body
    used_up = body["max_redemptions"] is not None and body["times_redeemed"] >= body["max_redemptions"]
    too_late = body["redeem_by"] is not None and body["redeem_by"] <= work.now
    return body | {"valid": not (used_up or too_late)}
