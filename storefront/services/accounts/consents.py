"""Consents: what customers allow beyond the contract, stored with the text that they saw, and withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from storefront.database import db
from storefront.domain.customer import Consent, Customer
from storefront.enums import ConsentPurpose
from storefront.i18n.consent import MARKETING_VERSION, marketing_text

MARKETING = ConsentPurpose.MARKETING


def set_marketing(customer_id: str, is_given: bool, *, language: str, now: datetime) -> None:
    """Note that news may be sent, or not any more, inside a transaction; the same answer twice is one."""
    db.session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())
    db.session.execute(update(Customer).where(Customer.id == customer_id).values(accepts_marketing=is_given))
    standing = (Consent.customer_id == customer_id, Consent.purpose == MARKETING, Consent.withdrawn_at.is_(None))
    if not is_given:
        db.session.execute(update(Consent).where(*standing).values(withdrawn_at=now))
    elif db.session.scalar(select(Consent.id).where(*standing)) is None:
        db.session.add(
            Consent(
                customer_id=customer_id,
                purpose=MARKETING,
                version=MARKETING_VERSION,
                text=marketing_text(language),
                given_at=now,
            )
        )


def list_for(customer_id: str) -> Sequence[Consent]:
    """Return what a customer ever allowed, the newest first."""
    statement = select(Consent).where(Consent.customer_id == customer_id)
    return db.session.scalars(statement.order_by(Consent.given_at.desc(), Consent.id.desc())).all()
