"""What is asked a thousand times a minute finds its rows by an index, however much there is."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from benchmarks.goods import FIRST_SLUG, grow, variant_id
from storefront import clock
from storefront.database import db
from storefront.domain.order import OrderLine
from storefront.enums import FigurePeriod
from storefront.services import checkout
from storefront.services.catalogue import Page
from storefront.services.customers import listing as customers
from storefront.services.figures import funnel, sales
from storefront.services.figures.periods import span_of
from storefront.services.jobs import cleanup
from storefront.services.mail import mail_delivery
from storefront.services.orders import listing as orders
from storefront.services.orders import order_csv
from storefront.services.orders.listing import Wanted
from storefront.services.payments import declines
from storefront.services.shopper import Shopper
from tests import events
from tests import factories as make
from tests.api.conftest import purchase, registered
from tests.conftest import build
from tests.events import Story
from tests.statements import Statements
from tests.web.browser import Browser

pytestmark = pytest.mark.postgres

VARIANTS = 5
_BIG = ("products", "variants", "stock", "orders", "order_lines", "outbox", "payment_events")


@pytest.fixture
def big_shop(postgres_url: str) -> Iterator[Flask]:
    """Return a shop with twenty thousand products of five sizes, and as many orders."""
    app = build(postgres_url)
    with app.app_context():
        with db.engine.connect() as connection:
            grow(connection, 20_000, 20_000, VARIANTS)
        yield app
        db.session.remove()
        db.engine.dispose()


class Plans:
    """Every statement that is sent, with the plan that PostgreSQL makes for it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sent: dict[str, Any] = {}

    def note(self, _conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            self.sent[statement] = parameters[0] if is_many else parameters

    def read(self) -> dict[str, str]:
        """Return the plan of each statement."""
        found = {}
        with self.engine.connect() as connection:
            for statement, parameters in self.sent.items():
                rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
                found[statement] = "\n".join(row[0] for row in rows)
                connection.rollback()
        return found


def test_no_step_of_a_shopper_reads_a_big_table_from_end_to_end(big_shop: Flask) -> None:
    client = big_shop.test_client()
    plans = Plans(db.engine)
    event.listen(db.engine, "before_cursor_execute", plans.note)
    for step in _steps(client):
        step()
    _buy(client)
    cleanup.sweep()
    mail_delivery.deliver_due()
    event.remove(db.engine, "before_cursor_execute", plans.note)
    assert len(plans.sent) > 30
    for statement, plan in plans.read().items():
        if "GROUP BY categories" not in statement:  # the shelves are counted once a minute
            assert not read_from_end_to_end(plan), f"{statement}\n{plan}"


def test_steps_keep_their_budgets_with_five_variants_each(big_shop: Flask, statements: Statements) -> None:
    """The budgets of docs/performance.md, in a shop of 100 000 variants."""
    client = big_shop.test_client()
    browser, medium = Browser(client), variant_id(1, 2)
    for address in ("/", "/?q=agua", f"/products/{FIRST_SLUG}"):
        browser.get(address)  # what a process reads once a minute
    for most, address in (
        (2, "/?sort=newest"),
        (2, "/?option=Talla:M&stock=1"),
        (2, "/?q=mancuerna+ligera"),
        (3, f"/products/{FIRST_SLUG}?variant={medium}"),
    ):
        with statements.at_most(most):
            _open(client, address)
    with statements.at_most(6):
        assert browser.send("/cart/items", follow=False, quantity="2").status_code == 303
    phone = registered(big_shop, "camila@example.com")
    items = [{"productId": "articulo-1", "variantId": variant_id(1, place), "quantity": 2} for place in (2, 4)]
    declines.require_account(Shopper(), None)  # a process looks for declined cards every five seconds
    with statements.at_most(15):
        answer = phone.post("/api/checkout/create-session", purchase(items=items, couponCode="BIENVENIDO15"))
    assert answer.status_code == 201, answer.json
    story = Story.of(make.order_of(answer.json["orderId"]), answer.json["sessionId"])
    paid = story.completed()
    with statements.at_most(12):
        assert events.send(client, paid).status_code == 200
    order = make.order_of(answer.json["orderId"])
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    lines = db.session.scalars(select(OrderLine.options).where(OrderLine.order_id == order.id).order_by(OrderLine.id))
    assert lines.all() == [{"Talla": "L"}, {"Talla": "XXL"}]


def test_the_figures_of_some_days_read_only_their_orders(big_shop: Flask) -> None:
    """Seven days of a shop with years of orders, as they are on the page, one statement for each box."""
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        years = "interval '1 day' * (400 + id %% 600)"
        for sql in (
            f"UPDATE orders SET paid_at = paid_at - {years}, placed_at = placed_at - {years} WHERE id %% 200 <> 0",
            "VACUUM ANALYZE orders",
        ):
            connection.exec_driver_sql(sql)
    span = span_of(FigurePeriod.SEVEN_DAYS, clock.day_of(clock.now()))
    groups = (sales.by_product, sales.by_category, sales.by_coupon, sales.by_city)
    for read in (sales.by_day, sales.buyers, *groups, funnel.funnel):
        plans = Plans(db.engine)
        event.listen(db.engine, "before_cursor_execute", plans.note)
        read(span)
        event.remove(db.engine, "before_cursor_execute", plans.note)
        assert len(plans.sent) == 1
        for statement, plan in plans.read().items():
            assert not read_from_end_to_end(plan), f"{statement}\n{plan}"
    assert sales.total(sales.by_day(span)).orders > 20
    assert sales.buyers(span).returning > 0


@pytest.mark.parametrize(
    ("find", "most_statements"), [(lambda text: orders.find(Wanted(text=text)), 4), (customers.find, 9)]
)
def test_staff_who_search_read_only_what_they_find(
    big_shop: Flask, find: Callable[[str], Page[Any]], most_statements: int
) -> None:
    """Whatever a caller says: few orders are found by an index, and of a word that all have the newest are read."""
    texts = {
        "buyer77@example.com": 4, "buyer77 bench": 44, "buyer77@": 4, "pi_old_500": 1, "cs_test_a1": 0,
        "300 999 9999": 0, "zzz": 0, "old00000000000000000000077": 1, "bench": 500, "@example.com": 500,
    }  # fmt: skip
    for text, orders_found in texts.items():
        plans = Plans(db.engine)
        event.listen(db.engine, "before_cursor_execute", plans.note)
        page = find(text)
        event.remove(db.engine, "before_cursor_execute", plans.note)
        assert page.is_more == (orders_found == 500), text
        assert bool(page.total) == bool(orders_found), text
        if find is not customers.find:
            assert page.total == orders_found, text
        assert len(plans.sent) <= most_statements, text
        for statement, plan in plans.read().items():
            assert not read_from_end_to_end(plan), f"{text}: {statement}\n{plan}"


def test_the_file_of_a_search_reads_only_what_it_finds(big_shop: Flask) -> None:
    for text, found in {"buyer77 bench": 44, "buyer77@example.com": 4, "zzz": 0}.items():
        plans = Plans(db.engine)
        event.listen(db.engine, "before_cursor_execute", plans.note)
        lines = "".join(order_csv.export(Wanted(text=text))).count("\n")
        event.remove(db.engine, "before_cursor_execute", plans.note)
        assert lines == found + 1, text
        for statement, plan in plans.read().items():
            assert not read_from_end_to_end(plan), f"{text}: {statement[:300]}\n{plan[:3000]}"


def test_ten_thousand_orders_are_one_file_in_parts(big_shop: Flask, statements: Statements) -> None:
    """Each part is one statement, which no reader holds open, however slow."""
    read = 0
    with statements.at_most(20):
        for part in order_csv.export(Wanted()):
            read += part.count("\n")
            assert not db.session().in_transaction()
    assert read == 10_001, "and the header"
    numbers = set(re.findall(r"^20[0-9]{2}-[0-9]{2}-[0-9]+", "".join(order_csv.export(Wanted())), re.MULTILINE))
    assert len(numbers) == 10_000


def read_from_end_to_end(plan: str) -> list[str]:
    """Return the big tables that a plan reads whole; reading up to a limit, as the capped count does, is not that."""
    lines = plan.splitlines()
    found = []
    for number, line in enumerate(lines):
        if table := re.search(rf"Seq Scan on ({'|'.join(_BIG)})\b", line):
            depth = len(line) - len(line.lstrip())
            above = next((up for up in reversed(lines[:number]) if len(up) - len(up.lstrip()) < depth), "")
            if "Limit " not in above:
                found.append(table[1])
    return found


def test_reading_a_table_whole_is_noticed(big_shop: Flask) -> None:
    with db.engine.connect() as connection:
        for sql, tables in (
            ("SELECT count(*) FROM products WHERE description LIKE '%a'", ["products"]),
            ("SELECT count(*) FROM (SELECT id FROM products WHERE status = 'published' LIMIT 1001) AS seen", []),
        ):
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {sql}".replace("%", "%%")))
            assert read_from_end_to_end(plan) == tables


def _steps(client: FlaskClient) -> list[Callable[[], Any]]:
    addresses = [
        "/", "/?sort=newest", "/?sort=price_asc", "/?sort=price_desc", "/?sort=name",
        "/?category=fuerza&sort=price_asc", "/?q=mancuerna+ligera", "/?q=proteina", "/?q=articulo",
        "/?min=50000&max=60000", "/?kind=digital", "/?stock=1", "/recent-products?slug=articulo-2",
        "/?brand=Marca+3&brand=Marca+4", "/?option=Talla:M&stock=1", f"/products/{FIRST_SLUG}",
        "/api/products?brand=Marca%203", "/cart",
    ]  # fmt: skip
    return [lambda address=address: _open(client, address) for address in addresses]


def _open(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 200, address


def _buy(client: FlaskClient) -> None:
    browser = Browser(client)
    browser.add(FIRST_SLUG)
    browser.add("articulo-2", 2)
    browser.get(f"/products/{FIRST_SLUG}?variant={variant_id(1, 3)}")
    browser.send("/cart/items", quantity="1")
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="BIENVENIDO15")
    browser.fill_shipping()
    browser.get("/checkout/review")
    assert browser.pay().status_code == 303
    order = make.begin((variant_id(1, 1), 1), network="10.1.1.0")
    told = Story.of(make.order_of(order), order.session_id)
    for one in (told.completed(), told.succeeded()):
        assert events.send(client, one).status_code == 200
    checkout.cancel(make.owner(second := make.begin((variant_id(1, 1), 1))), second.order_id)
