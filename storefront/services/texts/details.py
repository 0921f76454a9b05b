"""Banner, contact and seller changed by staff, each part counted by a version of its own."""

from sqlalchemy import update

from storefront.database import db, insert_once, rows_changed, transaction
from storefront.domain.shop_text import ShopDetails
from storefront.enums import AuditAction, AuditObject, ShopPart
from storefront.errors import EditConflict, InvalidInput
from storefront.services import audit, shop_texts
from storefront.services.audit import Actor
from storefront.services.texts.drafts import DRAFTS, PartDraft, SellerDraft, facts_of, names_of, problems_of
from storefront.settings import seller


def get(part: ShopPart) -> tuple[PartDraft, int]:
    """Return a part as somebody would type it, and its version; an unsaved seller is the environment's."""
    row = db.session.get(ShopDetails, 1, populate_existing=True)
    version = 0 if row is None else getattr(row, f"{part}_version")
    if row is None or version == 0:
        return _unsaved(part), 0
    return DRAFTS[part](**{name: getattr(row, f"{part}_{name}") for name in names_of(part)}), version


def save(part: ShopPart, draft: PartDraft, version: int, *, staff: Actor) -> None:
    """Change a part that was read at `version`; raise `InvalidInput`, or `EditConflict` with both versions."""
    if problems := problems_of(draft):
        raise InvalidInput(problems)
    with transaction():
        insert_once(ShopDetails, {"id": 1}, unique="id")
        counter = getattr(ShopDetails, f"{part}_version")
        counted = update(ShopDetails).where(ShopDetails.id == 1, counter == version)
        stored, now_at = get(part)
        values = {f"{part}_{name}": getattr(draft, name) for name in names_of(part)}
        if rows_changed(counted.values({f"{part}_version": counter + 1, **values})) != 1:
            stored, now_at = get(part)
            raise EditConflict(typed=draft, stored=stored, seen=version, version=now_at)
        before, after = facts_of(stored), facts_of(draft)
        audit.record(staff, AuditAction.CHANGED, AuditObject.TEXT, part, before=before, after=after)
    shop_texts.forget()


def _unsaved(part: ShopPart) -> PartDraft:
    if part != ShopPart.SELLER:
        return DRAFTS[part]()
    now = seller()
    return SellerDraft(name=now.name, nit=now.nit, address=now.address, phone=now.phone, email=now.email)
