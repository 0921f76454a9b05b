"""Giving goods back: the days, the exceptions, the request, and its end by a refund."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from storefront.clock import BOGOTA
from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.domain.order import OrderLine
from storefront.domain.outbox import OutboxMail
from storefront.domain.returns import right_of
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.gateways.payments import PaymentRefused
from storefront.services.audit import Actor
from storefront.services.downloads import library
from storefront.services.jobs import cleanup, consistency
from storefront.services.mail import mail_delivery
from storefront.services.orders import admin_orders, admin_returns, fulfilment, own_returns, receipts
from storefront.services.payments import refunds
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import BAR, DUMBBELL, GUIDE, WHEY
from tests.fakes import FakeGateway, KeepingMailer

FRIDAY = datetime(2026, 12, 4, 15, tzinfo=BOGOTA)
LAST_DAY = date(2026, 12, 14)
"""Five business days later: the 8th is a holiday."""


def paid(gateway: FakeGateway, *goods: tuple[str, int]) -> make.PlacedOrder:
    """Return a paid order."""
    started = make.begin(*goods, digital_consent=True)
    make.pay(gateway, started)
    return started


def delivered(gateway: FakeGateway, *goods: tuple[str, int]) -> make.PlacedOrder:
    """Return an order that arrived on a Friday before a week with a holiday."""
    with time_machine.travel(FRIDAY, tick=False):
        started = paid(gateway, *goods)
        order_id = make.order_of(started).id
        fulfilment.ship(order_id, carrier="servientrega", tracking_number="123", staff=Actor("ana"))
        fulfilment.mark_delivered(order_id, staff=Actor("ana"))
    return started


def rights(started: make.PlacedOrder) -> own_returns.Rights:
    """Return what the buyer can do now."""
    return own_returns.rights_of(admin_orders.get(started.order_id))


def ask(started: make.PlacedOrder, key: str = "a", **units: int) -> own_returns.ReturnRequest:
    """Ask to give units back, named by slug with underscores."""
    by_slug = {line.slug.replace("-", "_"): line.id for line in make.lines_of(started)}
    chosen = {by_slug[slug]: n for slug, n in units.items()}
    return own_returns.request_return(make.owner(started), started.order_number, units=chosen, reason="", key=key)


SLUG = DUMBBELL.replace("-", "_")


@pytest.mark.parametrize(
    ("begins_on", "until"),
    [
        (date(2026, 11, 24), date(2026, 12, 1)),
        (date(2026, 12, 4), LAST_DAY),
        (date(2026, 12, 5), LAST_DAY),  # a Saturday counts from the Monday
        (date(2026, 12, 24), date(2027, 1, 4)),  # Christmas and New Year
        (date(2027, 3, 24), date(2027, 4, 2)),  # the week of Easter
    ],
)
def test_five_business_days_with_colombia_s_holidays(begins_on: date, until: date) -> None:
    line = OrderLine(kind="physical", quantity=1, refunded=0)
    facts = {"exception": None, "has_started": False, "begins_on": begins_on, "promised": 0}
    assert right_of(line, today=until, **facts).until == until
    assert right_of(line, today=until, **facts).state == "open"
    assert right_of(line, today=until + timedelta(days=1), **facts).state == "over"


def test_before_delivery_the_time_has_not_begun(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (DUMBBELL, 2))
    (right,) = rights(started).by_line.values()
    assert (right.state, right.units, right.until) == ("early", 2, None)
    assert (rights(started).can_cancel, rights(started).can_ask) == (True, False)
    fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="9", staff=Actor("ana"))
    assert (rights(started).can_cancel, rights(started).can_ask) == (False, True)


def test_an_order_that_was_not_sent_is_cancelled_with_all_its_money(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (BAR, 1))
    order = own_returns.cancel_order(make.owner(started), started.order_number)
    assert (order.status, order.payment_status) == ("cancelled", "refunded")
    assert order.refunded_minor == order.total_minor
    assert make.stock_of(BAR) == (2, 0)
    with pytest.raises(WrongState):
        own_returns.cancel_order(make.owner(started), started.order_number)
    assert len(make.refunds_of(started)) == 1


@pytest.mark.parametrize("refunded_before", [0, 1])
@pytest.mark.parametrize("coupon", [None, "FIT10", "ENVIOGRATIS"])
def test_goods_are_cancelled_and_downloads_stay(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer, coupon: str | None, refunded_before: int
) -> None:
    """To the peso: goods less their share of the discount, and the freight; the guide's price stays with the shop."""
    started = make.begin((DUMBBELL, 3), (GUIDE, 1), digital_consent=True, coupon_code=coupon)
    make.pay(gateway, started)
    goods, guide = make.lines_of(started)
    if refunded_before:
        refunds.request_refund(make.order_of(started).id, units={goods.id: 1}, is_restocked=False)
    ending = rights(started).cancellation
    assert ending is not None
    assert ending.units == {goods.id: 3 - refunded_before}
    assert [line.slug for line in ending.kept] == [GUIDE]
    order = own_returns.cancel_order(make.owner(started), started.order_number)
    assert (order.status, order.payment_status) == ("cancelled", "partially_refunded")
    assert order.total_minor - order.refunded_minor == guide.net_minor
    assert order.refunded_minor == goods.net_minor + order.shipping_minor
    assert [line.refunded for line in make.lines_of(started)] == [3, 0]
    (item,) = library.list_for_order(order, language="es")
    assert item.state == "ready"
    order_id = order.id
    mail_delivery.deliver_due()
    letter = [one for one in mailer.emails_sent if "Reembolso" in one.subject][-1]
    assert "3 × Mancuerna" in letter.text
    assert "Guía" not in letter.text.split("Productos reembolsados")[1].split("Ver el pedido")[0]
    back = receipts.get(make.owner(started), started.order_number).refunds
    assert sum(one.amount_minor for one in back) == make.order_of(started).refunded_minor
    assert sum(n for one in back for _, n in one.goods) == 3
    with pytest.raises(WrongState):
        own_returns.cancel_order(make.owner(started), started.order_number)
    with pytest.raises(WrongState):
        fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("ana"))


def test_what_was_sent_or_began_is_not_cancelled(shop: Flask, gateway: FakeGateway) -> None:
    for started in (delivered(gateway, (DUMBBELL, 1)), paid(gateway, (GUIDE, 1))):
        assert not rights(started).can_cancel
        with pytest.raises(WrongState):
            own_returns.cancel_order(make.owner(started), started.order_number)


def test_until_the_last_day_in_bogota(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 1))
    with time_machine.travel(datetime(2026, 12, 14, 23, 59, tzinfo=BOGOTA)):
        (right,) = rights(started).by_line.values()
        assert (right.state, right.until) == ("open", LAST_DAY)
    with time_machine.travel(datetime(2026, 12, 15, 0, 1, tzinfo=BOGOTA)):
        (right,) = rights(started).by_line.values()
        assert (right.state, rights(started).can_ask) == ("over", False)
        with pytest.raises(WrongState):
            ask(started, **{SLUG: 1})


def test_the_exceptions_of_the_law(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 1), (WHEY, 1), (GUIDE, 1))
    with time_machine.travel(FRIDAY):
        by_line = rights(started).by_line
        states = {line.slug: by_line[line.id].state for line in make.lines_of(started)}
        assert states == {DUMBBELL: "open", WHEY: "personal_use", GUIDE: "started"}
        for slug in (WHEY, GUIDE):
            line = next(line for line in make.lines_of(started) if line.slug == slug)
            with pytest.raises(InvalidInput) as refusal:
                ask(started, **{slug.replace("-", "_"): 1})
            assert refusal.value.problems == {f"line-{line.id}": "not_returnable"}
    with transaction():
        db.session.execute(update(Product).where(Product.slug == DUMBBELL).values(withdrawal_exception="custom_made"))
    assert not rights(started).can_ask


def test_a_request_has_a_number_a_receipt_and_a_day_for_the_money(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    started = delivered(gateway, (DUMBBELL, 2))
    with time_machine.travel(FRIDAY + timedelta(days=1)):
        ask(started, **{SLUG: 1})
        (found,) = admin_returns.list_for(admin_orders.get(started.order_id))
        number = found.number
        assert number == f"{started.order_number}-R1"
        assert (found.refund_due_on, found.is_late) == (date(2026, 12, 20), False)
        assert [(line.slug, n) for line, n in found.goods] == [(DUMBBELL, 1)]
        assert make.causes_of(started)[-1] == (f"withdrawal R1 asked: 1 × {make.lines_of(started)[0].name}", "customer")
        mail_delivery.deliver_due()
    letter = next(letter for letter in mailer.emails_sent if "retracto" in letter.subject)
    for text in (letter.text, letter.html):
        assert number in text
        assert "20 de diciembre de 2026" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert own_returns.get(make.owner(started), started.order_number, 1).number == number
    with pytest.raises(NotFound):
        own_returns.get(Shopper(), started.order_number, 1)
    with pytest.raises(NotFound):
        own_returns.get(make.owner(started), started.order_number, 2)


def test_the_same_form_twice_is_one_request(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 3))
    with time_machine.travel(FRIDAY):
        assert ask(started, **{SLUG: 1}).id == ask(started, **{SLUG: 1}).id
        assert ask(started, key="b", **{SLUG: 1}).sequence == 2
    assert make.mails_of(started).count("withdrawal_asked") == 2


@pytest.mark.parametrize("units", [3, 100, -1])
def test_more_than_there_is_to_return_is_refused_at_its_field(shop: Flask, gateway: FakeGateway, units: int) -> None:
    started = delivered(gateway, (DUMBBELL, 3))
    (line,) = make.lines_of(started)
    with time_machine.travel(FRIDAY):
        ask(started, **{SLUG: 1})
        with pytest.raises(InvalidInput) as refusal:
            ask(started, key="b", **{SLUG: units})
    assert refusal.value.problems == {f"line-{line.id}": "more_than_bought"}


def test_nothing_chosen_somebody_elses_line_and_a_novel(shop: Flask, gateway: FakeGateway) -> None:
    started, other = delivered(gateway, (DUMBBELL, 1)), delivered(gateway, (DUMBBELL, 1))
    (line,), (foreign,) = make.lines_of(started), make.lines_of(other)
    mine, number = make.owner(started), started.order_number
    with time_machine.travel(FRIDAY):
        for units, problem in (({line.id: 0}, "nothing_chosen"), ({foreign.id: 1}, "not_returnable")):
            with pytest.raises(InvalidInput) as refusal:
                own_returns.request_return(mine, number, units=units, reason="", key="a")
            assert set(refusal.value.problems.values()) == {problem}
        with pytest.raises(InvalidInput):
            own_returns.request_return(mine, number, units={line.id: 1}, reason="x" * 501, key="a")
        with pytest.raises(NotFound):
            own_returns.request_return(Shopper(), number, units={line.id: 1}, reason="", key="a")
    assert admin_returns.waiting() == []


def test_a_refund_of_the_units_ends_the_request(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 3), (BAR, 1))
    line = make.lines_of(started)[0]
    with time_machine.travel(FRIDAY):
        ask(started, **{SLUG: 2})
        order_id = make.order_of(started).id
        refunds.request_refund(order_id, units={line.id: 1})
        (found,) = admin_returns.waiting()
        assert found.withdrawal.lines[0].refunded == 1
        refunds.request_refund(order_id, units={line.id: 1})
        assert admin_returns.waiting() == []
        (found,) = admin_returns.list_for(admin_orders.get(started.order_id))
        assert (found.withdrawal.state, found.withdrawal.closed_at is not None) == ("refunded", True)
        assert rights(started).by_line[line.id].units == 1


def test_a_refund_of_everything_ends_every_request(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 3))
    with time_machine.travel(FRIDAY):
        ask(started, **{SLUG: 1})
        ask(started, key="b", **{SLUG: 1})
        refunds.request_refund(make.order_of(started).id)
        assert admin_returns.waiting() == []


def test_a_refund_that_fails_opens_the_request_again(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 2))
    line = make.lines_of(started)[0]
    with time_machine.travel(FRIDAY):
        ask(started, **{SLUG: 2})
        gateway.failures = [PaymentRefused("charge_disputed")]
        refunds.request_refund(make.order_of(started).id, units={line.id: 2})
        (found,) = admin_returns.waiting()
        assert (found.withdrawal.state, found.withdrawal.lines[0].refunded) == ("open", 0)


def test_staff_see_what_is_urgent_and_the_doctor_what_is_late(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 1))
    with time_machine.travel(FRIDAY):
        ask(started, **{SLUG: 1})
        assert not admin_returns.waiting()[0].is_late
    with time_machine.travel(datetime(2026, 12, 19, 23, tzinfo=BOGOTA)):
        assert not late_findings()
    with time_machine.travel(datetime(2026, 12, 20, 1, tzinfo=BOGOTA)):
        assert admin_returns.waiting()[0].is_late
        (finding,) = late_findings()
        assert f"{started.order_number}-R1" in finding.what


def sent(gateway: FakeGateway, *goods: tuple[str, int], **changes: Any) -> make.PlacedOrder:
    """Return an order that went by express, which always costs."""
    started = make.begin(*goods, digital_consent=True, shipping_method="express", **changes)
    make.pay(gateway, started)
    fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
    return started


@pytest.mark.parametrize("coupon", [None, "FIT10"])
def test_the_freight_comes_back_with_the_last_of_what_was_sent(
    shop: Flask, gateway: FakeGateway, coupon: str | None
) -> None:
    """Three requests, two of them on one line, beside a download that stays."""
    started = sent(gateway, (DUMBBELL, 3), (BAR, 1), (GUIDE, 1), coupon_code=coupon)
    order_id, shipping = make.order_of(started).id, make.order_of(started).shipping_minor
    dumbbell, bar, guide = make.lines_of(started)
    assert shipping > 0
    ask(started, "a", **{SLUG: 1})
    ask(started, "b", **{SLUG: 2})
    ask(started, "c", barra_dominadas_puerta=1)
    waiting = admin_returns.waiting()
    assert [one.has_freight for one in waiting] == [False, False, True]
    owed = [one.owed_minor for one in waiting]
    assert sum(owed) == dumbbell.net_minor + bar.net_minor + shipping
    for line, n, due in ((dumbbell, 1, owed[0]), (dumbbell, 2, owed[1]), (bar, 1, owed[2])):
        before = make.order_of(started).refunded_minor
        refunds.request_refund(order_id, units={line.id: n})
        assert make.order_of(started).refunded_minor - before == due
    order = make.order_of(started)
    assert order.total_minor - order.refunded_minor == guide.net_minor
    assert admin_returns.waiting() == []


def test_freight_that_went_back_before_is_not_given_twice(shop: Flask, gateway: FakeGateway) -> None:
    """By its amount, or for a scratch: in the end all that was paid for goods and freight is back, once."""
    started = sent(gateway, (DUMBBELL, 1), (BAR, 1), (GUIDE, 1))
    order_id = make.order_of(started).id
    dumbbell, bar, guide = make.lines_of(started)
    refunds.request_refund(order_id, amount_minor=make.order_of(started).shipping_minor - 100_00)
    refunds.request_refund(order_id, units={guide.id: 1, bar.id: 1})
    assert make.refunds_of(started)[-1].amount_minor == guide.net_minor + bar.net_minor, "a unit is still out"
    refunds.request_refund(order_id, units={dumbbell.id: 1})
    order = make.order_of(started)
    assert order.refunded_minor == order.total_minor
    assert order.status == "refunded"


def test_a_failed_refund_owes_its_freight_again(shop: Flask, gateway: FakeGateway) -> None:
    started = sent(gateway, (DUMBBELL, 1), (GUIDE, 1))
    ask(started, **{SLUG: 1})
    (owed,) = admin_returns.waiting()
    gateway.failures = [PaymentRefused("charge_disputed")]
    for _ in range(2):
        refunds.request_refund(make.order_of(started).id, units={make.lines_of(started)[0].id: 1})
    assert (
        make.order_of(started).refunded_minor
        == owed.owed_minor
        == sum((make.lines_of(started)[0].net_minor, make.order_of(started).shipping_minor))
    )


def letters_of(mailer: KeepingMailer, word: str) -> list[str]:
    """Send what is due, and return the text of the letters with this word in their subject."""
    mail_delivery.deliver_due()
    return [letter.text for letter in mailer.emails_sent if word in letter.subject]


def test_every_end_of_a_request_is_told(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    started = sent(gateway, (DUMBBELL, 3), (BAR, 1))
    number, order_id, line_id = started.order_number, make.order_of(started).id, make.lines_of(started)[0].id
    for key in "abc":
        ask(started, key, **{SLUG: 1})
    refunds.request_refund(order_id, amount_minor=100_00)
    assert "solicitud de retracto" not in letters_of(mailer, "Reembolso")[-1], "nothing ended"
    refunds.request_refund(order_id, units={line_id: 1})
    told = letters_of(mailer, "Reembolso")[-1]
    assert f"Con esto cerramos tu solicitud de retracto: {number}-R1." in told
    assert "389.900" in told
    admin_returns.close(number, 2, note="nunca llegó", staff=Actor("ana"))
    (closed,) = letters_of(mailer, "Cerramos")
    assert f"{number}-R2" in closed
    assert "Motivo: nunca llegó" in closed
    gateway.failures = [PaymentRefused("charge_disputed")]
    refunds.request_refund(order_id, units={line_id: 1})
    count = len(letters_of(mailer, "Reembolso"))
    assert count == 2, "no money, no end"
    refunds.request_refund(order_id)  # everything, as a refund in the dashboard does
    told = letters_of(mailer, "Reembolso")[-1]
    assert f"Con esto cerramos tu solicitud de retracto: {number}-R3." in told


def test_staff_are_told_of_a_request_and_before_its_money_is_due(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    shop.extensions["settings"].WAREHOUSE_EMAIL = "bodega@example.com"
    with time_machine.travel(FRIDAY):
        started = sent(gateway, (DUMBBELL, 2))
        ask(started, **{SLUG: 1})
        ask(started, "b", **{SLUG: 1})
        admin_returns.close(started.order_number, 2, note="se arrepintió", staff=Actor("ana"))
        assert len(letters_of(mailer, "el comprador se retracta")) == 2
        assert cleanup.tidy() == 0
    with time_machine.travel(FRIDAY + timedelta(days=11)):
        assert [admin_returns.remind(), admin_returns.remind()] == [1, 0]
        (due,) = letters_of(mailer, "Por reembolsar")
        assert f"1 × {make.lines_of(started)[0].name}" in due
        assert "19 de diciembre de 2026" in due.replace("\N{NO-BREAK SPACE}", " ")
        (mail,) = [mail for mail in make.outbox() if mail.template == "warehouse_return_due"]
        assert mail.recipient == "bodega@example.com"


def late_findings() -> list[consistency.Finding]:
    """Return what the doctor says of returned goods."""
    return [finding for finding in consistency.examine() if finding.area == "returns"]


def test_goods_that_never_came_end_a_request_with_a_note(shop: Flask, gateway: FakeGateway) -> None:
    started = delivered(gateway, (DUMBBELL, 1))
    with time_machine.travel(FRIDAY):
        ask(started, **{SLUG: 1})
        with pytest.raises(InvalidInput):
            admin_returns.close(started.order_number, 1, note=" ", staff=Actor("ana"))
        admin_returns.close(started.order_number, 1, note="nunca llegó", staff=Actor("ana"))
        with pytest.raises(WrongState):
            admin_returns.close(started.order_number, 1, note="otra vez", staff=Actor("ana"))
        with pytest.raises(NotFound):
            admin_returns.close(started.order_number, 7, note="x", staff=Actor("ana"))
        assert admin_returns.waiting() == []
        assert rights(started).can_ask, "the units are free again"
    db.session.rollback()
    assert db.session.query(OutboxMail).filter_by(template="withdrawal_asked").count() == 1
