"""The power is cut at every place that a flow passes; after the restart everything comes right by itself.

Each step runs in a process of its own, forked from this one, so that `os._exit` at a failpoint is what it
looks like to the database. Time that recovery has to wait for is not waited but taken off the rows: 60
seconds for leases; where nobody asks again for a page whose answer is unknown, the two minutes of the sweeper.
"""

import json
import os
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from config import TestConfig
from storefront import create_app, extensions
from storefront.database import db
from storefront.errors import ShopError
from storefront.gateways.email import SmtpMailer
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.catalogue import ItemRequest
from storefront.services.checkout import Purchase
from storefront.services.jobs import cleanup
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment
from storefront.services.payments import reconcile, refunds, session_status
from storefront.services.shopper import Shopper
from tests import events
from tests.campaigns import failpoints, oracle
from tests.campaigns.databases import KINDS, Books, folder, fresh, set_stock
from tests.campaigns.report import Result
from tests.campaigns.smtp import Sink, sink
from tests.campaigns.stripe import Stripe, stripe
from tests.factories import CANCEL, CUBES, SUCCESS, WHEY, address

NAME = "failpoints"
OFTEN = 2
"""A place that is passed in a loop is cut the first times and the last."""

Facts = dict[str, Any]


@dataclass
class Bench:
    """The world outside of the processes that die."""

    app: Flask
    books: Books
    stripe: Stripe
    post: Sink
    folder: Path
    forks: bool = True

    def child(self, work: Callable[[Flask], Any], prepare: Callable[[], None] | None = None) -> tuple[int, Any]:
        """Do something in a process of its own, after `prepare`; return its exit code and what it answered."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            os._exit(self._in_child(work, writer, prepare))
        os.close(writer)
        with os.fdopen(reader) as answer:
            said = answer.read()
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), json.loads(said) if said else None

    def _in_child(self, work: Callable[[Flask], Any], writer: int, prepare: Callable[[], None] | None) -> int:
        try:
            if prepare:
                prepare()
            with self.app.app_context():
                answer = work(self.app)
                db.session.remove()
                db.engine.dispose()
            os.write(writer, json.dumps(answer).encode())
        except BaseException:
            traceback.print_exc()
            return 1
        return 0

    def do(self, work: Callable[[Flask], Any]) -> Any:
        """Do something in a process that must not fail."""
        if not self.forks:
            with self.app.app_context():
                answer = work(self.app)
                db.session.remove()
                return answer
        code, answer = self.child(work)
        assert code == 0, f"{work} ended with {code}"
        return answer


@dataclass(frozen=True)
class Flow:
    """Something that happens in the shop: what must be there before, the action, and how it must end."""

    name: str
    prepare: Callable[[Bench], Facts]
    act: Callable[[Flask, Facts], Any]
    ends: tuple[str, ...]
    is_asked_again: bool = False
    """Whether a person or Stripe would try again by itself; the sweeper's flows run anyway."""


def run(dose: int, seed: int) -> Result:
    """Cut every flow at every place it passes; `dose` is the number of databases."""
    result = Result(NAME, dose, seed)
    places: set[str] = set()
    cuts = 0
    for kind in KINDS[:dose]:
        with bench(kind, seed) as made:
            for flow in FLOWS:
                passed = record(made, flow)
                places |= {place for place, _ in passed}
                for place, n in passed:
                    cuts += 1
                    found = cut(made, flow, place, n, both_ways=dose > 1)
                    result.faults += [f"{kind}, {flow.name}, {place}#{n}: {what}" for what in found]
            result.faults += [f"{kind}: {what}" for what in _finally(made)]
    result.figures = {"flows": len(FLOWS), "places": len(places), "cuts": cuts, "not recovered": len(result.faults)}
    return result.done()


@contextmanager
def bench(kind: str, seed: int) -> Iterator[Bench]:
    """Open the world for the children."""
    with folder() as path, fresh(kind) as books, sink(seed) as post, stripe(path, dict(os.environ)) as provider:
        set_stock(books, {WHEY: 10_000, CUBES: 10_000})
        environ = {
            "DATABASE_URL": books.url,
            "STRIPE_API_BASE": provider.url,
            "STRIPE_WEBHOOK_SECRET": events.SECRET,
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(post.port),
            "MAIL_USE_TLS": "off",
        }
        # Made before the forks, and connected to nothing.
        config = TestConfig(environ)
        gateway = failpoints.FailpointGateway(
            config.STRIPE_SECRET_KEY, config.STRIPE_WEBHOOK_SECRETS, config.STRIPE_API_BASE
        )
        app = create_app(config, payments=gateway, mailer=failpoints.FailpointMailer(SmtpMailer(extensions.mail)))
        app.config["PROPAGATE_EXCEPTIONS"] = False
        made = Bench(app, books, provider, post, path)
        warm(made)
        yield made


def warm(made: Bench) -> None:
    """Do everything once before the forks, so that not each child learns it anew; and let go of every connection."""
    made.forks = False
    facts = _settled(made)
    made.do(lambda app: _ship(app, facts))
    made.do(lambda app: _refund_a_part(app, facts))
    made.do(lambda app: _work(app, _news(made, facts)))
    with made.app.app_context():
        db.engine.dispose()
    made.app.extensions["payments"]._client = None
    made.forks = True


def record(made: Bench, flow: Flow) -> list[tuple[str, int]]:
    """Return the places that the flow passes, each with how often it was passed by then."""
    facts, log = flow.prepare(made), made.folder / "places"
    log.unlink(missing_ok=True)
    code, _ = made.child(lambda app: flow.act(app, facts), partial(failpoints.log_to, log))
    assert code == 0, f"{flow.name} does not work without any cut"
    recover(made, flow, facts, is_asked_again=False)
    passed = log.read_text().splitlines()
    counted = [(place, passed[: n + 1].count(place)) for n, place in enumerate(passed)]
    return [(place, n) for place, n in counted if n <= OFTEN or n == passed.count(place)]


def cut(made: Bench, flow: Flow, place: str, n: int, *, both_ways: bool = True) -> list[str]:
    """Cut the power at a place, restart, and return what is wrong afterwards; asked again, and not."""
    faults = []
    ways = (True, False) if both_ways else ("before" in place,)
    for is_asked_again in ways if flow.is_asked_again else (False,):
        facts = flow.prepare(made)
        code, _ = made.child(lambda app, facts=facts: flow.act(app, facts), partial(failpoints.cut_at, f"{place}#{n}"))
        if code != failpoints.EXIT_CODE:
            faults.append(f"was not cut but ended with {code}")
        recover(made, flow, facts, is_asked_again=is_asked_again)
        faults += oracle.examine(made.books, made.stripe.ledger())
        end = _end(made, facts)
        if end not in flow.ends:
            faults.append(f"ended as {end}{', asked again' if is_asked_again else ''}")
    return faults


def recover(made: Bench, flow: Flow, facts: Facts, *, is_asked_again: bool) -> None:
    """Let everybody do what they would do within a minute: ask again, sweep, send; Stripe delivers again, but later."""

    def work(app: Flask) -> None:
        if is_asked_again:
            _try(lambda: flow.act(app, facts))
        for minutes in (1, 3):
            _pass_time(made.books, minutes)
            _work(app, [] if minutes == 1 else _news(made, facts))
        _work(app, _news(made, facts))

    made.do(work)


def _work(app: Flask, news: list[events.Event]) -> None:
    db.session.remove()
    for told in news:
        status = events.send(app.test_client(), told).status_code
        assert status == 200, f"{told['type']} was answered {status}"
    cleanup.sweep()
    while mail_delivery.deliver_due():
        pass


def _news(made: Bench, facts: Facts) -> list[events.Event]:
    about = [facts["order_id"]] if facts.get("order_id") else _orders(made, facts)
    told = {event["id"]: event for key in about for event in made.stripe.events(key)}
    keys = {event["data"]["object"].get("payment_intent") for event in told.values()} - {None}
    told |= {event["id"]: event for key in keys for event in made.stripe.events(key)}
    return list(told.values())


def _orders(made: Bench, facts: Facts) -> list[str]:
    email = facts["email"]
    return [row["public_id"] for row in made.books.rows(f"SELECT public_id FROM orders WHERE email = '{email}'")]


def _pass_time(books: Books, minutes: int) -> None:
    """Take minutes off what is waited for, which is as good as waiting."""
    before = (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S.%f")
    lease = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    due = f"sent_at IS NULL AND dead_at IS NULL AND available_at < '{lease}'"
    books.run(
        f"UPDATE outbox SET available_at = '{before}' WHERE {due}",
        f"UPDATE payment_attempts SET created_at = '{before}' WHERE state = 'asked'",
    )


def _end(made: Bench, facts: Facts) -> str:
    keys = _orders(made, facts)
    if not keys:
        return "no order"
    rows = made.books.rows(f"SELECT * FROM orders WHERE public_id IN ({str(keys)[1:-1]}) ORDER BY id")
    unsent = made.books.value(
        f"SELECT count(*) FROM outbox WHERE recipient = '{facts['email']}' AND sent_at IS NULL AND dead_at IS NULL"
    )
    ends = [f"{row['status']}/{row['payment_status']}" for row in rows]
    return " and ".join(ends) + (f" with {unsent} mails unsent" if unsent else "")


def _finally(made: Bench) -> list[str]:
    cut_after_data = sum(1 for _ in made.post.arrived) - len(set(made.post.arrived))
    found = made.do(lambda app: [f"{one.area}: {one.what}" for one in _doctor()])
    faults = oracle.mail(made.books, made.post.arrived, drops=cut_after_data) + [f"doctor: {what}" for what in found]
    twice = {key for key in made.post.arrived if made.post.arrived.count(key) > 2}
    return faults + [f"I6 mail {key} came more than twice" for key in twice]


def _doctor() -> list[Any]:
    from storefront.services.jobs import consistency

    return consistency.examine(with_stripe=True)


def _try(work: Callable[[], Any]) -> None:
    try:
        work()
    except ShopError:
        db.session.remove()


def _purchase(facts: Facts) -> Purchase:
    return Purchase(
        shopper=Shopper(),
        email=facts["email"],
        language="es",
        success_url=SUCCESS,
        cancel_url=CANCEL,
        items=(ItemRequest(WHEY, 1), ItemRequest(CUBES, 2)),
        address=address(),
        coupon_code="FIT10",
        key=facts["email"],
    )


def _someone(made: Bench) -> Facts:
    return {"email": f"{random.randbytes(6).hex()}@example.com"}


def _bought(made: Bench) -> Facts:
    facts = _someone(made)

    def buy(app: Flask) -> Facts:
        started = checkout.begin(_purchase(facts))
        key = db.session.scalar(db.text(f"SELECT id FROM orders WHERE public_id = '{started.order_id}'"))
        return {"order_id": started.order_id, "session_id": started.session_id, "key": key}

    return facts | made.do(buy)


def _paid_at_stripe(made: Bench) -> Facts:
    facts = _bought(made)
    assert made.stripe.pay(facts["session_id"])
    return facts | {"news": _news(made, facts)}


def _settled(made: Bench) -> Facts:
    facts = _paid_at_stripe(made)
    made.do(lambda app: _deliver(app, facts))
    return facts


def _overdue(made: Bench) -> Facts:
    facts = _bought(made)
    made.books.run(f"UPDATE orders SET hold_until = placed_at WHERE public_id = '{facts['order_id']}'")
    return facts


def _late(made: Bench) -> Facts:
    """Paid after it was cancelled, and the goods are gone: as when a hold was released by hand."""
    facts = _paid_at_stripe(made)
    key = facts["key"]

    def cancel(app: Flask) -> None:
        from storefront.database import transaction
        from storefront.domain.order import lock
        from storefront.services.payments import settlement

        with transaction():
            settlement.cancel_unpaid(lock(key), cause="staff", now=datetime.now(UTC))

    made.do(cancel)
    made.books.run(f"UPDATE order_lines SET quantity = 99999 WHERE order_id = {key} AND kind = 'physical'")
    return facts


def _deliver(app: Flask, facts: Facts) -> None:
    for told in facts["news"]:
        assert events.send(app.test_client(), told).status_code == 200


def _owner(facts: Facts) -> Shopper:
    return Shopper(order_ids=(facts["order_id"],))


def _buy(app: Flask, facts: Facts) -> None:
    checkout.begin(_purchase(facts))


def _return(app: Flask, facts: Facts) -> None:
    session_status.settle_session(_owner(facts), facts["session_id"])


def _retry(app: Flask, facts: Facts) -> None:
    checkout.retry(_owner(facts), facts["order_id"], success_url=SUCCESS, cancel_url=CANCEL)


def _cancel(app: Flask, facts: Facts) -> None:
    checkout.cancel(_owner(facts), facts["order_id"])


def _refund(app: Flask, facts: Facts) -> None:
    refunds.request_refund(facts["key"], staff=Actor("ana"))


def _refund_a_part(app: Flask, facts: Facts) -> None:
    refunds.request_refund(facts["key"], amount_minor=2_000_000, staff=Actor("ana"))


def _ship(app: Flask, facts: Facts) -> None:
    fulfilment.ship(facts["key"], carrier="envia", tracking_number="A1", staff=Actor("ana"))


def _send_mail(app: Flask, facts: Facts) -> None:
    mail_delivery.deliver_due()


def _sweep(app: Flask, facts: Facts) -> None:
    cleanup.sweep()


def _reconcile(app: Flask, facts: Facts) -> None:
    reconcile.reconcile(timedelta(minutes=5))


def _late_news(app: Flask, facts: Facts) -> None:
    _deliver(app, facts)
    cleanup.sweep()


_OPEN, _PAID = "pending/pending", "confirmed/paid"

FLOWS = (
    Flow("buy", _someone, _buy, ("no order", _OPEN, "cancelled/pending", f"cancelled/pending and {_OPEN}"), True),
    Flow("pay", _paid_at_stripe, _deliver, (_PAID,)),
    Flow("return page", _paid_at_stripe, _return, (_PAID,)),
    Flow("lost webhooks", _paid_at_stripe, _reconcile, (_PAID,), True),
    Flow("mail", _settled, _send_mail, (_PAID,)),
    Flow("refund", _settled, _refund, (_PAID, "refunded/refunded"), True),
    Flow("refund in part", _settled, _refund_a_part, (_PAID, "confirmed/partially_refunded"), True),
    Flow("ship", _settled, _ship, (_PAID, "shipped/paid"), True),
    Flow("expire", _overdue, _sweep, ("cancelled/pending",)),
    Flow("cancel", _bought, _cancel, (_OPEN, "cancelled/pending"), True),
    Flow("retry", _bought, _retry, (_OPEN, "cancelled/pending"), True),
    Flow("late payment", _late, _late_news, ("cancelled/refunded",)),
)
