"""A shop that has only its tables: what the doctor says of it, and how it is filled."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, func, select, update

from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.domain.coupon import Coupon
from storefront.domain.customer import Customer
from storefront.domain.shipping.tariff import ShippingMethod, ShippingRate, load_tariff
from storefront.enums import ProductKind, ProductStatus
from storefront.gateways.files import FolderStore
from storefront.gateways.stripe import StripeGateway
from storefront.services.audit import Actor
from storefront.services.catalogue import category_editing, editing
from storefront.services.catalogue.category_editing import CategoryDraft
from storefront.services.catalogue.drafts import ProductDraft, VariantDraft
from storefront.services.jobs import consistency
from storefront.services.jobs.consistency import Finding
from storefront.services.payments import reconcile
from tests import events
from tests import factories as make
from tests.campaigns.processes import free_port, launch, running, wait_until
from tests.cli.conftest import Run
from tests.conftest import build
from tests.events import Story
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser

EMAIL = "eva@example.com"
NO_OWNER = Finding("staff", "nobody can run the shop: it has no active owner", "flask staff add EMAIL --role owner")
NO_GOODS = Finding("goods", "there is nothing to buy: no product is published", "publish one at /staff/products")
NO_TARIFF = Finding("shipping", "nothing can be sent: the shipping tariff has no rows", "flask seed --tariff-only")
NO_WAREHOUSE = Finding(
    "settings",
    "WAREHOUSE_EMAIL is empty: nobody is told of orders to prepare",
    "set WAREHOUSE_EMAIL and restart the shop and its workers",
)
NO_EVENT = Finding(
    "events",
    "no event of Stripe has ever arrived: there is no webhook endpoint yet, or its secret is another one",
    "flask stripe check",
)
NO_WORKER = Finding(
    "events",
    "no worker has ever caught up with Stripe: what no webhook tells stays unknown",
    "start a worker, or flask orders reconcile",
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Return a production shop of its own on each database, migrated and empty."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}" if is_sqlite else request.getfixturevalue("postgres_empty_url")
    app = build(url, STRIPE_WEBHOOK_SECRETS=("whsec_test_secret", f"whsec_{'5' * 32}"))
    app.extensions["settings"].PROFILE = "production"
    app.extensions["files"] = FolderStore(tmp_path / "content")
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def tables_without_goods() -> dict[str, int]:
    """Return how many logins and coupons there are."""
    return {
        table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Customer, Coupon)
    }


def put_on_sale() -> None:
    """Make the first category and product, as an owner does on the pages."""
    owner = Actor(EMAIL)
    category_id = category_editing.create(CategoryDraft(name="Nutrición", name_en="Nutrition"), staff=owner)
    draft = ProductDraft(
        kind=ProductKind.PHYSICAL,
        name="Proteína de suero",
        name_en="Whey protein",
        description="Un tarro de 2 libras.",
        description_en="A tub of 2 pounds.",
        category_id=category_id,
        slug=WHEY,
        status=ProductStatus.PUBLISHED,
        variants=(VariantDraft(price_minor=12_990_000, units=10),),
    )
    editing.create(draft, staff=owner)


def findings() -> list[Finding]:
    db.session.rollback()
    return consistency.examine()


def test_the_doctor_says_what_an_empty_shop_lacks(shop: Flask, run: Run) -> None:
    settings = shop.extensions["settings"]
    wrong_secret = Finding(
        "settings",
        "secret 1 of STRIPE_WEBHOOK_SECRET is not a signing secret of Stripe",
        "copy it from the endpoint in Stripe's dashboard, or flask stripe setup --new-secret",
    )
    assert findings() == [NO_OWNER, NO_GOODS, NO_WAREHOUSE, wrong_secret, NO_EVENT, NO_WORKER]
    settings.STRIPE_WEBHOOK_SECRETS = ("whsec_short",)
    assert findings()[3].what == "STRIPE_WEBHOOK_SECRET is not a signing secret of Stripe"
    settings.STRIPE_WEBHOOK_SECRETS = ()
    assert findings()[3].what == "STRIPE_WEBHOOK_SECRET is empty: the shop does not start"
    settings.STRIPE_WEBHOOK_SECRETS = (f"whsec_{'5' * 32}",)
    settings.WAREHOUSE_EMAIL = "the warehouse"
    assert findings()[2].what == "WAREHOUSE_EMAIL is no e-mail address: the warehouse"
    with transaction():
        db.session.execute(delete(ShippingRate))
        db.session.execute(delete(ShippingMethod))
    done = run("doctor")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[:2] == [
        "staff    nobody can run the shop: it has no active owner",
        "         mend: flask staff add EMAIL --role owner",
    ]
    assert lines[-1] == "6 findings"


def test_each_finding_goes_with_what_it_told_to_do(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    settings = shop.extensions["settings"]
    with transaction():
        db.session.execute(delete(ShippingRate))
    settings.STRIPE_WEBHOOK_SECRETS = (f"whsec_{'5' * 32}",)
    assert findings() == [NO_OWNER, NO_GOODS, NO_TARIFF, NO_WAREHOUSE, NO_EVENT, NO_WORKER]
    run("staff", "add", EMAIL, "--role", "owner")
    (unconfirmed, *others) = findings()
    assert unconfirmed == Finding(
        "staff",
        f"nobody can run the shop: its owner {EMAIL} has not confirmed the address",
        f"flask staff add {EMAIL} --role owner --print-link",
    )
    assert others == [NO_GOODS, NO_TARIFF, NO_WAREHOUSE, NO_EVENT, NO_WORKER]
    run("staff", "add", EMAIL, "--role", "owner", "--password-stdin", input="caballo verde 88")
    assert findings() == [NO_GOODS, NO_TARIFF, NO_WAREHOUSE, NO_EVENT, NO_WORKER]
    assert run("seed", "--tariff-only").output == "Loaded a shipping tariff of 10 rates, the default one.\n"
    assert findings() == [NO_GOODS, NO_WAREHOUSE, NO_EVENT, NO_WORKER]
    put_on_sale()
    settings.WAREHOUSE_EMAIL = "bodega@example.com"
    assert findings() == [NO_EVENT, NO_WORKER]
    started = make.begin((WHEY, 1))
    paid = Story.of(make.order_of(started), started.session_id).completed()
    assert events.send(shop.test_client(), paid).status_code == 200
    assert run("mail", "deliver").exit_code == 0
    assert findings() == [NO_WORKER]
    reconcile.run_due()
    assert run("doctor").output == "healthy\n"


def test_a_demonstration_needs_no_warehouse_and_no_endpoint(shop: Flask) -> None:
    shop.extensions["settings"].PROFILE = "demo"
    assert findings() == [NO_OWNER, NO_GOODS]


def test_the_steps_that_the_owner_s_page_lists_go_one_by_one(shop: Flask, run: Run) -> None:
    settings = shop.extensions["settings"]
    assert consistency.missing_steps() == ["goods", "seller", "warehouse", "stripe", "mail"]
    settings.SELLER_NIT, settings.WAREHOUSE_EMAIL = "900.111.222-3", "bodega@tienda.co"
    settings.MAIL_DEFAULT_SENDER = "Tienda <hola@tienda.co>"
    put_on_sale()
    assert consistency.missing_steps() == ["stripe"]
    with transaction():
        db.session.execute(delete(ShippingRate))
    assert consistency.missing_steps() == ["tariff", "stripe"]
    settings.PROFILE = "demo"
    assert consistency.missing_steps() == ["tariff"]


def test_an_owner_who_signs_in_to_an_empty_shop_sees_what_is_missing(shop: Flask, run: Run) -> None:
    run("staff", "add", EMAIL, "--role", "owner", "--password-stdin", input="caballo verde 88")
    db.session.rollback()
    browser = Browser(shop.test_client())
    browser.get("/login")
    browser.send("/login", email=EMAIL, password="caballo verde 88")
    assert "Para abrir la tienda falta" in browser.text
    assert 'href="/staff/products/new"' in browser.text
    assert "<code>WAREHOUSE_EMAIL</code>" in browser.text
    put_on_sale()
    browser.get("/staff/")
    assert 'href="/staff/products/new"' not in browser.text
    browser.get("/staff/orders?status=confirmed")
    assert "Para abrir la tienda falta" not in browser.text, "a search shows what was looked for"


def test_a_disabled_owner_and_a_hidden_product_do_not_count(shop: Flask, run: Run) -> None:
    shop.extensions["settings"].PROFILE = "demo"
    run("seed")
    assert findings() == []
    with transaction():
        db.session.execute(update(Product).values(status="archived").execution_options(synchronize_session=False))
        is_owner = Customer.staff_role.is_not(None)
        db.session.execute(update(Customer).where(is_owner).values(staff_disabled_at=func.now()))
    assert findings() == [NO_OWNER, NO_GOODS]


def test_a_tariff_that_is_there_is_left_as_it_is(shop: Flask, run: Run) -> None:
    before = load_tariff()
    done = run("seed", "--tariff-only")
    assert (done.exit_code, done.output) == (1, "Error: The shop has a shipping tariff already; nothing was changed.\n")
    assert load_tariff() == before
    with transaction():
        db.session.execute(delete(ShippingRate))
        db.session.execute(delete(ShippingMethod))
    assert run("seed", "--tariff-only").output == "Loaded a shipping tariff of 10 rates, the default one.\n"
    assert load_tariff() == before, "the default tariff is the one that the first migration writes"


def test_the_demonstration_s_logins_stay_out_of_production(shop: Flask, run: Run) -> None:
    done = run("seed")
    assert done.exit_code == 1
    assert "published password" in done.output
    assert "Products are made at /staff/products." in done.output
    assert tables_without_goods() == {"customers": 0, "coupons": 0}
    assert make.count_of(Product) == 0


def test_commands_before_the_tables_are_made_say_what_to_do(shop: Flask, run: Run) -> None:
    downgrade(revision="base")
    sentence = "Error: The database is not at the newest migration: run flask db upgrade.\n"
    for words in (("staff", "list"), ("staff", "add", EMAIL, "--role", "owner"), ("seed", "--tariff-only")):
        done = run(*words)
        assert (done.exit_code, done.output) == (1, sentence), words
    found = run("doctor")
    assert found.exit_code == 1
    assert found.output.splitlines()[:2] == [
        "database the database is not at the newest migration", "         mend: flask db upgrade"
    ]  # fmt: skip
    upgrade()


def test_the_doctor_asks_stripe_what_a_shop_in_production_lacks_there(shop: Flask, run: Run, tmp_path: Path) -> None:
    """With an account of its own: the simulator's, without an endpoint and without a portal."""
    port, settings = free_port(), shop.extensions["settings"]
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{port}"
    arguments = ["-m", "stripe_simulator", "--port", str(port), "--database", str(tmp_path / "stripe"), "--no-portal"]
    with running(launch(*arguments, environ={"PATH": os.environ["PATH"]}, log=tmp_path / "log")):
        health = f"{settings.STRIPE_API_BASE}/_sim/health"
        wait_until(lambda: requests.get(health, timeout=2).ok, "the simulator's start")
        gateway = StripeGateway("sk_test_opening", settings.STRIPE_WEBHOOK_SECRETS, settings.STRIPE_API_BASE)
        shop.extensions["payments"] = gateway
        lacking = consistency.examine(with_stripe=True)
        endpoint = "No webhook endpoint at Stripe has the address http://localhost/api/checkout/webhook."
        assert Finding("stripe", endpoint, "flask stripe setup") in lacking
        assert run("stripe", "setup").exit_code == 0
        areas = [(finding.area, finding.what) for finding in consistency.examine(with_stripe=True)]
        assert [what for area, what in areas if area == "stripe"] == [
            "The key is a test key, and the profile is production: customers cannot pay with real money."
        ]
        settings.PROFILE = "demo"
        assert [finding.area for finding in consistency.examine(with_stripe=True)] == ["staff", "goods"]
