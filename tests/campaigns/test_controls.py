"""Each guard taken away must be noticed by its proof: a proof that cannot fail proves nothing."""

import random
from collections.abc import Callable
from functools import partial

import pytest

from storefront.errors import OutOfStock
from storefront.services.jobs import cleanup
from tests.campaigns import coupons, cuts, deliveries, faults, guards, oracle, permutations, post, races
from tests.campaigns.databases import set_stock
from tests.campaigns.inside import Inside, shop, shop_and_stripe
from tests.campaigns.report import Result
from tests.campaigns.rig import rig
from tests.factories import WHEY

SEED = 20_261_124

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency, pytest.mark.usefixtures("postgres_template")]


def cried(result: Result, word: str) -> bool:
    """Return whether the judge found what this guard prevents."""
    return any(word in fault for fault in result.faults)


def sooner_or_later(attempt: Callable[[], object]) -> bool:
    """Return whether one of some attempts brings it out; a race without its guard is lost often, not always."""
    return any(attempt() for _ in range(10))


def buy_at_once(inside: Inside, units: int, buyers: int) -> list[str]:
    """Return what is wrong after so many bought at once, and what they saw that was no refusal."""
    set_stock(inside.books, {WHEY: units})
    answers = inside.together([lambda: inside.buy((WHEY, 1))] * buyers)
    strange = [repr(one) for one in answers if isinstance(one, Exception) and not isinstance(one, OutOfStock)]
    return oracle.examine(inside.books, is_quiet=False) + strange


def test_stock_on_postgres() -> None:
    with shop("postgres") as inside:
        assert not buy_at_once(inside, 5, 40)


def test_stock_on_postgres_without_its_guard() -> None:
    def oversells() -> bool:
        with shop("postgres") as inside:
            inside.books.run(*guards.DROP_CHECKS["stock"])
            return any("oversold" in fault for fault in buy_at_once(inside, 5, 40))

    with guards.without("stock"):
        assert sooner_or_later(oversells)


def test_stock_on_sqlite() -> None:
    with shop("sqlite") as inside:
        assert not buy_at_once(inside, 5, 40)


def test_stock_on_sqlite_without_its_guard() -> None:
    def goes_wrong() -> list[str]:
        with shop("sqlite") as inside:
            return buy_at_once(inside, 5, 40)

    with guards.without("stock", "write lock"):
        assert sooner_or_later(goes_wrong)


def test_coupon(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = coupons._prepare
    monkeypatch.setattr(coupons, "KINDS", ("postgres",))
    monkeypatch.setattr(coupons, "LIMIT", 10)

    def unwalled(inside: Inside, dose: int) -> None:
        inside.books.run(*guards.DROP_CHECKS["coupon"])
        prepare(inside, dose)

    monkeypatch.setattr(coupons, "_prepare", unwalled)
    with guards.without("coupon"):
        assert sooner_or_later(lambda: cried(coupons.run(60, SEED), "I7"))


def test_settled_once() -> None:
    with guards.without("settled once"):
        assert sooner_or_later(lambda: cried(permutations.run(20, SEED, processes=1), "I5"))


def test_event_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "KINDS", ("postgres",))
    with guards.without("event ledger"):
        assert sooner_or_later(lambda: cried(deliveries.run(20, SEED), "notes of disputes"))


def test_release_without_asking() -> None:
    with guards.without("ask Stripe"), shop_and_stripe("postgres") as (inside, stripe):
        started = inside.buy((WHEY, 1))
        inside.books.run(f"UPDATE orders SET hold_until = placed_at WHERE public_id = '{started.order_id}'")
        inside.call(cleanup.sweep)
        assert any("can be paid" in fault for fault in oracle.examine(inside.books, stripe.ledger()))


@pytest.mark.parametrize("names", [("captured",), ("order lock",)])
def test_refunds(names: tuple[str, ...]) -> None:
    with guards.without(*names):
        assert sooner_or_later(lambda: races._run("control", 16, SEED, [races._two_refunds]).faults)


def test_parcel_after_refund() -> None:
    with guards.without("goods"):
        race = partial(races._run, "control", 24, SEED, [races._refund_or_ship])
        assert sooner_or_later(lambda: cried(race(), "was shipped after"))


@pytest.mark.parametrize(("guard", "word"), [("lease", "duplicates"), ("sent afterwards", "never arrived")])
def test_mail(guard: str, word: str) -> None:
    with guards.without(guard):
        assert sooner_or_later(lambda: cried(post.run(24, SEED), word))


def test_no_transaction_across_the_network() -> None:
    with (
        rig(web_workers=1, module="tests.campaigns.unguarded:app", workers=0, UNGUARDED="no transaction") as made,
        faults.Watch(made.books.url) as watch,
    ):
        (token,) = made.customers(1)
        made.stripe.sim("latency", ms=1_500)
        assert faults._ask(made, token, "control").status == 201
    assert watch.worst > faults.STARVED


@pytest.mark.parametrize(
    ("tampering", "word"),
    [
        ("UPDATE stock SET on_hand = on_hand + 1", "I1"),
        ("DELETE FROM stock_movements WHERE reason = 'sale'", "I1"),
        ("UPDATE orders SET total_minor = total_minor - 100, subtotal_minor = subtotal_minor - 100", "I2"),
        ("UPDATE orders SET payment_id = 'pi_nobody'", "I2"),
        ("UPDATE orders SET refunded_minor = 100", "I2"),
        ("UPDATE payment_attempts SET session_id = NULL", "I4"),
        ("DELETE FROM outbox WHERE template = 'order_confirmed'", "I6"),
        ("UPDATE coupons SET used_count = used_count + 1 WHERE code = 'FIT10'", "I7"),
        ("INSERT INTO stock_holds SELECT id, (SELECT min(variant_id) FROM stock), 1 FROM orders", "I8"),
    ],
)
def test_the_judge_sees(tampering: str, word: str) -> None:
    with shop_and_stripe("sqlite") as (inside, stripe):
        races._paid(inside, stripe)
        assert not oracle.examine(inside.books, stripe.ledger())
        inside.books.run(tampering)
        assert any(word in fault for fault in oracle.examine(inside.books, stripe.ledger()))


def test_refund_key() -> None:
    flow = next(flow for flow in cuts.FLOWS if flow.name == "refund in part")
    random.seed(SEED)
    with guards.without("refund key"), cuts.bench("postgres", SEED) as made:
        assert any("was made 2 times" in what for what in cuts.cut(made, flow, "after the call to Stripe", 1))
