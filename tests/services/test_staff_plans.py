"""Plans as staff see and end them: found, with what failed, ended with and without money, with the period, undone."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.domain.subscription import Subscription
from storefront.enums import PlanTab
from storefront.errors import InvalidInput, NotFound, NotPermitted, PaymentProviderError, WrongState
from storefront.services.audit import Actor
from storefront.services.mail import sent_again
from storefront.services.orders import admin_plans, plan_listing
from storefront.services.orders.admin_plans import Details
from storefront.services.payments import event_processing, refunds
from storefront.services.subscriptions import management
from tests import plans
from tests.factories import PREMIUM, WHEY
from tests.fakes import FakeGateway
from tests.plans import MONTH, PRICE, PlanStory, only

ANA = Actor("ana@example.com")


@pytest.fixture
def bought(shop: Flask, gateway: FakeGateway) -> str:
    """Return a plan that runs."""
    plans.bought(gateway)
    return only().id


def details(plan_id: str) -> Details:
    return admin_plans.get(plan_id, language="es")


def found(text: str = "", tab: PlanTab = PlanTab.ALL) -> list[str]:
    page = plan_listing.find(plan_listing.Wanted(tab=tab, text=text))
    assert page.total == len(page.items)
    return [row.plan.id for row in page.items]


def change(**values: object) -> None:
    """Change the only plan behind the services' back."""
    with transaction():
        db.session.execute(update(Subscription).values(**values))


def audited() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.actor_name, row.action) for row in rows]


def renewed(gateway: FakeGateway) -> PlanStory:
    """Buy a plan whose second month is paid, too."""
    _, started = plans.begin()
    story = PlanStory.of(started)
    updated = story.changed("updated", MONTH, period=1)
    for event in (*story.first(), updated, story.invoice("paid", MONTH + 1, period=1), story.settled(MONTH, period=1)):
        event_processing.apply(gateway.translate_event(event))
    return story


def test_a_plan_is_found_by_name_e_mail_and_stripe_s_id(bought: str) -> None:
    with transaction():
        owner = db.session.scalars(select(Customer).where(Customer.email == "valentina@example.com")).one()
        owner.first_name, owner.last_name = "Íngrid", "Muñoz Ávila"
    for text in ("ingrid", "MUÑOZ íng", "avila munoz", "valentina@", "VALENTINA@example.com", only().provider_id):
        assert found(text) == [bought], text
    for text in ("sub_other", "otra@example.com", "ingrid pérez", "%", "_"):
        assert found(text) == [], text


def test_the_tabs_follow_what_comes_next(gateway: FakeGateway, bought: str) -> None:
    tabs = (PlanTab.ACTIVE, PlanTab.FAILING, PlanTab.ENDING, PlanTab.ENDED)
    assert [found(tab=tab) for tab in tabs] == [[bought], [], [], []]
    change(status="past_due")
    assert [found(tab=tab) for tab in tabs] == [[], [bought], [], []]
    change(status="active")
    admin_plans.end_with_period(bought, staff=ANA)
    assert [found(tab=tab) for tab in tabs] == [[], [], [bought], []]
    admin_plans.end_at_once(bought, staff=ANA)
    assert [found(tab=tab) for tab in tabs] == [[], [], [], [bought]]


def test_charges_and_failed_ones_are_told_with_the_next_try(shop: Flask, gateway: FakeGateway) -> None:
    story = renewed(gateway)
    next_try = plans.moment(2 * MONTH + 3 * 86_400)
    failed = story.invoice(
        "payment_failed", 2 * MONTH, period=2, next_payment_attempt=int(next_try.timestamp()), attempt_count=1
    )
    for number in range(2):  # told twice, it failed once
        event_processing.apply(gateway.translate_event(failed | {"id": f"{failed['id']}{number}"}))
    seen = details(only().id)
    assert [paid.amount_minor for paid in seen.charges] == [PRICE, PRICE]
    (one,) = seen.failed
    assert (one.charge.amount_minor, one.charge.next_attempt_at, one.paid_by) == (PRICE, next_try, None)
    assert one.charge.failed_at == plans.moment(2 * MONTH)
    event_processing.apply(gateway.translate_event(story.invoice("paid", 2 * MONTH + 9, period=2)))
    assert details(only().id).failed[0].paid_by == details(only().id).charges[0].number


def test_an_end_at_once_keeps_the_money_and_the_second_one_is_told(gateway: FakeGateway, bought: str) -> None:
    admin_plans.end_at_once(bought, staff=ANA)
    row = only()
    assert (row.status, row.must_end) == ("cancelled", False)
    assert gateway.subscriptions[row.provider_id].status == "cancelled"
    assert gateway.calls.count("refund") == 0
    with pytest.raises(WrongState):
        admin_plans.end_at_once(bought, staff=Actor("luz@example.com"))
    assert audited() == [("ana@example.com", "plan_ended")]
    (event,) = [one for one in details(bought).history if one.code == "plan_ended"]
    assert event.cause == "staff ana@example.com"


def test_an_end_with_refund_gives_the_last_charge_back_once(shop: Flask, gateway: FakeGateway) -> None:
    renewed(gateway)
    plan_id = only().id
    charge = details(plan_id).last_charge
    assert charge is not None
    assert (charge.amount_minor, charge.number) == (PRICE, details(plan_id).charges[0].number)
    with pytest.raises(InvalidInput):
        admin_plans.end_with_refund(plan_id, seen_minor=PRICE - 100, staff=ANA)
    admin_plans.end_with_refund(plan_id, seen_minor=PRICE, staff=ANA)
    assert only().status == "cancelled"
    assert [paid.refunded_minor for paid in details(plan_id).charges] == [PRICE, 0]
    assert audited() == [("ana@example.com", "refunded"), ("ana@example.com", "plan_ended")]
    assert plans.mails().count("subscription_cancelled") == 1
    with pytest.raises(WrongState):
        admin_plans.end_with_refund(plan_id, seen_minor=PRICE, staff=ANA)
    assert gateway.calls.count("refund") == 1


def test_only_the_plan_s_part_of_a_mixed_order_goes_back(shop: Flask, gateway: FakeGateway) -> None:
    plans.bought(gateway, (PREMIUM, 1), (WHEY, 1))
    charge = details(only().id).last_charge
    assert charge is not None
    assert charge.amount_minor == PRICE
    refunds.request_refund(charge.order_id, amount_minor=total_of(charge.order_id) - 500_000)
    left = details(only().id).last_charge
    assert left is not None
    assert left.amount_minor == 500_000, "never more than is left of the payment"


def total_of(order_id: int) -> int:
    return db.session.get_one(Order, order_id).total_minor


def test_support_gives_back_up_to_its_limit_and_nothing_happens_above_it(gateway: FakeGateway, bought: str) -> None:
    with pytest.raises(NotPermitted):
        admin_plans.end_with_refund(bought, seen_minor=PRICE, staff=Actor("sol", "1", refund_limit_minor=PRICE - 1))
    assert only().status == "active"
    assert gateway.calls.count("refund") == 0
    assert audited() == []


def test_a_plan_that_is_tried_has_nothing_to_give_back(shop: Flask, gateway: FakeGateway) -> None:
    plans.bought(gateway, (plans.NUTRITION, 1))
    assert details(only().id).last_charge is None
    with pytest.raises(InvalidInput):
        admin_plans.end_with_refund(only().id, seen_minor=0, staff=ANA)


def test_an_end_with_the_period_is_undone_until_then(gateway: FakeGateway, bought: str) -> None:
    assert details(bought).can_end_later
    admin_plans.end_with_period(bought, staff=ANA)
    seen = details(bought)
    assert (seen.can_end_later, seen.can_resume, seen.row.status) == (False, True, "active")
    with pytest.raises(WrongState):
        admin_plans.end_with_period(bought, staff=Actor("luz@example.com"))
    admin_plans.resume(bought, staff=Actor("luz@example.com"))
    assert not only().cancel_at_period_end
    with pytest.raises(WrongState):
        admin_plans.resume(bought, staff=ANA)
    assert audited() == [("ana@example.com", "changed"), ("luz@example.com", "changed")]
    assert gateway.calls.count("cancellation") == 2
    assert plans.mails() == ["subscription_cancelled", "subscription_resumed", "subscription_started"]


def test_stripe_s_own_event_may_be_faster_than_its_answer(shop: Flask, gateway: FakeGateway, bought: str) -> None:
    """The event decides nothing about who of the staff it was, and is no rival of theirs."""
    key = only().provider_id

    def webhook() -> None:
        with shop.app_context():
            management.refresh(key)

    gateway.meanwhile = {"cancellation": webhook}
    admin_plans.end_with_period(bought, staff=ANA)
    assert only().cancel_at_period_end
    assert audited() == [("ana@example.com", "changed")]


def test_who_comes_second_while_stripe_is_asked_is_told(shop: Flask, gateway: FakeGateway, bought: str) -> None:
    def rival() -> None:
        with shop.app_context():
            admin_plans.end_with_period(bought, staff=Actor("luz@example.com"))

    gateway.meanwhile = {"cancellation": rival}
    with pytest.raises(WrongState):
        admin_plans.end_with_period(bought, staff=ANA)
    assert audited() == [("luz@example.com", "changed")]


def test_a_silent_stripe_leaves_the_plan_as_it_was(gateway: FakeGateway, bought: str) -> None:
    gateway.go_silent()
    with pytest.raises(PaymentProviderError):
        admin_plans.end_with_period(bought, staff=ANA)
    assert not only().cancel_at_period_end
    assert audited() == []
    gateway.go_silent()
    admin_plans.end_at_once(bought, staff=ANA)
    assert only().must_end, "the worker tells Stripe"
    assert management.end_due() == 1


def test_a_plan_whose_charge_failed_has_no_period_to_end_with(gateway: FakeGateway, bought: str) -> None:
    change(status="past_due")
    assert not details(bought).can_end_later
    with pytest.raises(WrongState):
        admin_plans.end_with_period(bought, staff=ANA)


def test_mails_about_a_plan_go_to_its_owner_s_address_of_now(bought: str) -> None:
    with transaction():
        db.session.scalars(
            select(Customer).where(Customer.email == "valentina@example.com")
        ).one().email = "v@example.com"
    (mail,) = sent_again.mails_about_plan(only())
    sent_again.send_about_plan(bought, mail.id, staff=ANA, seen=1)
    again = sent_again.mails_about_plan(only())[1]
    assert (again.template, again.recipient, again.order_id) == (mail.template, "v@example.com", mail.order_id)
    with pytest.raises(InvalidInput):
        sent_again.send_about_plan(bought, mail.id, staff=ANA, seen=1)
    with pytest.raises(NotFound):
        sent_again.send_about_plan(bought, "01J00000000000000000000000", staff=ANA, seen=2)
    assert audited() == [("ana@example.com", "retried")]


def test_nobody_s_plan_is_not_found(bought: str) -> None:
    change(is_surplus=True)
    with pytest.raises(NotFound):
        details(bought)
    assert found() == []
