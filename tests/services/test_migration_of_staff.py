"""Migration 0007 turns the mark of the staff into a role, and back."""

from collections.abc import Iterator

import pytest
import sqlalchemy
from flask import Flask
from flask_migrate import downgrade, upgrade

from storefront.database import db
from storefront.enums import StaffRole
from storefront.services.admin import staff
from storefront.services.admin.staff import Member
from storefront.services.audit import Actor
from tests import factories as make
from tests.conftest import build

pytestmark = pytest.mark.dialects


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Return a shop of its own on each database, because its tables change."""
    app = build(request.getfixturevalue(f"{request.param}_url"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_staff_become_owners_and_only_owners_stay_staff(shop: Flask) -> None:
    make.customer()
    for email, role in (("eva@example.com", StaffRole.OWNER), ("luz@example.com", StaffRole.WAREHOUSE)):
        staff.add(email, role, password="caballo verde 88", staff=Actor("ana"))
    staff.disable("eva@example.com", staff=Actor("ana"))
    db.session.remove()
    downgrade(revision="0006")
    marked = db.session.scalars(sqlalchemy.text("SELECT email FROM customers WHERE is_staff ORDER BY email")).all()
    assert marked == ["staff@example.com"]
    db.session.remove()
    upgrade()
    assert staff.list_members() == [Member("staff@example.com", StaffRole.OWNER, "active")]
