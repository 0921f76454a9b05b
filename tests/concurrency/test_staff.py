"""The last two owners leave at the same moment; beside it the naive version, after which the shop has none."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from storefront.database import db
from storefront.enums import StaffRole
from storefront.errors import LastOwner
from storefront.services.accounts import erasure
from storefront.services.admin import staff
from storefront.services.audit import Actor

pytestmark = pytest.mark.concurrency
Race = Callable[..., list[Any]]
OWNERS = ("ana@example.com", "eva@example.com")
PASSWORD = "caballo verde 88"


@pytest.fixture(autouse=True)
def _owners(shop: Flask) -> None:
    for email in OWNERS:
        staff.add(email, StaffRole.OWNER, password=PASSWORD, staff=Actor("ana"))
    staff.disable("staff@example.com", staff=Actor("ana"))


@pytest.fixture
def _slow(shop: Flask) -> Iterator[None]:
    """Hold everybody up after the look at who the owners are, so that without a lock all look before one writes."""

    def think(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if (
            statement.startswith("SELECT customers.id, customers.email_verified_at \n")
            and "staff_disabled_at IS NULL" in statement
        ):
            looked.append(statement)
            time.sleep(0.3)

    looked: list[str] = []
    event.listen(db.engine, "after_cursor_execute", think)
    yield
    event.remove(db.engine, "after_cursor_execute", think)
    assert len(looked) >= len(OWNERS), "nobody was slowed down"


def remaining() -> int:
    db.session.rollback()
    is_owner = "staff_role = 'owner' AND staff_disabled_at IS NULL AND closed_at IS NULL"
    return int(db.session.scalar(text(f"SELECT count(*) FROM customers WHERE {is_owner}")) or 0)


@pytest.mark.usefixtures("_slow")
@pytest.mark.parametrize("is_closing_accounts", [False, True])
def test_of_two_owners_who_leave_at_once_one_stays(shop: Flask, race: Race, is_closing_accounts: bool) -> None:
    ana, eva = OWNERS
    leave = [
        partial(staff.disable, ana, staff=Actor("ana")),
        partial(staff.change_role, eva, StaffRole.MANAGER, staff=Actor("ana")),
    ]
    if is_closing_accounts:
        keys = db.session.scalars(
            text("SELECT id FROM customers WHERE email IN (:ana, :eva)"), {"ana": ana, "eva": eva}
        )
        leave = [partial(erasure.erase, key, password=PASSWORD) for key in keys.all()]
    results = race(*leave)
    (refusal,) = (result for result in results if isinstance(result, Exception))
    assert isinstance(refusal, LastOwner) or refusal.problems == {"password": "last_owner"}
    assert remaining() == 1


def test_control_counting_before_writing_leaves_no_owner(shop: Flask, race: Race) -> None:
    everybody_counted = threading.Barrier(2)

    def naive(email: str) -> bool:
        count = remaining()
        everybody_counted.wait(timeout=30)
        if count <= 1:
            return False
        with db.engine.connect().execution_options(writing=True) as connection:
            connection.execute(text("UPDATE customers SET staff_role = NULL WHERE email = :email"), {"email": email})
            connection.commit()
        return True

    assert sum(race(*(partial(naive, email) for email in OWNERS))) == 2
    assert remaining() == 0
