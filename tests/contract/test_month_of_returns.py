"""A month of a shop's returns, played with one clock for shop and simulator: each ends, and to the centavo."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, select, text

from storefront.database import db
from storefront.domain.order import Order, OrderLine
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import RefundRecord
from storefront.services import carts, checkout
from storefront.services.audit import Actor
from storefront.services.jobs import consistency
from storefront.services.orders import admin_returns, fulfilment, own_returns, restocking
from storefront.services.payments import failed_refunds, refunds
from storefront.services.shopper import Shopper
from tests import factories, oracle
from tests.factories import GUIDE
from tests.time_travel import Years, one_clock

SHAKER = "shaker-600ml"
BEGIN = datetime(2027, 3, 1, 15, tzinfo=UTC)
STAFF = Actor("ana")
SHOP = ("setup", "stripe", "mail")


@dataclass(frozen=True)
class Bought:
    """An order that was paid, with whoever bought it."""

    years: Years
    shopper: Shopper
    number: str
    id: int

    @property
    def order(self) -> Order:
        db.session.expire_all()
        return db.session.get_one(Order, self.id)

    @property
    def lines(self) -> dict[str, OrderLine]:
        return {line.slug: line for line in factories.lines_of(self.number)}

    def _units(self, units: dict[str, int]) -> dict[int, int]:
        """Return units by line, which are named by the first word of their slugs."""
        lines = {slug.split("-")[0]: line for slug, line in self.lines.items()}
        return {lines[word].id: n for word, n in units.items()}

    def ask(self, key: str, **units: int) -> int:
        """Ask to give units back, and return the request's number."""
        return own_returns.request_return(
            self.shopper, self.number, units=self._units(units), reason="", key=key
        ).sequence

    def give_back(self, **units: int) -> str:
        """Give the money for units back, as staff do when the goods are here."""
        refund = refunds.request_refund(self.id, units=self._units(units), staff=STAFF)
        self.years.work()
        return refund

    def states(self) -> tuple[str, str, int]:
        order = self.order
        return str(order.status), str(order.payment_status), order.refunded_minor


def buy(years: Years, email: str, *goods: tuple[str, int], is_delivered: bool = True) -> Bought:
    """Buy at Stripe, and let a carrier bring it three days later."""
    shopper = factories.customer(email, is_confirmed=True)
    for slug, quantity in goods:
        carts.add(shopper, slug, quantity)
    started = checkout.begin(factories.purchase(shopper, digital_consent=True))
    years.sim(f"pay/{started.session_id}", card="4242424242424242")
    years.work()
    bought = Bought(years, shopper, started.order_id, factories.order_of(started).id)
    fulfilment.ship(bought.id, carrier="tcc", tracking_number=str(bought.id), staff=STAFF)
    if is_delivered:
        years.pass_days(3)
        fulfilment.mark_delivered(bought.id, staff=STAFF)
    return bought


def provider_id(refund: str) -> str:
    """Return Stripe's id of a refund."""
    db.session.expire_all()
    return str(db.session.get_one(RefundRecord, refund).provider_id)


def mails_of(bought: Bought) -> Counter[str]:
    """Return how many mails of each kind an order wrote, staff's among them."""
    return Counter(db.session.scalars(select(OutboxMail.template).where(OutboxMail.order_id == bought.id)))


def test_a_month_of_returns(sqlite_url: str, tmp_path: Path) -> None:
    with one_clock(BEGIN, tmp_path, sqlite_url) as years:
        factories.set_stock(SHAKER, 40)
        years.on_step.append(oracle.check)

        # Everything in two requests: the freight comes with the second.
        parts = buy(years, "partes@example.com", (SHAKER, 2))
        first = parts.ask("a", shaker=1)
        parts.give_back(shaker=1)
        second = parts.ask("b", shaker=1)
        parts.give_back(shaker=1)
        assert (first, second) == (1, 2)
        order = parts.order
        assert parts.states() == ("refunded", "refunded", order.total_minor)
        assert order.shipping_minor > 0

        # The goods never come back: closed with a note, asked again, and paid back in time.
        again = buy(years, "otravez@example.com", (SHAKER, 1), (GUIDE, 1))
        closed = again.ask("a", shaker=1)
        admin_returns.close(again.number, closed, note="No llegó a la bodega", staff=STAFF)
        again.ask("b", shaker=1)
        again.give_back(shaker=1)
        shaker, freight = again.lines[SHAKER], again.order.shipping_minor
        assert again.states() == (
            "delivered",
            "partially_refunded",
            shaker.total_minor - shaker.discount_minor + freight,
        )
        assert mails_of(again)["withdrawal_closed"] == 1

        # The bank sends the money back: it is owed again, and a second refund ends it.
        failed = buy(years, "banco@example.com", (SHAKER, 1))
        failed.ask("a", shaker=1)
        refund = failed.give_back(shaker=1)
        total = failed.order.total_minor
        assert failed.states() == ("refunded", "refunded", total)
        years.pass_days(2)
        years.sim(f"refunds/{provider_id(refund)}/fail")
        years.work()
        assert failed.states()[1:] == ("paid", 0)
        assert [request.order.id for request in admin_returns.waiting()] == [failed.id]
        refunds.request_refund(failed.id, staff=STAFF)
        years.work()
        assert failed.states()[1:] == ("refunded", total)

        # It fails for good: the account was closed, and staff pay by transfer.
        transfer = buy(years, "giro@example.com", (SHAKER, 1))
        refund = transfer.give_back(shaker=1)
        years.sim(f"refunds/{provider_id(refund)}/fail")
        years.work()
        assert transfer.order.is_refund_owed
        failed_refunds.settle_otherwise(transfer.id, note="Giro bancario 4411", staff=STAFF)

        # Refused at the door: the parcel comes back by itself, its units later than its money.
        refused = buy(years, "rehusado@example.com", (SHAKER, 2), is_delivered=False)
        fulfilment.mark_returned(refused.id, staff=STAFF)
        assert refused.order.is_refund_owed
        on_shelf = factories.stock_of(SHAKER)[0]
        refunds.request_refund(refused.id, is_restocked=False, staff=STAFF)
        years.work()
        assert factories.stock_of(SHAKER)[0] == on_shelf
        restocking.put_back(refused.id, units={refused.lines[SHAKER].id: 2}, staff=STAFF)
        assert factories.stock_of(SHAKER)[0] == on_shelf + 2
        assert refused.states()[1] == "refunded"

        # In the dashboard, without the shop: the request ends with it.
        dashboard = buy(years, "panel@example.com", (SHAKER, 1))
        dashboard.ask("a", shaker=1)
        years.sim(f"refund/{dashboard.order.payment_id}")
        years.work()
        assert dashboard.states()[1] == "refunded"

        # Forgotten: staff are reminded before the law's day, and it stays in their list until it is done.
        forgotten = buy(years, "olvido@example.com", (SHAKER, 1))
        forgotten.ask("a", shaker=1)
        (waiting,) = admin_returns.waiting()
        years.pass_until(datetime.fromordinal(waiting.refund_due_on.toordinal()).replace(hour=15, tzinfo=UTC))
        years.pass_days(2)
        (waiting,) = admin_returns.waiting()
        assert waiting.is_late
        forgotten.give_back(shaker=1)
        assert mails_of(forgotten)["withdrawal_asked"] == 1
        assert admin_returns.waiting() == []

        # A parcel of which nobody says that it arrived is asked about once.
        silent = buy(years, "silencio@example.com", (SHAKER, 1), is_delivered=False)
        promised = date.fromisoformat(str(silent.order.delivery_latest))
        years.pass_until(datetime.fromordinal(promised.toordinal() + 3).replace(hour=15, tzinfo=UTC))
        assert [order.id for order in fulfilment.overdue()] == [silent.id]
        fulfilment.mark_delivered(silent.id, staff=STAFF)
        assert fulfilment.overdue() == []

        years.pass_days(31)
        all_of_them = (parts, again, failed, transfer, refused, dashboard, forgotten, silent)
        assert not any(bought.order.is_refund_owed for bought in all_of_them)
        open_requests = text("SELECT count(*) FROM withdrawals WHERE state = 'open'")
        assert db.session.scalar(open_requests) == 0
        unsent = select(func.count()).select_from(OutboxMail).where(OutboxMail.sent_at.is_(None))
        assert db.session.scalar(unsent) == 0
        assert [finding.what for finding in consistency.examine(with_stripe=True) if finding.area not in SHOP] == []
