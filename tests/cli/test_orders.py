"""`flask orders`: what staff read, what they can do, and what they are told when it cannot be done."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product, Variant
from storefront.gateways.payments import PaymentRefused
from storefront.money import format_money
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import own_returns
from storefront.services.payments.checkout_sessions import GRACE
from tests import events
from tests import factories as make
from tests.cli.conftest import Run
from tests.events import Story
from tests.factories import BAR, COFFEE, DUMBBELL, GUIDE, WHEY
from tests.fakes import FakeGateway
from tests.second_payments import with_failed_second_payment

PAST_IT = "Error: The order is no longer in a state that allows this."
SILENT = "reason=silence"


def paid(gateway: FakeGateway, *goods: tuple[str, int], **changes: str) -> PlacedOrder:
    """Return a paid order of two tubs and a pack of coffee, to be sent to Bogotá."""
    started = make.begin(*(goods or ((WHEY, 2), (COFFEE, 1))), digital_consent=True, **changes)
    make.pay(gateway, started)
    return started


def test_orders_are_listed_newest_first_with_what_needs_a_look(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    held, calm, disputed = (make.begin((WHEY, 1), email=f"{name}@example.com") for name in ("hal", "cleo", "dis"))
    told = Story.of(make.order_of(held), held.session_id, total_minor=100)
    events.send(shop.test_client(), told.completed())
    make.pay(gateway, disputed)
    events.send(shop.test_client(), Story.of(make.order_of(disputed), disputed.session_id).disputed())
    done = run("orders", "list")
    assert done.exit_code == 0
    newest, middle, oldest, count = done.output.splitlines()
    assert newest.split() == [
        disputed.order_number, "confirmed/paid", "DISPUTED", "COP", "154,900", "dis@example.com"
    ]  # fmt: skip
    assert middle.split() == [calm.order_number, "pending/pending", "COP", "154,900", "cleo@example.com"]
    assert oldest.split()[:3] == [held.order_number, "pending/processing", "HELD"]
    assert count == "3 orders, page 1 of 1"


def test_orders_are_found_by_status_number_id_and_mail(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    unpaid, other = make.begin((WHEY, 1), email="pia_b@example.com"), paid(gateway)
    for words, found in (
        (("--status", "pending"), [unpaid]),
        (("--status", "shipped"), []),
        (("--text", unpaid.order_number), [unpaid]),
        (("--text", f" {other.order_id} "), [other]),
        (("--text", "PIA_"), [unpaid]),
        (("--text", "%"), []),
        (("--text", "example", "--status", "confirmed"), [other]),
        (("--page", "2"), []),
    ):
        done = run("orders", "list", *words)
        *lines, _count = done.output.splitlines()
        assert [line.split()[0] for line in lines] == [one.order_number for one in found], words
    assert run("orders", "list", "--status", "shipped").output == "0 orders, page 1 of 1\n"


def test_a_second_page_goes_on_where_the_first_ended(shop: Flask, run: Run) -> None:
    shop.extensions["settings"].MAX_HOLDS_PER_PERSON = 100
    placed = [make.begin((COFFEE, 1), email=f"{n}@example.com") for n in range(26)]
    assert run("orders", "list").output.splitlines()[-1] == "26 orders, page 1 of 2"
    (last, count) = run("orders", "list", "--page", "2").output.splitlines()
    assert last.startswith(placed[0].order_number)
    assert count == "26 orders, page 2 of 2"


def test_an_order_is_shown_whole(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = paid(gateway)
    run("orders", "ship", started.order_number, "--carrier", "envia", "--guide", "77-1")
    run("orders", "refund", started.order_number, "--line", f"{WHEY}:1")
    done = run("orders", "show", started.order_id)
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert lines[0] == f"{started.order_number} ({started.order_id}) shipped/partially_refunded ana@example.com"
    assert f"2 x {WHEY} COP 259,800 refunded 1, restocked 1" in lines
    assert f"1 x {COFFEE} COP 34,900" in lines
    assert f"total COP 294,700, refunded COP 129,900, payment pi_{started.session_id}" in lines
    assert "shipment shipped" in lines
    assert "parcel 1 envia 77-1" in lines
    history = [line.partition("Z ")[2] for line in lines if "Z " in line]
    assert history[1:4] == [
        "payment pending -> paid return page",
        "status pending -> confirmed return page",
        "status confirmed -> processing staff eva",
    ]
    assert "status processing -> shipped staff eva envia 77-1" in history
    assert any(line.startswith("note staff eva refund of 12990000 requested") for line in history)


def test_what_has_no_parcel_and_no_payment_is_shown_without(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    unpaid = make.begin((GUIDE, 1), digital_consent=True)
    output = run("orders", "show", unpaid.order_number).output
    assert "payment -" in output
    assert "parcel" not in output
    assert "restocked" not in output
    shipment = run("orders", "show", paid(gateway).order_number).output
    assert "  shipment to_prepare\n" in shipment


def test_an_order_that_is_not_there_is_one_sentence(shop: Flask, run: Run) -> None:
    for command in ("show", "ready", "deliver", "return", "cancel", "refund", "reissue"):
        done = run("orders", command, "2026-11-9999")
        assert done.exit_code == 1
        assert done.output == "Error: We could not find what you are looking for. (not_found order_id=2026-11-9999)\n"


def test_a_parcel_goes_from_the_shelf_to_the_buyer_and_back(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    number = paid(gateway).order_number
    shipped = run("orders", "ship", number, "--carrier", "tcc", "--guide", "A1", "--as", "leo")
    assert (shipped.exit_code, shipped.output) == (0, f"{number} shipped\n")
    assert (run("orders", "deliver", number)).output == f"{number} delivered\n"
    assert (run("orders", "return", number)).output == f"{number} returned\n"
    history = run("orders", "show", number).output
    assert "staff leo" in history
    assert "staff eva" in history
    again = run("orders", "return", number)
    assert (again.exit_code, again.output.partition(" (")[0]) == (1, PAST_IT)
    assert "status=returned wanted=returned" in again.output


def test_a_parcel_needs_a_carrier_that_we_know_and_a_guide_number(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = paid(gateway)
    number = started.order_number
    for words, code, told in (
        (("--carrier", "pigeon", "--guide", "1"), 1, "'carrier': 'invalid'"),
        (("--carrier", "tcc"), 1, "'guide': 'required'"),
        (("--guide", "1"), 2, "Missing option '--carrier'"),
        (("--carrier", "tcc", "--guide", "one two"), 1, "'guide': 'invalid'"),
        (("--carrier", "tcc", "--guide", "1", "--tracking-url", "http://x"), 1, "'tracking_url': 'invalid'"),
    ):
        done = run("orders", "ship", number, *words)
        assert done.exit_code == code
        assert told in done.output
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.mails_of(started) == ["order_confirmed"]


def test_steps_out_of_turn_are_refused(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    unpaid, sent, picked_up = make.begin((WHEY, 1)), paid(gateway), paid(gateway, shipping_method="pickup")
    ship = ("--carrier", "tcc", "--guide", "1")
    for words, status in (
        (("ship", unpaid.order_number, *ship), "pending"),
        (("ready", unpaid.order_number), "pending"),
        (("deliver", unpaid.order_number), "pending"),
        (("return", unpaid.order_number), "pending"),
        (("ship", picked_up.order_number, *ship), "pickup"),
        (("ready", sent.order_number), "standard"),
        (("deliver", sent.order_number), "to_prepare"),
        (("refund", unpaid.order_number), "pending"),
    ):
        done = run("orders", *words)
        assert done.exit_code == 1, words
        assert done.output.startswith(f"{PAST_IT} (invalid_request status={status}"), words
    assert make.state_of(unpaid) == ("pending", "pending")
    assert make.state_of(sent) == make.state_of(picked_up) == ("confirmed", "paid")


def test_a_pickup_waits_on_the_counter(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = paid(gateway, shipping_method="pickup")
    number = started.order_number
    assert run("orders", "ready", number).output == f"{number} ready for pickup\n"
    assert run("orders", "deliver", number).output == f"{number} delivered\n"
    assert "  shipment collected" in run("orders", "show", number).output
    assert make.mails_of(started) == ["delivered", "order_confirmed", "ready_for_pickup"]


def test_money_goes_back_by_units_by_amount_and_whole(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = paid(gateway)
    number = started.order_number
    units = run("orders", "refund", number, "--line", f"{WHEY}:1", "--line", f"{COFFEE}:1", "--no-restock")
    assert units.exit_code == 0
    first, *_ = make.refunds_of(started)
    assert units.output == f"refund {first.id} of {number}: succeeded\n"
    assert make.stock_of(WHEY) == (118, 0)
    run("orders", "refund", number, "--amount", "10000", "--reason", "goodwill")
    assert run("orders", "refund", number).exit_code == 0
    amounts = {(row.reason, row.amount_minor) for row in make.refunds_of(started)}
    assert amounts == {
        ("requested_by_customer", 16_480_000),
        ("goodwill", 1_000_000),
        ("requested_by_customer", 11_990_000),
    }
    assert make.state_of(started) == ("refunded", "refunded")
    assert make.stock_of(WHEY) == (119, 0)
    nothing_left = run("orders", "refund", number)
    assert nothing_left.exit_code == 1
    assert "status=refunded" in nothing_left.output


def test_a_refund_says_what_is_wrong_with_it(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = paid(gateway)
    for words, problem in (
        (("--line", "bananas:1"), "'line bananas:1': 'invalid'"),
        (("--line", f"{WHEY}:x"), f"'line {WHEY}:x': 'invalid'"),
        (("--line", f"{WHEY}:-1"), f"'line {WHEY}:-1': 'invalid'"),
        (("--line", WHEY), f"'line {WHEY}': 'invalid'"),
        (("--line", f"{WHEY}:0"), "'out_of_range'"),
        (("--line", f"{WHEY}:3"), "'out_of_range'"),
        (("--amount", "0"), "'amount': 'out_of_range'"),
        (("--amount", "-5"), "'amount': 'out_of_range'"),
        (("--amount", "294701"), "'amount': 'out_of_range'"),
    ):
        done = run("orders", "refund", started.order_number, *words)
        assert done.exit_code == 1, words
        assert problem in done.output
    assert run("orders", "refund", started.order_number, "--amount", "ten").exit_code == 2
    assert make.refunds_of(started) == []


def test_a_refund_that_stripe_does_not_answer_or_refuses_says_so(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = paid(gateway)
    gateway.silent_calls = {"refund"}
    assert run("orders", "refund", started.order_number, "--amount", "100").output.endswith(": requested\n")
    gateway.silent_calls = set()
    gateway.failures = [PaymentRefused("charge_disputed")]
    assert run("orders", "refund", started.order_number, "--amount", "100").output.endswith(": failed\n")
    assert run("orders", "expire").output == "1 done\n"
    assert [row.status for row in make.refunds_of(started)] == ["succeeded", "failed"]


def test_an_order_is_cancelled_before_and_after_its_payment(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    unpaid, started, kept = make.begin((WHEY, 1)), paid(gateway), paid(gateway)
    assert run("orders", "cancel", unpaid.order_number).output == f"{unpaid.order_number} cancelled/pending\n"
    assert gateway.pages[unpaid.session_id].status == "expired"
    assert run("orders", "cancel", started.order_number).output == f"{started.order_number} cancelled/refunded\n"
    assert make.stock_of(WHEY) == (118, 0)
    run("orders", "cancel", kept.order_number, "--no-restock")
    assert make.stock_of(WHEY) == (118, 0)
    for done in (started, unpaid):
        again = run("orders", "cancel", done.order_number)
        assert (again.exit_code, again.output.partition(" (")[0]) == (1, PAST_IT)
    assert make.causes_of(unpaid)[-1] == ("cancelled", "staff eva")


def test_what_was_shipped_or_paid_meanwhile_is_not_cancelled(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    sent, meanwhile, unheard = paid(gateway), make.begin((WHEY, 1)), make.begin((WHEY, 1))
    run("orders", "ship", sent.order_number, "--carrier", "tcc", "--guide", "1")
    refused = run("orders", "cancel", sent.order_number)
    assert (refused.exit_code, make.state_of(sent)) == (1, ("shipped", "paid"))
    assert make.refunds_of(sent) == []
    gateway.pay(meanwhile.session_id)
    refused = run("orders", "cancel", meanwhile.order_number)
    assert refused.output.startswith(f"{PAST_IT} (invalid_request status=confirmed")
    assert make.state_of(meanwhile) == ("confirmed", "paid"), "the payment counts"
    gateway.silent_calls = {"close"}
    refused = run("orders", "cancel", unheard.order_number)
    assert refused.exit_code == 1
    assert SILENT in refused.output
    assert make.state_of(unheard) == ("pending", "pending")


def test_unpaid_orders_end_when_their_time_is_over(shop: Flask, run: Run) -> None:
    started = make.begin((WHEY, 1))
    assert run("orders", "expire").output == "0 done\n"
    with time_machine.travel(started.expires_at + 2 * GRACE):
        assert run("orders", "expire").output == "1 done\n"
        assert run("orders", "expire").output == "0 done\n"
    assert make.state_of(started) == ("cancelled", "pending")


def test_what_stripe_told_nobody_is_caught_up_with_once(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    told, seen = make.begin((WHEY, 1)), make.begin((WHEY, 1))
    gateway.missed = [gateway.translate_event(Story.of(make.order_of(told), told.session_id).completed())]
    gateway.pay(seen.session_id)
    assert run("orders", "reconcile").output == "1 events applied, 1 pages followed\n"
    assert make.state_of(told) == make.state_of(seen) == ("confirmed", "paid")
    assert run("orders", "reconcile").output == "0 events applied, 0 pages followed\n"
    gateway.silent_calls = {"events"}
    silent = run("orders", "reconcile")
    assert silent.exit_code == 1
    assert SILENT in silent.output


def test_goods_that_a_buyer_gives_back_are_listed_until_their_money_is_back(
    shop: Flask, gateway: FakeGateway, run: Run
) -> None:
    with time_machine.travel(make.moment(24), tick=False) as traveller:
        started, other = paid(gateway, (DUMBBELL, 2)), paid(gateway, (BAR, 1))
        for one in (started, other):
            traveller.shift(timedelta(days=1))
            run("orders", "ship", one.order_number, "--carrier", "tcc", "--guide", "1")
            run("orders", "deliver", one.order_number)
            (line,) = make.lines_of(one)
            own_returns.request_return(make.owner(one), one.order_number, units={line.id: 1}, reason="", key="a")
        *told, count = run("orders", "withdrawals").output.splitlines()
        assert count == "2 requests wait"
        assert told[0].startswith(
            f"withdrawal {started.order_number}-R1 open: 1 x {DUMBBELL}, asked 2026-11-25, COP 389,900 due "
        )
        assert told[1].strip() == f"flask orders refund {started.order_number} --line {DUMBBELL}:1"
        assert told[0] in run("orders", "show", started.order_number).output.replace("  withdrawal", "withdrawal")
        run(*told[1].split()[1:])
        assert run("orders", "withdrawals").output.splitlines()[-1] == "1 requests wait"
        assert (
            f"withdrawal {started.order_number}-R1 refunded: 1 x {DUMBBELL}"
            in run("orders", "show", started.order_number).output
        )
    with time_machine.travel(make.moment(24) + timedelta(days=60)):
        assert " LATE\n" in run("orders", "withdrawals").output
        assert f"withdrawal {other.order_number}-R1: the money was due on" in run("doctor").output
        for words, told_of in (((other.order_number, "2"), "sequence=2"), (("2026-11-9999", "1"), "order_id=")):
            refused = run("orders", "close-withdrawal", *words, "--note", "x")
            assert refused.exit_code == 1
            assert told_of in refused.output
        assert "Missing option '--note'" in run("orders", "close-withdrawal", other.order_number, "1").output
        assert "'note': 'required'" in run("orders", "close-withdrawal", other.order_number, "1", "--note", " ").output
        closed = run("orders", "close-withdrawal", other.order_number, "1", "--note", "Nunca llegó.")
        assert closed.output == f"{other.order_number}-R1 closed\n"
        assert run("orders", "withdrawals").output == "0 requests wait\n"


def test_returned_goods_are_owed_until_they_are_settled(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    number = paid(gateway).order_number
    run("orders", "ship", number, "--carrier", "envia", "--guide", "1")
    run("orders", "deliver", number)
    run("orders", "return", number)
    assert "returned/paid OWED" in run("orders", "list", "--status", "attention").output
    done = run("orders", "settle", number, "--note", "by bank transfer")
    assert (done.exit_code, done.output) == (0, f"{number} settled\n")
    assert run("orders", "settle", number, "--note", "again").exit_code != 0
    assert run("orders", "list", "--status", "attention").output == "0 orders, page 1 of 1\n"


def test_a_held_payment_is_accepted_or_given_back(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    for command, ends in (("accept-payment", "confirmed/paid"), ("reject-payment", "cancelled/refunded")):
        started = make.begin((WHEY, 1))
        told = Story.of(make.order_of(started), started.session_id, total_minor=10_000_000)
        events.send(shop.test_client(), told.completed())
        assert "HELD" in run("orders", "list", "--status", "attention").output
        assert run("orders", command, started.order_number).exit_code == 0
        assert ends in run("orders", "show", started.order_number).output
        assert run("orders", command, started.order_number).output.startswith(PAST_IT)


def test_two_variants_of_a_product_are_told_apart(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    slug = "camiseta-secado-rapido"
    chosen = select(Variant).join(Product).where(Product.slug == slug, Variant.is_active).order_by(Variant.position)
    small, large = db.session.scalars(chosen.limit(2)).unique()
    (key, small_sku), (other_key, large_sku) = [(one.id, one.sku) for one in (small, large)]
    started = make.begin((key, 1), (other_key, 3))
    make.pay(gateway, started)
    number = started.order_number
    shown = run("orders", "show", number).output
    assert f"1 x {small_sku}" in shown
    assert f"3 x {large_sku}" in shown
    for lines, problem in (
        ((f"{slug}:1",), f"'line {slug}:1': 'one of {small_sku}, {large_sku}'"),
        ((f"{large_sku}:1", f"{large_sku}:1"), f"'line {large_sku}:1': 'twice_here'"),
    ):
        refused = run("orders", "refund", number, *(text for line in lines for text in ("--line", line)))
        assert (refused.exit_code, problem in refused.output) == (1, True), refused.output
    assert run("orders", "refund", number, "--line", f"{large_sku}:2").exit_code == 0
    assert {line.sku: line.refunded for line in make.lines_of(started)} == {small_sku: 0, large_sku: 2}


def test_a_second_payment_is_refunded_once_more(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started, _own, _second = with_failed_second_payment(shop)
    amount = format_money(make.order_of(started).total_minor, "en").replace("\N{NO-BREAK SPACE}", " ")
    done = run("orders", "repeat-refund", started.order_number)
    assert (done.exit_code, done.output) == (0, f"refund of {amount} of {started.order_number} requested\n")
    assert run("orders", "repeat-refund", started.order_number).exit_code != 0
