"""Double clicks, the Back button, second tabs, late webhooks, silent banks: one order, one payment, nothing lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.browsing import open_window, press
from tests.e2e.demonstration import Row, eventually, running_demo
from tests.e2e.shopping import IS_DECLINED, PRIMARY, Shopper, number_of, prove_paid

ShopAs = Callable[..., Shopper]
SHAKER = "shaker-600ml"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])


def sessions_of(shopper: Shopper) -> list[Row]:
    return shopper.demo.rows(
        "SELECT a.* FROM payment_attempts a JOIN orders o ON o.id = a.order_id WHERE o.email = ? ORDER BY a.created_at",
        shopper.email,
    )


def test_a_double_click_is_one_order_and_one_session(shopper: Shopper) -> None:
    shopper.have(SHAKER)
    shopper.go_to_review()
    shopper.page.locator(PRIMARY).dblclick()
    expect(shopper.page.locator(".amount")).to_be_visible()
    assert len(sessions_of(shopper)) == 1


def test_two_posts_at_once_are_one_order_and_one_session(shop_as: ShopAs) -> None:
    shopper = shop_as(javascript=False)
    shopper.have(SHAKER)
    shopper.go_to_review()
    shopper.page.locator(PRIMARY).dblclick(no_wait_after=True)
    expect(shopper.page.locator(".amount")).to_be_visible()
    assert len(shopper.demo.orders_of(shopper.email)) == 1
    assert len(sessions_of(shopper)) == 1


@BOTH
def test_back_and_again_is_the_same_session(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    session = shopper.begin(SHAKER)
    shopper.page.go_back()
    expect(shopper.page).to_have_url(re.compile("/checkout/review$"))
    assert shopper.go_to_payment() == session
    assert len(sessions_of(shopper)) == 1
    shopper.pay()
    shopper.see_paid()


def test_a_busy_button_says_so_and_sends_nothing_more(shopper: Shopper) -> None:
    shopper.have(SHAKER)
    shopper.go_to_review()
    sent: list[str] = []

    def keep_the_page(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    shopper.page.route("**/checkout/review", keep_the_page)
    button = shopper.page.locator(PRIMARY)
    button.click()
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_contain_text("Abriendo")
    button.press("Enter")
    assert sent == ["POST"]


@BOTH
def test_turning_back_keeps_the_cart_and_one_click_tries_again(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    first = shopper.begin(SHAKER)
    press(shopper.page.locator("a.back"))
    expect(shopper.page.locator("main")).to_contain_text("No se cobró nada")
    expect(shopper.page.locator("main")).to_contain_text(re.compile(r"hasta las \d+:\d\d"))
    assert shopper.cart_count() == 1
    shopper.page.goto("/checkout/cancel")
    press(shopper.page.locator("form[action='/checkout/retry'] [type=submit]"))
    expect(shopper.page.locator(".amount")).to_be_visible()
    assert shopper.session_id != first
    shopper.pay()
    prove_paid(shopper, shopper.see_paid(), shaker_600ml=1)


def test_the_old_page_cannot_be_paid_after_a_new_one(shopper: Shopper) -> None:
    old = shopper.begin(SHAKER)
    second_tab = shopper.page.context.new_page()
    second_tab.goto(shopper.page.url)
    press(shopper.page.locator("a.back"))
    press(shopper.page.locator("form[action='/checkout/retry'] [type=submit]"))
    expect(shopper.page.locator(".amount")).to_be_visible()
    other = Shopper(second_tab, shopper.demo)
    other.pay()
    expect(second_tab.locator("h1")).to_have_text("Esta página de pago venció")
    shopper.pay()
    order = shopper.see_paid()
    assert [row["state"] for row in sessions_of(shopper)] == ["closed", "paid"]
    assert sessions_of(shopper)[0]["session_id"] == old
    assert (
        order["total_minor"]
        == shopper.demo.row("SELECT total_minor FROM orders WHERE id = ?", order["id"])["total_minor"]
    )


def test_a_changed_cart_closes_the_page_of_the_old_one(shopper: Shopper) -> None:
    shopper.begin(SHAKER)
    shopper.page.goto("/cart")
    shopper.have(SHAKER)
    shopper.go_to_review()
    shopper.go_to_payment()
    assert [order["status"] for order in shopper.demo.orders_of(shopper.email)] == ["cancelled", "pending"]
    shopper.pay()
    prove_paid(shopper, shopper.see_paid(), shaker_600ml=2)


@BOTH
def test_the_page_after_paying_waits_for_the_news_and_turns_to_paid_by_itself(
    shop_as: ShopAs, javascript: bool
) -> None:
    shopper = shop_as(javascript=javascript)
    session = shopper.begin(SHAKER)
    url = shopper.demo.sim(f"pay/{session}", card="delayed_success")["redirectUrl"]
    shopper.page.goto(url)
    waiting = shopper.page.locator(".outcome-waiting")
    expect(waiting).to_contain_text("Puedes cerrarla sin problema")
    assert shopper.demo.order_of_session(session)["payment_status"] == "processing"
    shopper.demo.sim(f"settle/{session}")
    expect(shopper.page.locator(".outcome-good")).to_be_visible()
    shopper.page.reload()
    assert shopper.see_paid()["payment_status"] == "paid"


def test_a_late_webhook_and_a_silent_stripe_only_delay_the_news(shopper: Shopper) -> None:
    session = shopper.begin(SHAKER)
    shopper.demo.sim("webhooks", delay=2.5)
    shopper.demo.sim("fail", next="500", times=3)  # the page asks three times before it gives up
    url = shopper.demo.sim(f"pay/{session}", wait=0)["redirectUrl"]
    shopper.page.goto(url)
    expect(shopper.page.locator(".outcome-waiting")).to_be_visible()
    order = shopper.see_paid()
    eventually(lambda: not shopper.demo.rows("SELECT 1 FROM stock_holds WHERE order_id = ?", order["id"]))
    prove_paid(shopper, order, shaker_600ml=1)


def test_a_webhook_that_comes_twice_changes_nothing(shopper: Shopper) -> None:
    shopper.begin(SHAKER)
    shopper.demo.sim("webhooks", duplicate=2, shuffle=True)
    shopper.pay()
    prove_paid(shopper, shopper.see_paid(), shaker_600ml=1)


def test_a_payment_that_came_to_nothing_says_so(shopper: Shopper) -> None:
    session = shopper.begin(SHAKER)
    url = shopper.demo.sim(f"pay/{session}", card="delayed_failure")["redirectUrl"]
    shopper.demo.sim(f"settle/{session}")
    eventually(lambda: shopper.demo.order_of_session(session)["payment_status"] == "failed")
    shopper.page.goto(url)
    expect(shopper.page.locator(".outcome-bad")).to_be_visible()
    assert shopper.cart_count() == 1


def test_a_declined_card_is_told_on_the_cancel_page(shopper: Shopper) -> None:
    shopper.begin(SHAKER)
    shopper.pay(IS_DECLINED)
    press(shopper.page.locator("a.back"))
    expect(shopper.page.locator("main")).to_contain_text("Tu banco no aprobó el último intento")
    expect(shopper.page.locator("form[action='/checkout/retry']")).to_be_visible()


def test_reloading_and_going_back_after_paying_repeats_nothing(shopper: Shopper) -> None:
    shopper.begin(SHAKER)
    shopper.pay()
    order = shopper.see_paid()
    shopper.page.reload()
    shopper.page.go_back()
    shopper.page.go_forward()
    shopper.see_paid()
    assert len(shopper.demo.orders_of(shopper.email)) == 1
    assert shopper.demo.ledger(order, SHAKER) == [("hold", 0, 1), ("sale", -1, -1)]


def test_nobody_else_sees_the_order(shopper: Shopper, browse: Callable[..., Page]) -> None:
    shopper.begin(SHAKER)
    shopper.pay()
    order = shopper.see_paid()
    stranger = browse()
    # Whoever comes back from Stripe reads that the mail is on its way, and nothing of the order.
    for path, status in ((shopper.page.url, 200), (f"/account/orders/{number_of(order)}", 404)):
        answer = stranger.goto(path)
        assert answer
        assert answer.status == status
        assert shopper.email not in stranger.content()
        assert "Peña" not in stranger.content()


def test_the_letter_opens_the_guests_order_anywhere(shopper: Shopper, browse: Callable[..., Page]) -> None:
    shopper.begin(SHAKER)
    shopper.pay()
    order = shopper.see_paid()
    prove_paid(shopper, order)
    elsewhere = browse()
    elsewhere.goto("/dev/mailbox")
    press(elsewhere.get_by_role("link", name=re.compile(f"{number_of(order)} confirmado")))
    press(elsewhere.locator(".letter-text a", has_text="token="))
    expect(elsewhere.locator("h1")).to_contain_text(number_of(order))
    assert (
        elsewhere.goto(f"/account/orders/{number_of(order)}?token=wrong{shopper.demo.token_of(order)[5:]}").status
        == 200
    ), "this browser has seen it"
    answer = browse().goto(f"/account/orders/{number_of(order)}?token=wrong{shopper.demo.token_of(order)[5:]}")
    assert answer
    assert answer.status == 404


@pytest.mark.parametrize("fault", ["500", "429", "drop"])
def test_a_failing_stripe_loses_nothing_and_the_next_click_works(shopper: Shopper, fault: str) -> None:
    shopper.have(SHAKER)
    shopper.go_to_review()
    shopper.page.fill("#notes", "Dejar en la portería")
    shopper.demo.sim("fail", next=fault, times=3)
    press(shopper.page.locator(PRIMARY))
    expect(shopper.page).to_have_title(re.compile("^Error: "))
    expect(shopper.page.locator("#error-summary")).to_contain_text("Tu carrito está a salvo")
    expect(shopper.page.locator("#notes")).to_have_value("Dejar en la portería")
    shopper.demo.sim("reset")
    shopper.go_to_payment()
    shopper.pay()
    prove_paid(shopper, shopper.see_paid(), shaker_600ml=1)


def test_a_failing_stripe_on_the_second_try_is_told_too(shopper: Shopper) -> None:
    shopper.begin(SHAKER)
    press(shopper.page.locator("a.back"))
    shopper.demo.sim("fail", next="500", times=6)
    press(shopper.page.locator("form[action='/checkout/retry'] [type=submit]"))
    expect(shopper.page).to_have_title(re.compile("^Error: "))
    shopper.demo.sim("reset")
    press(shopper.page.locator("form[action='/checkout/retry'] [type=submit]"))
    expect(shopper.page.locator(".amount")).to_be_visible()


def test_an_expired_session_gives_stock_and_coupon_back(chromium: Browser, tmp_path: Path) -> None:
    """A demonstration of its own, because the simulator's clock never goes back."""
    with running_demo(tmp_path) as demo:
        window = open_window(chromium, demo.url)
        shopper = Shopper(window.page, demo)
        before = demo.stock(SHAKER)
        shopper.have(SHAKER, 2)
        shopper.apply_coupon("LIMITE3")
        shopper.go_to_review()
        session = shopper.go_to_payment()
        assert demo.stock(SHAKER)["reserved"] == 2
        demo.sim("clock", advance=32 * 60)
        eventually(lambda: demo.order_of_session(session)["status"] == "cancelled")
        order = demo.order_of_session(session)
        assert demo.stock(SHAKER) == before
        assert demo.ledger(order, SHAKER) == [("hold", 0, 2), ("release", 0, -2)]
        assert demo.row("SELECT used_count FROM coupons WHERE code = 'LIMITE3'") == {"used_count": 0}
        assert demo.row("SELECT returned_at FROM coupon_uses WHERE order_id = ?", order["id"])["returned_at"]
        assert not demo.rows("SELECT 1 FROM outbox WHERE order_id = ?", order["id"])
        shopper.page.reload()
        expect(shopper.page.locator("h1")).to_have_text("Esta página de pago venció")
        press(shopper.page.locator("a.main"))
        assert shopper.cart_count() == 2
        shopper.page.goto(f"/account/orders/{number_of(order)}")
        expect(shopper.page.locator("main .badge").first).to_have_text("Venció sin pago")
        window.context.close()
        assert not window.complaints
