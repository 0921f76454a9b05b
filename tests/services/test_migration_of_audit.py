"""Migration 0054 keeps the audit's entries and the triggers that let nobody change them, in both directions."""

import pytest
import sqlalchemy
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.enums import AuditAction, AuditObject
from storefront.services import audit
from storefront.services.audit import Actor
from tests.services.test_migration_of_addresses import shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.dialects


def write(action: AuditAction, object_type: AuditObject) -> None:
    with transaction():
        audit.record(Actor("eva"), action, object_type, "x", after={"note": "y"})


def entries() -> list[tuple[object, ...]]:
    """Return the entries, the oldest first, without a connection that stays open."""
    columns = select(AuditEntry.id, AuditEntry.action, AuditEntry.object_type, AuditEntry.after)
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(columns.order_by(AuditEntry.id))]


def assert_append_only() -> None:
    for change in ("UPDATE audit_entries SET actor_name = 'z'", "DELETE FROM audit_entries"):
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.exec_driver_sql(change)


def test_entries_stay_and_nobody_can_change_them(shop: Flask) -> None:  # noqa: F811
    write(AuditAction.CHANGED, AuditObject.PRODUCT)
    write(AuditAction.DATA_EXPORTED, AuditObject.CUSTOMER)
    write(AuditAction.ANSWERED, AuditObject.REQUEST)
    facts = {"note": "y"}
    db.session.remove()
    downgrade(revision="0053")
    db.session.remove()
    assert_append_only()
    assert entries() == [
        (1, "changed", "product", facts), (2, "changed", "customer", facts), (3, "changed", "customer", facts),
    ]  # fmt: skip
    upgrade()
    db.session.remove()
    assert_append_only()
    write(AuditAction.CLOSED, AuditObject.REQUEST)
    assert entries()[3:] == [(4, "closed", "request", facts)]
    assert len(entries()) == 4
