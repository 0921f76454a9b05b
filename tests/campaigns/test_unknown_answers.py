"""A refusal for now says nothing about what was asked before: no hold is released, no second page opened on it."""

from collections.abc import Iterator

import pytest

from storefront.errors import PaymentProviderError
from storefront.services import checkout
from storefront.services.jobs import cleanup
from storefront.services.shopper import Shopper
from tests.campaigns import oracle
from tests.campaigns.inside import Inside, shop_and_stripe
from tests.campaigns.stripe import Stripe
from tests.factories import CANCEL, SUCCESS, WHEY

Bench = tuple[Inside, Stripe]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with shop_and_stripe("sqlite") as made:
        yield made


def open_sessions(stripe: Stripe) -> int:
    return [session["status"] for session in stripe.ledger().sessions.values()].count("open")


def order_status(inside: Inside) -> str:
    return str(inside.books.value("SELECT status FROM orders"))


def make_unanswered(inside: Inside, stripe: Stripe) -> None:
    """Have a page that Stripe opened and whose answer was lost, three times, so that we gave up."""
    stripe.sim("fail", next="drop", times=3)
    with pytest.raises(PaymentProviderError):
        inside.buy((WHEY, 1), key="phone-1")
    assert open_sessions(stripe) == 1


def test_too_many_requests_keep_an_unanswered_page(bench: Bench) -> None:
    inside, stripe = bench
    make_unanswered(inside, stripe)
    inside.books.run("UPDATE payment_attempts SET created_at = '2026-01-01 00:00:00.000000'")
    stripe.sim("fail", next="429", times=1)
    inside.call(cleanup.sweep)
    assert (order_status(inside), open_sessions(stripe)) == ("pending", 1)
    inside.call(cleanup.sweep)
    assert (order_status(inside), open_sessions(stripe)) == ("cancelled", 0)
    assert not oracle.examine(inside.books, stripe.ledger())


def test_too_many_requests_keep_the_page_of_a_second_click(bench: Bench) -> None:
    inside, stripe = bench
    make_unanswered(inside, stripe)
    stripe.sim("fail", next="429", times=1)
    with pytest.raises(PaymentProviderError):
        inside.buy((WHEY, 1), key="phone-1")
    assert order_status(inside) == "pending"
    started = inside.buy((WHEY, 1), key="phone-1")
    assert stripe.ledger().sessions.keys() == {started.session_id}
    assert not oracle.examine(inside.books, stripe.ledger())


def test_a_page_that_would_not_close_leaves_no_second_one_open(bench: Bench) -> None:
    inside, stripe = bench
    started = inside.buy((WHEY, 1))
    stripe.sim("fail", next="429", times=1)
    owner = Shopper(order_ids=(started.order_id,))
    again = {"success_url": SUCCESS, "cancel_url": CANCEL}
    with pytest.raises(PaymentProviderError):
        inside.call(lambda: checkout.retry(owner, started.order_id, **again))
    assert open_sessions(stripe) == 1
    retried = inside.call(lambda: checkout.retry(owner, started.order_id, **again))
    assert open_sessions(stripe) == 1
    assert stripe.ledger().sessions[retried.session_id]["status"] == "open"
