"""A small shop beside one a hundred times larger with years of orders."""

import itertools
import os
from itertools import cycle

from benchmarks import steps
from benchmarks.everything import paying
from benchmarks.goods import FIRST_SLUG, item
from benchmarks.load import run
from benchmarks.rig import Rig, machine, rig
from benchmarks.steps import Placed
from benchmarks.table import SECONDS, Goal, Row, measure, show

_READ = {
    "catalogue page": "/", "category, by price": "/?category=fuerza&sort=price_asc", "newest": "/?sort=newest",
    "search, two words": "/?q=mancuerna+azul", "search, common word": "/?q=entrenar", "in stock": "/?stock=1",
    "one size in stock": "/?option=Talla:M&stock=1", "product page": f"/products/{FIRST_SLUG}",
}  # fmt: skip
_STAFF = {
    "staff: today": "/staff/",
    "staff: orders": "/staff/orders",
    "staff: an e-mail": "/staff/orders?q=buyer77@example.com",
    "staff: a phone": "/staff/orders?q=3000609763",
    "staff: first and last name": "/staff/orders?q=ana+ruiz",
    "staff: a first name": "/staff/orders?q=camila",
    "staff: an article": "/staff/orders?q=bench-77",
    "staff: customers": "/staff/customers",
    "staff: customers, a phone": "/staff/customers?q=3000609763",
    "staff: customers, two names": "/staff/customers?q=ana+ruiz",
    "staff: figures of 30 days": "/staff/figures",
}
_LOGIN = 2
"""Requests before the first page of staff, which are no part of its time."""

VARIANTS = int(os.environ.get("VARIANTS", "5"))


def growth() -> int:
    """Print how much slower the large shop is; the products of both have several variants each."""
    print(machine())
    sizes = ((1000, 1000), (int(os.environ.get("BIG", "100000")), int(os.environ.get("ORDERS", "1000000"))))
    measured: list[dict[str, Row]] = []
    for products, orders in sizes:
        with rig(products, orders, variants=VARIANTS, customers=500) as shop:
            rows = _measured(shop)
            print(f"\n{products} products of {VARIANTS} variants, {orders} orders")
            show(rows)
            measured.append({row.name: row for row in rows})
    print()
    for name, small in measured[0].items():
        before, after = small.alone.percentile(0.95), measured[1][name].alone.percentile(0.95)
        print(Goal(f"{name}: growth of p95 at 1 client", after / before, 1.2, at_most=True))
        if "search" in name or "staff" in name:
            print(Goal(f"{name}: p95 ms at 1 client", measured[1][name].alone.percentile(0.95), 50, at_most=True))
    return 1 if any(row.alone.wrong + row.crowd.wrong for each in measured for row in each.values()) else 0


def _measured(shop: Rig) -> list[Row]:
    tokens, items = cycle(shop.tokens), cycle([item(n, VARIANTS) for n in range(3, 900)])
    numbers, placed = itertools.count(), list[Placed]()
    rows = [
        measure(shop, name, lambda n, path=path: [steps.read(path) for _ in range(n)]) for name, path in _READ.items()
    ]
    rows += [_of_staff(shop, name, path) for name, path in _STAFF.items()]
    rows.append(
        measure(shop, "add to cart", lambda n: [steps.add_to_cart(next(numbers), 900, VARIANTS) for _ in range(n)])
    )
    rows.append(
        measure(
            shop,
            "create-session",
            lambda n: [steps.order(tokens, items, placed, variants=VARIANTS) for _ in range(n)],
        )
    )
    rows.append(paying(shop, "paid webhook", placed))
    return rows


def _of_staff(shop: Rig, name: str, path: str) -> Row:
    """Measure one page of the back office for one member of staff at a time, as there are few of them."""
    row = Row(name)
    row.alone = run(shop.port, [steps.staff_reads(path)], SECONDS)
    row.alone.times = row.alone.times[_LOGIN:]
    return row
