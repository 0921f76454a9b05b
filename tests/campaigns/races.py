"""Two things at once that exclude each other: paying and expiring, refunding and shipping, two refunds, two doors."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from storefront.errors import InvalidInput, NotFound, PaymentProviderError, WrongState
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup, consistency
from storefront.services.orders import fulfilment
from storefront.services.payments import refunds, session_status
from storefront.services.shopper import Shopper
from tests.campaigns import oracle
from tests.campaigns.databases import KINDS, set_stock
from tests.campaigns.inside import Inside, shop_and_stripe
from tests.campaigns.report import Result
from tests.campaigns.stripe import Stripe
from tests.factories import CUBES, WHEY, order_of

REDIRECT, RACES = "redirect", "races"
_REFUSALS = (WrongState, InvalidInput, NotFound, PaymentProviderError)

Case = Callable[[Inside, Stripe, random.Random], str]


def run_redirect(dose: int, seed: int) -> Result:
    """Let the return page and the webhooks bring the same news at once."""
    return _run(REDIRECT, dose, seed, [_redirect])


def run(dose: int, seed: int) -> Result:
    """Take turns with the four races."""
    return _run(RACES, dose, seed, [_expire_or_pay, _sweep_or_pay, _refund_or_ship, _two_refunds])


def _run(name: str, dose: int, seed: int, cases: list[Case]) -> Result:
    result, chance = Result(name, dose, seed), random.Random(seed)
    ends: Counter[str] = Counter()
    for kind in KINDS:
        with shop_and_stripe(kind) as (inside, stripe):
            set_stock(inside.books, {WHEY: 10 * dose, CUBES: 10 * dose})
            for n in range(dose // len(KINDS)):
                case = cases[n % len(cases)]
                ends[f"{case.__name__.strip('_').replace('_', ' ')}: {case(inside, stripe, chance)}"] += 1
            inside.call(lambda: [cleanup.sweep() for _ in range(2)])
            result.faults += oracle.examine(inside.books, stripe.ledger())
            result.faults += _shipped_after_refund(inside)
            result.faults += [f"doctor, {kind}: {what}" for what in _doctor(inside)]
    result.figures = dict(sorted(ends.items()))
    result.faults += [f"unexpected end, {n} times: {end}" for end, n in ends.items() if "!" in end]
    return result.done()


def _redirect(inside: Inside, stripe: Stripe, chance: random.Random) -> str:
    started = _buy(inside)
    assert stripe.pay(started.session_id)
    owner = Shopper(order_ids=(started.order_id,))
    doors = [lambda: session_status.settle_session(owner, started.session_id)] * 2
    doors += _deliveries(inside, stripe, started) * 2
    chance.shuffle(doors)
    return _end(inside, started, inside.together(doors))


def _expire_or_pay(inside: Inside, stripe: Stripe, chance: random.Random) -> str:
    """The customer cancels in one window and pays in the other."""
    started = _buy(inside)
    owner = Shopper(order_ids=(started.order_id,))
    jobs = [lambda: checkout.cancel(owner, started.order_id), lambda: stripe.pay(started.session_id)]
    return _race(inside, stripe, started, jobs, chance)


def _sweep_or_pay(inside: Inside, stripe: Stripe, chance: random.Random) -> str:
    """The hold is over and two sweepers come, while somebody pays."""
    started = _buy(inside)
    inside.books.run(f"UPDATE orders SET hold_until = placed_at WHERE public_id = '{started.order_id}'")
    jobs = [cleanup.sweep, cleanup.sweep, lambda: stripe.pay(started.session_id)]
    return _race(inside, stripe, started, jobs, chance)


def _refund_or_ship(inside: Inside, stripe: Stripe, chance: random.Random) -> str:
    """One of the staff gives everything back while another hands the parcel to the carrier."""
    started = _paid(inside, stripe)
    key = inside.call(lambda: order_of(started).id)
    is_cancelled = chance.random() < 0.5
    jobs: list[Callable[[], Any]] = [
        lambda: refunds.request_refund(key, is_cancelled=is_cancelled, staff=Actor("ana")),
        lambda: fulfilment.ship(key, carrier="envia", tracking_number="A1", staff=Actor("luis")),
    ]
    return _race(inside, stripe, started, jobs, chance)


def _two_refunds(inside: Inside, stripe: Stripe, chance: random.Random) -> str:
    """Several of the staff give money back at once: amounts, lines, everything; and the dashboard, too."""
    started = _paid(inside, stripe)
    order = inside.call(lambda: order_of(started))
    lines = [row["id"] for row in inside.books.rows(f"SELECT id FROM order_lines WHERE order_id = {order.id}")]
    jobs: list[Callable[[], Any]] = [
        lambda: refunds.request_refund(order.id, staff=Actor("ana")),
        lambda: refunds.request_refund(order.id, amount_minor=order.total_minor // 200 * 100, staff=Actor("luis")),
        lambda: refunds.request_refund(order.id, units={lines[0]: 1}, staff=Actor("eva")),
        lambda: refunds.request_refund(order.id, units={lines[0]: 1}, staff=Actor("eva")),
    ]
    if chance.random() < 0.3:
        jobs.append(lambda: stripe.sim(f"refund/{order.payment_id}", amount=1_000_000))
    return _race(inside, stripe, started, jobs, chance)


def _buy(inside: Inside) -> PlacedOrder:
    return inside.buy((WHEY, 1), (CUBES, 2))


def _paid(inside: Inside, stripe: Stripe) -> PlacedOrder:
    started = _buy(inside)
    assert stripe.pay(started.session_id)
    inside.call(lambda: session_status.settle_session(Shopper(order_ids=(started.order_id,)), started.session_id))
    return started


def _race(
    inside: Inside, stripe: Stripe, started: PlacedOrder, jobs: list[Callable[[], Any]], chance: random.Random
) -> str:
    chance.shuffle(jobs)
    answers = inside.together(jobs)
    news = _deliveries(inside, stripe, started)
    chance.shuffle(news)
    return _end(inside, started, answers + (inside.together(news) if news else []))


def _deliveries(inside: Inside, stripe: Stripe, started: PlacedOrder) -> list[Callable[[], Any]]:
    about = inside.call(lambda: order_of(started).payment_id) or started.order_id
    told = {event["id"]: event for text in (started.order_id, about) for event in stripe.events(text)}
    return [lambda event=event: inside.deliver(event) for event in told.values()]


def _end(inside: Inside, started: PlacedOrder, answers: list[Any]) -> str:
    strange = [
        answer
        for answer in answers
        if (isinstance(answer, int) and not isinstance(answer, bool) and answer >= 400)
        or (isinstance(answer, Exception) and not isinstance(answer, _REFUSALS) and "HTTPError" not in repr(answer))
    ]
    order = inside.call(lambda: order_of(started))
    return f"{order.status}/{order.payment_status}" + (f"! {strange[0]!r}" if strange else "")


def _shipped_after_refund(inside: Inside) -> list[str]:
    """Both steps lock the order, so their lines in the history stand in the order in which they happened."""
    rows = inside.books.rows("""
        SELECT s.order_id FROM order_events s JOIN order_events r ON r.order_id = s.order_id AND r.id < s.id
        JOIN orders o ON o.id = s.order_id
        WHERE s.new = 'shipped' AND r.note LIKE 'refund of %' AND o.payment_status = 'refunded'""")
    return [f"I2 order {row['order_id']} was shipped after everything was given back" for row in rows]


def _doctor(inside: Inside) -> list[str]:
    """Return what the doctor finds but for refunds that Stripe refused, which the doctor is right to show."""
    refused = inside.books.rows("SELECT note FROM order_events WHERE note LIKE 'refund of % refused%'")
    found = [f"{one.area}: {one.what}" for one in inside.call(lambda: consistency.examine(with_stripe=True))]
    shown = [what for what in found if what.endswith("failed; the buyer did not get it")]
    return [what for what in found if what not in shown] if len(shown) == len(refused) else found
