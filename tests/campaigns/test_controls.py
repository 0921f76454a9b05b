"""Each guard taken away must be noticed by its proof: a proof that cannot fail proves nothing."""

import random

import pytest

from tests.campaigns import coupons, cuts, deliveries, guards, oracle, permutations, post, races
from tests.campaigns.databases import set_stock
from tests.campaigns.inside import Inside, shop
from tests.campaigns.report import Result
from tests.factories import WHEY

SEED = 20_261_124

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency, pytest.mark.usefixtures("postgres_template")]


def cried(result: Result, word: str) -> bool:
    """Return whether the judge found what this guard prevents."""
    return any(word in fault for fault in result.faults)


def buy_at_once(inside: Inside, units: int, buyers: int) -> list[str]:
    set_stock(inside.books, {WHEY: units})
    inside.together([lambda: inside.buy((WHEY, 1))] * buyers)
    return oracle.examine(inside.books, is_quiet=False)


def test_stock_on_postgres() -> None:
    with shop("postgres") as inside:
        assert not buy_at_once(inside, 5, 40)
        inside.books.run(*guards.DROP_CHECKS["stock"])
        with guards.without("stock"):
            assert any("oversold" in fault for fault in buy_at_once(inside, 5, 40))


def test_stock_on_sqlite() -> None:
    with shop("sqlite") as inside:
        assert not buy_at_once(inside, 5, 40)
    with guards.without("stock", "write lock"), shop("sqlite") as inside:
        assert buy_at_once(inside, 5, 40)


def test_coupon(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = coupons._prepare
    monkeypatch.setattr(coupons, "KINDS", ("postgres",))
    monkeypatch.setattr(coupons, "LIMIT", 10)

    def unwalled(inside: Inside, dose: int) -> None:
        inside.books.run(*guards.DROP_CHECKS["coupon"])
        prepare(inside, dose)

    monkeypatch.setattr(coupons, "_prepare", unwalled)
    with guards.without("coupon"):
        assert cried(coupons.run(60, SEED), "I7")


@pytest.mark.parametrize("guard", ["event ledger", "settled once"])
def test_events(guard: str) -> None:
    with guards.without(guard):
        assert cried(permutations.run(40, SEED, processes=1), "I5")


def test_parallel_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "KINDS", ("postgres",))
    with guards.without("event ledger", "order lock"):
        assert deliveries.run(60, SEED).faults


def test_release_without_asking() -> None:
    with guards.without("ask Stripe"):
        assert races._run("control", 12, SEED, [races._sweep_or_pay]).faults


@pytest.mark.parametrize("names", [("captured",), ("order lock",)])
def test_refunds(names: tuple[str, ...]) -> None:
    with guards.without(*names):
        assert races._run("control", 16, SEED, [races._two_refunds]).faults


def test_parcel_after_refund() -> None:
    with guards.without("goods"):
        assert cried(races._run("control", 24, SEED, [races._refund_or_ship]), "was shipped after")


@pytest.mark.parametrize(("guard", "word"), [("lease", "duplicates"), ("sent afterwards", "never arrived")])
def test_mail(guard: str, word: str) -> None:
    with guards.without(guard):
        assert cried(post.run(24, SEED), word)


def test_refund_key() -> None:
    flow = next(flow for flow in cuts.FLOWS if flow.name == "refund")
    random.seed(SEED)
    with guards.without("refund key"), cuts.bench("postgres", SEED) as made:
        assert any("was made 2 times" in what for what in cuts.cut(made, flow, "after the call to Stripe", 1))
