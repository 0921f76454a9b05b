"""Every step of a visit, from the catalogue to the paid order, and all goals."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle

import sqlalchemy

from benchmarks import steps
from benchmarks.goods import FIRST_SLUG, item
from benchmarks.load import Result, Visitor, request, run
from benchmarks.peers import compared
from benchmarks.rig import Rig, counters, end, machine, memory_mib, rig
from benchmarks.steps import Placed
from benchmarks.table import BARE_PAGES, SECONDS, Goal, N, Row, bare, measure, show
from storefront.database import db

BARE_LIST = request("GET", "/list")


def reading(shop: Rig) -> list[Row]:
    """Measure what only reads."""
    with bare_pages(shop):
        return [
            measure(shop, "catalogue page", lambda n: [steps.read("/", b"articulo-") for _ in range(n)], BARE_LIST),
            measure(shop, "product page", lambda n: [steps.read(f"/products/{FIRST_SLUG}", b"once") for _ in range(n)],
                    request("GET", f"/product/{FIRST_SLUG}")),
            measure(shop, "search page", lambda n: [steps.read("/?q=mancuerna+azul", b"articulo-") for _ in range(n)]),
            measure(shop, "catalogue, JSON", lambda n: [
                steps.read("/api/products?limit=24", b'"items"', cookie=False, token="") for _ in range(n)]),
            measure(shop, "product, JSON", lambda n: [
                steps.read(f"/api/products/{FIRST_SLUG}", b'"variants"', cookie=False) for _ in range(n)]),
        ]  # fmt: skip


@contextmanager
def bare_pages(shop: Rig) -> Iterator[None]:
    """Serve the bare pages, in the frame of the shop's home page."""
    cut = b'<ul class="cards plain-list">'
    before, _, rest = run_once(shop, "/").partition(cut)
    after = rest.partition(b"</ul>")[2]
    limit = shop.start_limit((before.decode() + cut.decode(), "</ul>" + after.decode()))
    try:
        yield
    finally:
        end(limit)


def speed_of(bare_list: Result) -> float:
    """Return how fast this machine is beside the one of the goals, by what it made of the bare list."""
    return bare_list.rate / BARE_PAGES


def measured_speed(shop: Rig) -> float:
    """Return how fast this machine is just now."""
    with bare_pages(shop):
        return speed_of(run(shop.limit, [bare(BARE_LIST) for _ in range(16)], SECONDS))


def run_once(shop: Rig, path: str) -> bytes:
    """Return one page."""
    got: list[bytes] = []

    def visitor() -> Visitor:
        answer = yield request("GET", path)
        got.append(answer.body)

    run(shop.port, [visitor()])
    return got[0]


def changing(shop: Rig) -> list[Row]:
    """Measure the way from the cart to the paid order."""
    places = range(3, min(N, 900))
    tokens, slugs, items = (
        cycle(shop.tokens),
        cycle([f"articulo-{n}" for n in places]),
        cycle([item(n) for n in places]),
    )
    numbers = itertools.count()
    rows = [
        measure(shop, "add to cart", lambda n: [steps.add_to_cart(next(numbers), N) for _ in range(n)]),
        measure(shop, "cart page", lambda n: [steps.cart_page(next(numbers), N) for _ in range(n)]),
        measure(shop, "coupon", lambda n: [_each(steps.coupon, tokens) for _ in range(n)]),
        measure(shop, "shipping quote", lambda n: [_each(steps.shipping, tokens) for _ in range(n)]),
    ]
    placed: list[Placed] = []
    rows.append(measure(shop, "create-session", lambda n: [steps.order(tokens, items, placed) for _ in range(n)]))
    rows.append(paying(shop, "paid webhook", placed))
    rows.append(
        measure(shop, "order status, JSON", lambda n: [steps.order_status(next(tokens), next(slugs)) for _ in range(n)])
    )
    hot: list[Placed] = []
    one = itertools.repeat(item(1))
    rows.append(
        measure(shop, "create-session, one product", lambda n: [steps.order(tokens, one, hot) for _ in range(n)])
    )
    rows.append(paying(shop, "paid webhook, one product", hot))
    rows.append(measure(shop, "whole checkout (6 requests)",
                        lambda n: [steps.whole_checkout(tokens, slugs) for _ in range(n)]))  # fmt: skip
    return rows


def _each(step: Callable[[str], Visitor], tokens: Iterable[str]) -> Visitor:
    """Ask as another customer after every fifty answers, for nobody may ask without end."""
    while True:
        visitor = step(next(iter(tokens)))
        asked = next(visitor)
        for _ in range(50):
            asked = visitor.send((yield asked))


def paying(shop: Rig, name: str, placed: list[Placed]) -> Row:
    """Pay what was placed: a fifth by one client, the rest by sixteen, turn about with the bare order."""
    row, orders = Row(name), [request("POST", f"/order/{n}") for n in range(1, 17)]
    limit = shop.start_limit(("", ""))
    few = placed[: len(placed) // 8]
    rest = placed[len(few) :]
    row.limit.add(run(shop.limit, [bare(asked) for asked in orders], SECONDS / 2))
    row.alone = run(shop.port, [steps.pay(few)] if few else [])
    halves = [rest[::2], rest[1::2]]
    for half in halves:
        shares = [half[n::16] for n in range(16)]
        row.crowd.add(run(shop.port, [steps.pay(share) for share in shares if share]))
        row.limit.add(run(shop.limit, [bare(asked) for asked in orders], SECONDS / 2))
    end(limit)
    return row


def count_statements(shop: Rig, rows: list[Row]) -> None:
    """Fill in what each step asks of the database."""
    tokens: Iterator[str] = iter(shop.tokens[-50:])
    placed: list[Placed] = []
    app = shop.app
    steps_of: dict[str, tuple[Callable[[], Visitor], int]] = {
        "catalogue page": (lambda: steps.read("/", b"articulo-"), 3),
        "product page": (lambda: steps.read(f"/products/{FIRST_SLUG}"), 3),
        "search page": (lambda: steps.read("/?q=mancuerna+azul"), 3),
        "catalogue, JSON": (lambda: steps.read("/api/products?limit=24"), 3),
        "product, JSON": (lambda: steps.read(f"/api/products/{FIRST_SLUG}"), 3),
        "cart page": (lambda: steps.cart_page(10**6 + 1, N), 4),
        "order status, JSON": (lambda: steps.order_status(shop.tokens[-52], FIRST_SLUG), 4),
        "add to cart": (lambda: steps.add_to_cart(10**6, N), 4),
        "coupon": (lambda: steps.coupon(shop.tokens[-51]), 3),
        "shipping quote": (lambda: steps.shipping(shop.tokens[-51]), 3),
        "create-session": (lambda: steps.order(tokens, itertools.repeat(item(1)), placed, 2), 2),
        "paid webhook": (lambda: steps.pay(placed), 2),
    }
    with app.app_context():
        engine = db.engine
    for name, (visitor, requests) in steps_of.items():
        found = steps.statements(app, engine, visitor, requests)
        for row in rows:
            if row.name == name:
                row.statements = found
    engine.dispose()


def bench() -> int:
    """Measure every step and print every goal."""
    print(machine(), "with Redis" if counters() else "without Redis", sep=", ")
    with rig(N) as shop:
        rows = reading(shop) + changing(shop)
        assert shop.shop
        web = memory_mib(shop.shop.pid)
        loaded = web + shop.loaded_worker_mib()
        show_with = {row.name: row for row in rows}
        count_statements(shop, rows)
        show(rows)
        print(f"\ncold start {shop.cold_start:.2f} s, memory {shop.idle_mib:.0f} -> {web:.0f} MiB (2 web workers), "
              f"{loaded:.0f} MiB with a worker of the queue\n")  # fmt: skip
        by = show_with
        paid = by["paid webhook"]
        whole = by["whole checkout (6 requests)"]
        speed = speed_of(by["catalogue page"].limit)
        goals = [
            Goal("catalogue page, of a bare page with one SELECT", by["catalogue page"].ratio, 0.5),
            Goal("catalogue page, per second", by["catalogue page"].crowd.rate, 950, speed=speed),
            Goal("product page, per second", by["product page"].crowd.rate, 900, speed=speed),
            Goal("add to cart, per second (5 x 126)", by["add to cart"].crowd.rate, 630, speed=speed),
            Goal("coupon, per second (7 x 86)", by["coupon"].crowd.rate, 602, speed=speed),
            Goal("shipping quote, per second (3 x 253)", by["shipping quote"].crowd.rate, 759, speed=speed),
            Goal("paid webhook, per second", paid.crowd.rate, 400, speed=speed),
            Goal("paid webhook, p99 ms at 16", paid.crowd.percentile(0.99), 100, at_most=True, speed=speed),
            Goal("paid webhook, p50 ms at 1", paid.alone.percentile(0.5), 5, at_most=True, speed=speed),
            Goal("paid webhook, of a bare ORM order", paid.ratio, 0.45),
            Goal("paid webhook, one product, per second", by["paid webhook, one product"].crowd.rate, 300, speed=speed),
            Goal("create-session, per second", by["create-session"].crowd.rate, 250, speed=speed),
            Goal("whole checkout, per second", whole.crowd.rate / 6, 90, speed=speed),
            Goal("statements: list", by["catalogue page"].statements, 2, at_most=True),
            Goal("statements: product", by["product page"].statements, 3, at_most=True),
            Goal("statements: add to cart", by["add to cart"].statements, 6, at_most=True),
            Goal("statements: cart page", by["cart page"].statements, 4, at_most=True),
            Goal("statements: order status", by["order status, JSON"].statements, 3, at_most=True),
            Goal("statements: coupon", by["coupon"].statements, 6, at_most=True),
            Goal("statements: shipping quote", by["shipping quote"].statements, 3, at_most=True),
            Goal("statements: create-session", by["create-session"].statements, 15, at_most=True),
            Goal("statements: paid webhook", paid.statements, 12, at_most=True),
            Goal("memory idle, MiB", shop.idle_mib, 150, at_most=True),
            Goal("memory under load, web and worker, MiB", loaded, 300, at_most=True),
            Goal("cold start, s", shop.cold_start, 1.5, at_most=True, speed=speed),
        ]
        print(f"this machine serves {100 * speed:.0f} % of the bare pages that the goals' machine served\n")
        print(*goals, sep="\n")
        print(*compared(by, by["catalogue page"].limit.rate), sep="\n")
        return _verdict(shop, rows)


def _verdict(shop: Rig, rows: list[Row]) -> int:
    wrong = sum(len(row.alone.wrong) + len(row.crowd.wrong) for row in rows)
    print(f"\nwrong answers {wrong}", end=", ")
    return 0 if is_right(shop) and not wrong else 1


def is_right(shop: Rig) -> bool:
    """Print and return whether every event is done and the stock matches the paid orders."""
    engine = sqlalchemy.create_engine(shop.url)
    with engine.connect() as connection:
        unpaid = connection.exec_driver_sql("SELECT count(*) FROM payment_events WHERE state <> 'done'").scalar()
        lost = connection.exec_driver_sql(
            "SELECT count(*) FROM stock s WHERE on_hand + (SELECT coalesce(sum(l.quantity), 0) FROM order_lines l "
            "JOIN orders o ON o.id = l.order_id WHERE l.variant_id = s.variant_id AND o.paid_at IS NOT NULL "
            "AND o.seal <> 'old') <> initial AND variant_id LIKE 'bench%%'"
        ).scalar()
    engine.dispose()
    print(f"events not done {unpaid}, products whose stock does not add up {lost}")
    return not unpaid and not lost
