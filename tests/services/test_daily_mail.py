"""The mail of the morning: once a day to each owner who wants it, with what waits, and none where nothing does."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Product
from storefront.domain.customer import Customer
from storefront.domain.outbox import OutboxMail
from storefront.enums import ProductStatus, StaffRole
from storefront.errors import NotFound
from storefront.services.audit import Actor
from storefront.services.jobs import daily_mail
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer

pytestmark = pytest.mark.dialects

MORNING = datetime(2036, 12, 1, 11, 0, tzinfo=UTC)  # 6:00 in Bogotá
DAY = timedelta(days=1)


@pytest.fixture
def owner(shop: Flask) -> Actor:
    """Return the only owner, in a shop in which nothing waits."""
    person = make.customer("duena@example.com", is_confirmed=True)
    with transaction():
        db.session.execute(update(Product).where(Product.slug != WHEY).values(status=ProductStatus.ARCHIVED))
        db.session.execute(update(Customer).values(staff_role=None, staff_disabled_at=None))
        db.session.execute(update(Customer).where(Customer.id == person.customer_id).values(staff_role=StaffRole.OWNER))
    return Actor("duena@example.com", person.customer_id)


def tell(at: datetime) -> int:
    """Run the job at a time and return how many mails there are since the beginning."""
    with time_machine.travel(at, tick=False):
        daily_mail.tell()
    return len(mails())


def mails() -> Sequence[OutboxMail]:
    db.session.rollback()
    return db.session.scalars(select(OutboxMail).where(OutboxMail.template == "daily_summary")).all()


def wait_for_somebody(gateway: FakeGateway) -> str:
    """Sell something that has to be prepared, and return the order's number."""
    started = make.begin((WHEY, 1))
    make.pay(gateway, started)
    return started.order_number


def test_nothing_is_sent_while_nothing_waits(owner: Actor) -> None:
    assert tell(MORNING) == 0


def test_one_mail_a_day_in_the_morning_with_what_waits(
    owner: Actor, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    number = wait_for_somebody(gateway)
    assert tell(MORNING - timedelta(minutes=1)) == 0
    assert tell(MORNING) == 1
    assert tell(MORNING + timedelta(hours=2)) == 1
    assert tell(MORNING + timedelta(hours=6)) == 1
    assert tell(MORNING + DAY + timedelta(hours=5)) == 1, "the morning is over"
    assert tell(MORNING + 2 * DAY) == 2
    mail = mails()[0]
    assert (mail.recipient, mail.context["to_prepare"], mail.context["late_orders"]) == (owner.name, 1, [number])
    with time_machine.travel(MORNING + 3 * DAY, tick=False):
        mail_delivery.deliver_due()
    sent = next(one for one in mailer.emails_sent if one.to == owner.name)
    assert "1 pedido por preparar" in sent.text
    assert number in sent.text
    assert "/staff/security" in sent.text


def test_two_workers_at_one_moment_write_one(owner: Actor, gateway: FakeGateway, shop: Flask) -> None:
    wait_for_somebody(gateway)
    found = daily_mail._not_mailed(MORNING)
    assert [one.email for one in found] == [owner.name]
    barrier, errors = threading.Barrier(2), list[BaseException]()

    def work() -> None:
        try:
            with shop.app_context():
                barrier.wait(10)
                daily_mail.tell()
        except BaseException as error:
            errors.append(error)

    with time_machine.travel(MORNING, tick=True):
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert not errors
    assert len(mails()) == 1


def test_an_owner_switches_it_off_and_on_and_nobody_else_has_it(owner: Actor, gateway: FakeGateway) -> None:
    wait_for_somebody(gateway)
    assert owner.customer_id is not None
    assert daily_mail.is_wanted(owner.customer_id)
    daily_mail.set_wanted(False, staff=owner)
    assert not daily_mail.is_wanted(owner.customer_id)
    assert tell(MORNING) == 0
    daily_mail.set_wanted(True, staff=owner)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_id == owner.name).order_by(AuditEntry.id))
    assert [entry.after for entry in entries] == [{"has_daily_mail": False}, {"has_daily_mail": True}]
    other = make.customer("otro@example.com")
    for actor in (Actor("nobody"), Actor("otro@example.com", other.customer_id)):
        with pytest.raises(NotFound):
            daily_mail.set_wanted(False, staff=actor)


@pytest.mark.parametrize(
    "values",
    [
        {"staff_role": StaffRole.MANAGER},
        {"staff_disabled_at": MORNING},
        {"email_verified_at": None},
        {"closed_at": MORNING},
        {"has_daily_mail": False},
    ],
)
def test_only_active_owners_get_it(owner: Actor, gateway: FakeGateway, values: dict[str, object]) -> None:
    wait_for_somebody(gateway)
    with transaction():
        db.session.execute(update(Customer).where(Customer.id == owner.customer_id).values(values))
    assert tell(MORNING) == 0
