"""The policy of production in chromium, under https: every form arrives where it leads, with and without a Referer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import Window, open_window, press
from tests.e2e.demonstration import Demo, eventually
from tests.e2e.production import CHECKOUT, PORTAL, knowing_names, running_production
from tests.e2e.shopping import PRIMARY, Shopper
from tests.e2e.test_plans import PLAN, register

WHEY = "whey-protein-2lb"


@pytest.fixture(scope="module")
def production(
    chromium: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Demo, int]]:
    """Return the shop that the tests of this file share, and nginx's port."""
    with running_production(tmp_path_factory.mktemp("production"), sqlite_template) as made:
        yield made


@pytest.fixture(params=["", "--no-referrers"], ids=["referer", "no referer"])
def browser_of_names(
    request: pytest.FixtureRequest, chromium: Browser, production: tuple[Demo, int]
) -> Iterator[Browser]:
    """Return a chromium that sends a Referer, and one that never does."""
    with knowing_names(chromium, production[1], *filter(None, [request.param])) as browser:
        yield browser


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def window(request: pytest.FixtureRequest, browser_of_names: Browser, production: tuple[Demo, int]) -> Iterator[Window]:
    """Return a window of the shop; it must not complain."""
    made = open_window(browser_of_names, production[0].url, javascript=request.param, ignore_https_errors=True)
    yield made
    made.context.close()
    assert not made.complaints, "\n".join(made.complaints)


def policy_of(page: Page) -> str:
    """Return where forms of the shop's home page may lead."""
    response = page.goto("/")
    assert response is not None
    return re.findall("form-action ([^;]*)", response.headers["content-security-policy"])[0]


def test_a_guest_turns_back_tries_again_and_pays(window: Window, production: tuple[Demo, int]) -> None:
    page, shopper = window.page, Shopper(window.page, production[0])
    # Nothing of a demonstration's policy: the simulator is reached under Stripe's own names alone.
    assert policy_of(page) == f"'self' {CHECKOUT} {PORTAL}"
    shopper.put(WHEY)
    shopper.go_to_review()
    shopper.go_to_payment()
    page.goto("/checkout/cancel")
    press(page.locator("form[action='/checkout/retry'] [type=submit]"))
    expect(page).to_have_url(re.compile(f"^{CHECKOUT}/"))
    shopper.pay()
    order = shopper.see_paid()
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")


def test_a_plan_is_bought_and_its_card_changed_in_the_portal(window: Window, production: tuple[Demo, int]) -> None:
    page, shopper = window.page, Shopper(window.page, production[0])
    page.goto("/register")
    register(shopper)
    page.goto(f"/products/{PLAN}")
    press(page.locator("form.buy [type=submit]"))
    page.goto("/checkout/review")
    page.check("#consent")
    press(page.locator(PRIMARY))
    expect(page).to_have_url(re.compile(f"^{CHECKOUT}/"))
    shopper.pay()
    expect(page).to_have_url(re.compile("/checkout/success"))
    page.goto("/account/subscriptions")
    card = page.locator("form[action='/account/subscriptions/card'] button")
    assert eventually(lambda: page.reload() and card.count())
    press(card)
    expect(page).to_have_url(re.compile(f"^{PORTAL}/"))
    press(page.locator("a.back"))
    expect(page).to_have_url(f"{production[0].url}/account/subscriptions")
