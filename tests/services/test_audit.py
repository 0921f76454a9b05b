"""The audit: what it holds, that it goes with its change, and that nobody can change it afterwards."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import Base, db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.payment import EventRecord
from storefront.enums import AuditAction, AuditObject, StaffRole
from storefront.errors import NotPermitted, WrongState
from storefront.services import audit
from storefront.services.accounts import authentication, erasure
from storefront.services.admin import permissions, staff
from storefront.services.admin.permissions import Permission
from storefront.services.audit import Actor, Filters
from storefront.services.orders import admin_orders, fulfilment
from storefront.services.payments import failed_refunds, refunds, reviews, webhook_events
from tests import events
from tests import factories as make
from tests.conftest import build
from tests.events import Story
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.statements import Statements

ANA = Actor("ana@example.com", "01kavwm5d2e8qg0m3v7t9xk4nb")
PASSWORD = "caballo verde 88"


def entries() -> list[AuditEntry]:
    """Return every entry, oldest first."""
    db.session.rollback()
    return list(db.session.scalars(sqlalchemy.select(AuditEntry).order_by(AuditEntry.id)))


def only() -> AuditEntry:
    (entry,) = entries()
    return entry


def write(action: AuditAction = AuditAction.CHANGED, *, actor: Actor = ANA, about: str = "x", **facts: object) -> None:
    with transaction():
        audit.record(actor, action, AuditObject.PRODUCT, about, after=facts)


def paid(gateway: FakeGateway) -> make.PlacedOrder:
    started = make.begin((WHEY, 2), (COFFEE, 1))
    make.pay(gateway, started)
    return started


def test_an_entry_says_what_differs(shop: Flask) -> None:
    with transaction():
        audit.record(
            ANA,
            AuditAction.CHANGED,
            AuditObject.PRODUCT,
            "whey",
            before={"price_minor": 100, "name": "Whey", "published_from": None},
            after={"price_minor": 200, "name": "Whey", "published_from": datetime(2026, 12, 1)},
        )
    entry = only()
    assert (entry.actor_id, entry.actor_name) == (ANA.customer_id, ANA.name)
    assert (entry.action, entry.object_type, entry.object_id) == ("changed", "product", "whey")
    assert entry.before == {"price_minor": 100, "published_from": None}
    assert entry.after == {"price_minor": 200, "published_from": "2026-12-01T00:00:00"}
    assert abs(entry.at - clock.now()) < timedelta(minutes=1)


def test_an_entry_belongs_to_a_transaction_and_goes_back_with_it(shop: Flask) -> None:
    with pytest.raises(RuntimeError):
        audit.record(ANA, AuditAction.CHANGED, AuditObject.PRODUCT, "x")

    def fail() -> None:
        with transaction():
            audit.record(ANA, AuditAction.CHANGED, AuditObject.PRODUCT, "x")
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries() == []


def secret_columns() -> set[str]:
    """Return the columns of the shop's tables that hold what lets somebody in, or its digest."""
    kept = {column.name for table in Base.metadata.sorted_tables for column in table.columns}
    known = {"password_hash", "token", "refresh_id", "spent_keys", "checkout_key", "key", "link", "card_last4"}
    assert known <= kept, "a column was renamed: change its name here, too"
    return known


@pytest.mark.parametrize(
    "name",
    sorted(secret_columns() | {"password", "new_password", "totp_secret", "recovery_codes", "api_key", "set_cookie"}),
)
def test_no_secret_comes_in(shop: Flask, name: str) -> None:
    for facts in ({name: "x"}, {"settings": {name: "x"}}, {"people": [{name: "x"}]}):
        for side in ("before", "after"):
            with pytest.raises(ValueError, match=name), transaction():
                audit.record(ANA, AuditAction.CHANGED, AuditObject.STAFF, "x", **{side: facts})
    assert entries() == []


CHANGES = ("UPDATE audit_entries SET actor_name = 'luis'", "DELETE FROM audit_entries", "TRUNCATE audit_entries")


def assert_append_only(engine: sqlalchemy.Engine) -> None:
    """Try to change and remove entries, as whoever has the shop's own connection could."""
    is_sqlite = engine.dialect.name == "sqlite"
    for change in CHANGES[:2] if is_sqlite else CHANGES:
        with engine.connect() as connection, pytest.raises(sqlalchemy.exc.IntegrityError, match="append-only"):
            connection.execute(sqlalchemy.text(change))
    with engine.connect() as connection:
        names = connection.scalars(sqlalchemy.text("SELECT actor_name FROM audit_entries")).all()
    assert names == ["ana@example.com"]


def test_the_migrated_table_only_grows(shop: Flask) -> None:
    write()
    assert_append_only(db.engine)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def created(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlalchemy.Engine]:
    """Return a database whose tables the models made, without a migration."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'x.sqlite'}" if is_sqlite else request.getfixturevalue("postgres_empty_url")
    engine = sqlalchemy.create_engine(url)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["audit_entries"]])
    yield engine
    engine.dispose()


def test_the_model_s_own_table_only_grows_too(created: sqlalchemy.Engine) -> None:
    row = {
        "at": clock.now(),
        "actor_name": ANA.name,
        "request_id": "",
        "action": "changed",
        "object_type": "product",
        "object_id": "x",
    }
    with created.begin() as connection:
        connection.execute(Base.metadata.tables["audit_entries"].insert(), [row])
    assert_append_only(created)


def test_control_without_the_trigger_an_entry_can_be_changed(created: sqlalchemy.Engine) -> None:
    with created.begin() as connection:
        is_sqlite = created.dialect.name == "sqlite"
        trigger = "audit_entries_no_update" if is_sqlite else "audit_entries_no_change ON audit_entries"
        connection.execute(sqlalchemy.text(f"DROP TRIGGER {trigger}"))
        connection.execute(sqlalchemy.text(CHANGES[0]))


def test_entries_are_found_by_actor_action_object_and_day(shop: Flask) -> None:
    luis = Actor("luis")
    for n, (actor, action, about) in enumerate(
        [
            (ANA, AuditAction.CREATED, "whey"), (luis, AuditAction.CHANGED, "whey"),
            (ANA, AuditAction.CHANGED, "bar"), (luis, AuditAction.REMOVED, "bar"),
        ]
    ):  # fmt: skip
        with time_machine.travel(datetime(2026, 11, 20 + n, 23, 30, tzinfo=clock.BOGOTA)):
            write(action, actor=actor, about=about)

    def found(**wanted: object) -> list[tuple[str, str]]:
        db.session.rollback()
        return [(entry.object_id, entry.action) for entry in audit.latest(Filters(**wanted)).items]  # type: ignore[arg-type]

    assert found() == [("bar", "removed"), ("bar", "changed"), ("whey", "changed"), ("whey", "created")]
    assert found(actor="luis") == [("bar", "removed"), ("whey", "changed")]
    assert found(action=AuditAction.CHANGED, object_id="whey") == [("whey", "changed")]
    assert found(first_day=date(2026, 11, 21), last_day=date(2026, 11, 22)) == [("bar", "changed"), ("whey", "changed")]
    assert found(first_day=date(2026, 11, 24)) == []
    assert found(actor="LUIS") == []


def test_pages_follow_each_other_without_gap_in_one_statement_each(shop: Flask, statements: Statements) -> None:
    with time_machine.travel(clock.now(), tick=False):  # all at one moment
        for n in range(7):
            write(n=n)
    seen, place = [], None
    for _page in range(4):
        with statements.at_most(1):
            page = audit.latest(Filters(), after=place, limit=2)
        seen += [(entry.after or {})["n"] for entry in page.items]
        place = page.next
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    assert place is None


@pytest.fixture
def long_audit(postgres_url: str) -> Iterator[Flask]:
    """Return a shop on PostgreSQL with fifty thousand entries."""
    app = build(postgres_url)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "INSERT INTO audit_entries (at, actor_name, request_id, action, object_type, object_id)"
                " SELECT timestamptz '2026-01-01' + n * interval '1 minute', 'p' || n % 7, '', 'shipped', 'order',"
                " '2026-01-' || n FROM generate_series(1, 50000) n"
            )
        )
        connection.execute(sqlalchemy.text("ANALYZE audit_entries"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
def test_a_long_audit_is_read_by_its_indexes(long_audit: Flask) -> None:
    day = date(2026, 1, 10)
    for filters in (
        Filters(), Filters(actor="p3"), Filters(object_id="2026-01-777"), Filters(action=AuditAction.SHIPPED),
        Filters(first_day=day, last_day=day), Filters(actor="p3", first_day=day, last_day=day),
    ):  # fmt: skip
        statement = sqlalchemy.select(AuditEntry).where(*audit._matching(filters))
        statement = statement.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(51)
        with db.engine.connect() as connection:
            compiled = statement.compile(connection, compile_kwargs={"literal_binds": False})
            plan = connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.params).scalars().all()
        assert not any("Seq Scan" in line or "Sort" in line for line in plan), (filters, plan)


def test_a_shipment_s_way_is_told_with_what_was_before(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway)
    order_id = make.order_of(started).id
    fulfilment.ship(order_id, carrier="tcc", tracking_number="A1", staff=ANA)
    fulfilment.mark_delivered(order_id, staff=ANA)
    with pytest.raises(WrongState):
        fulfilment.mark_delivered(order_id, staff=ANA)
    fulfilment.mark_returned(order_id, staff=ANA)
    shipped, delivered, returned = entries()
    assert shipped.object_id == started.order_number
    assert shipped.before == {"status": "confirmed"}
    assert shipped.after == {
        "status": "shipped",
        "carrier": "tcc",
        "tracking_number": "A1",
        "tracking_url": "https://tcc.com.co/rastreo/?guia=A1",
        "units": {line.name: line.quantity for line in make.lines_of(started)},
    }
    assert (delivered.before, delivered.after) == ({"status": "shipped"}, {"status": "delivered"})
    assert (returned.before, returned.after) == ({"status": "delivered"}, {"status": "returned"})


def test_money_is_told_in_centavos_and_a_buyer_writes_no_entry(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway)
    order = make.order_of(started)
    line = make.lines_of(started)[0]
    refunds.request_refund(order.id, units={line.id: 1})
    assert entries() == []
    refunds.request_refund(order.id, units={line.id: 1}, staff=ANA)
    entry = only()
    assert (entry.action, entry.before) == ("refunded", None)
    assert entry.after == {"amount_minor": 12_990_000, "units": {line.name: 1}, "is_restocked": True}


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_cancellation_is_one_entry(shop: Flask, gateway: FakeGateway, is_paid: bool) -> None:
    started = paid(gateway) if is_paid else make.begin((WHEY, 1))
    admin_orders.cancel(started.order_number, staff=ANA)
    entry = only()
    assert entry.action == "cancelled"
    assert (entry.before or {})["status"] == ("confirmed" if is_paid else "pending")
    assert (entry.after or {})["status"] == "cancelled"


def test_support_gives_back_up_to_a_limit_of_each_order(shop: Flask, gateway: FakeGateway) -> None:
    """Summed over its refunds, whoever made them; by amount, by units, by cancelling."""
    staff.add("eva@example.com", StaffRole.SUPPORT, password=PASSWORD, staff=ANA)
    eva = permissions.require_of_email("eva@example.com", Permission.REFUND)
    assert eva.refund_limit_minor == 20_000_000
    started = paid(gateway)
    order_id = make.order_of(started).id
    refunds.request_refund(order_id, amount_minor=15_000_000, staff=eva)
    for change in (
        lambda: refunds.request_refund(order_id, amount_minor=5_000_100, staff=eva),
        lambda: refunds.request_refund(order_id, staff=eva),
        lambda: admin_orders.cancel(started.order_number, staff=eva),
    ):
        with pytest.raises(NotPermitted) as refusal:
            change()
        assert refusal.value.data == {"limit_minor": 20_000_000}
    refunds.request_refund(order_id, amount_minor=5_000_000, staff=eva)
    owner = permissions.require_of_email("staff@example.com", Permission.REFUND)
    refunds.request_refund(order_id, staff=owner)


def test_support_decides_about_held_and_owed_money_within_the_limit(shop: Flask, gateway: FakeGateway) -> None:
    eva = Actor("eva", None, 1_000_000)
    started = make.begin((WHEY, 1))
    told = Story.of(make.order_of(started), started.session_id, total_minor=10_000_000)
    events.send(shop.test_client(), told.completed())
    order_id = make.order_of(started).id
    for decide in (reviews.accept, reviews.reject):
        with pytest.raises(NotPermitted):
            decide(order_id, staff=eva)
    reviews.accept(order_id, staff=ANA)
    assert only().after == {
        "status": "confirmed", "payment_status": "paid", "paid_minor": 10_000_000, "total_minor": 15_490_000
    }  # fmt: skip
    fulfilment.ship(order_id, carrier="tcc", tracking_number="A1", staff=ANA)
    fulfilment.mark_returned(order_id, staff=ANA)
    with pytest.raises(NotPermitted):
        failed_refunds.settle_otherwise(order_id, note="transferencia", staff=eva)
    failed_refunds.settle_otherwise(order_id, note="transferencia", staff=ANA)
    assert entries()[-1].after == {"note": "transferencia"}


def test_an_event_that_is_applied_again_or_left_alone_is_told(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    told = Story.of(make.order_of(started), started.session_id).completed()
    with transaction():
        for key in (told["id"], "evt_odd"):
            db.session.add(
                EventRecord(
                    id=key,
                    type=told["type"],
                    state="failed",
                    payload=told | {"id": key},
                    error="x",
                    created_at=clock.now(),
                    received_at=clock.now(),
                )
            )
    assert webhook_events.replay(told["id"], staff=ANA)
    assert not webhook_events.replay(told["id"], staff=ANA), "nothing happened, and nothing is told"
    assert webhook_events.ignore("evt_odd", note="de otra tienda", staff=ANA)
    replayed, ignored = entries()
    assert (replayed.action, replayed.object_id, replayed.after) == ("replayed", told["id"], {"state": "done"})
    assert (ignored.before, ignored.after) == ({"state": "failed"}, {"state": "ignored", "note": "de otra tienda"})


def test_the_team_s_changes_are_told_without_what_lets_somebody_in(shop: Flask) -> None:
    email = "eva@example.com"
    added = staff.add(email, StaffRole.OWNER, password=PASSWORD, with_link=True, staff=ANA)
    staff.change_role(email, StaffRole.OWNER, staff=ANA)
    staff.change_role(email, StaffRole.MANAGER, staff=ANA)
    staff.disable(email, staff=ANA)
    staff.disable(email, staff=ANA)
    assert [(entry.action, entry.object_id, entry.before, entry.after) for entry in entries()] == [
        ("added", email, {"role": None}, {"role": "owner", "is_account_new": True, "is_sign_in_replaced": True}),
        ("role_changed", email, {"role": "owner"}, {"role": "manager"}),
        ("disabled", email, {"role": "manager"}, None),
    ]
    assert added.link
    with db.engine.connect() as connection:
        told = str(connection.execute(sqlalchemy.text("SELECT * FROM audit_entries")).all())
    for secret in (PASSWORD, added.link.rpartition("=")[2], "argon2"):
        assert secret not in told


def test_who_works_here_and_closes_the_account_is_told(shop: Flask) -> None:
    staff.add("eva@example.com", StaffRole.OWNER, password=PASSWORD, staff=ANA)
    person = authentication.recognise(authentication.log_in(email="eva@example.com", password=PASSWORD).secret)
    assert person is not None
    erasure.erase(person.customer_id, password=PASSWORD)
    entry = entries()[-1]
    assert (entry.actor_id, entry.action, entry.before) == (person.customer_id, "left", {"role": "owner"})
