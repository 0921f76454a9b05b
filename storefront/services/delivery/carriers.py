"""Carriers: who takes parcels, and where their numbers can be followed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storefront.database import db, rows_changed, transaction
from storefront.domain.shipment import MESSENGER, Parcel
from storefront.domain.shipping.tariff import Carrier
from storefront.enums import AuditAction, AuditObject, Method
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services import audit, shop_texts
from storefront.services.audit import Actor
from storefront.text import line_problem, slug_from

NUMBER = "{tracking_number}"
TYPED_NUMBER = "{guia}"
"""What people type in a template for the tracking number."""

_MAX_CODE = 20
_MAX_NAME = 60
_MAX_TEMPLATE = 240
_URL = re.compile(r"https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(:[0-9]{1,5})?(/[!-;=?-~]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierDraft:
    """A carrier as it is typed; without a template its parcels have no tracking link."""

    name: str
    tracking_template: str = ""
    is_active: bool = True


def draft_of(carrier: Carrier) -> CarrierDraft:
    """Return a stored carrier as somebody would type it."""
    template = carrier.tracking_template.replace(NUMBER, TYPED_NUMBER)
    return CarrierDraft(name=carrier.name, tracking_template=template, is_active=carrier.is_active)


def list_all() -> Sequence[Carrier]:
    """Return every carrier by name, those that are switched off last."""
    return db.session.scalars(select(Carrier).order_by(Carrier.is_active.desc(), Carrier.name)).all()


def choices(*, is_active: bool = True) -> list[tuple[str, str]]:
    """Return (code, name) of the carriers that new parcels are given to, or of all, by name."""
    rows = db.session.execute(select(Carrier.code, Carrier.name, Carrier.is_active).order_by(Carrier.name))
    return [(row.code, row.name) for row in rows if row.is_active or not is_active]


def get(code: str) -> Carrier:
    """Return a carrier, or raise `NotFound`."""
    carrier = db.session.get(Carrier, code, populate_existing=True)
    if carrier is None:
        raise NotFound(carrier=code)
    return carrier


def is_known(code: str, *, is_active: bool) -> bool:
    """Return whether there is such a carrier, and if asked whether it is switched on."""
    carrier = db.session.get(Carrier, code, populate_existing=True)
    return carrier is not None and (carrier.is_active or not is_active)


def tracking_url(code: str, number: str) -> str | None:
    """Return where a number can be followed, None if the carrier has no such page."""
    template = db.session.scalar(select(Carrier.tracking_template).where(Carrier.code == code))
    return template.replace(NUMBER, number) if template else None


def create(draft: CarrierDraft, *, staff: Actor) -> str:
    """Add a carrier and return its code, which is made of its name; raise `InvalidInput`."""
    code = slug_from(draft.name, _MAX_CODE)
    try:
        with transaction():
            _check(draft)
            if not code or code in (Method.PICKUP, MESSENGER):
                raise InvalidInput({"name": "invalid"})
            if db.session.get(Carrier, code):
                raise InvalidInput({"name": "taken"})
            carrier = Carrier(code=code, version=1)
            _fill(carrier, draft)
            db.session.add(carrier)
            db.session.flush()
            audit.record(staff, AuditAction.CREATED, AuditObject.SHIPPING, code, after=_facts_of(carrier))
    except IntegrityError as error:  # somebody else added it a moment ago
        raise InvalidInput({"name": "taken"}) from error
    shop_texts.forget()
    return code


def change(code: str, version: int, draft: CarrierDraft, *, staff: Actor) -> None:
    """Change a carrier that was read at `version`; raise `NotFound`, `InvalidInput` or `EditConflict`.

    Parcels on their way keep their links.
    """
    _check(draft)
    with transaction():
        counted = update(Carrier).where(Carrier.code == code, Carrier.version == version)
        is_present = rows_changed(counted.values(version=Carrier.version + 1)) == 1
        carrier = get(code)
        if not is_present:
            raise EditConflict(typed=draft, stored=draft_of(carrier), seen=version, version=carrier.version)
        before = _facts_of(carrier)
        _fill(carrier, draft)
        audit.record(staff, AuditAction.CHANGED, AuditObject.SHIPPING, code, before=before, after=_facts_of(carrier))
    shop_texts.forget()


def remove(code: str, *, staff: Actor) -> None:
    """Delete a carrier that never had a parcel; raise `NotFound` or `InvalidInput`."""
    with transaction():
        carrier = get(code)
        if db.session.scalar(select(Parcel.order_id).where(Parcel.carrier == code).limit(1)):
            raise InvalidInput({"carrier": "used"})
        audit.record(staff, AuditAction.REMOVED, AuditObject.SHIPPING, code, before=_facts_of(carrier))
        db.session.delete(carrier)
    shop_texts.forget()


def _check(draft: CarrierDraft) -> None:
    problems = {}
    if code := line_problem(draft.name, _MAX_NAME):
        problems["name"] = code
    if code := _template_problem(draft.tracking_template):
        problems["tracking_template"] = code
    if problems:
        raise InvalidInput(problems)


def _template_problem(template: str) -> str:
    if not template:
        return ""
    stored = template.replace(TYPED_NUMBER, NUMBER)
    if len(stored) > _MAX_TEMPLATE:
        return "too_long"
    if NUMBER not in stored:
        return "no_number"
    return "" if _URL.fullmatch(stored.replace(NUMBER, "1")) else "invalid"


def _fill(carrier: Carrier, draft: CarrierDraft) -> None:
    carrier.name, carrier.is_active = draft.name, draft.is_active
    carrier.tracking_template = draft.tracking_template.replace(TYPED_NUMBER, NUMBER)


def _facts_of(carrier: Carrier) -> dict[str, Any]:
    return {"name": carrier.name, "tracking_template": carrier.tracking_template, "is_active": carrier.is_active}
