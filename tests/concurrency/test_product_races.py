"""Two people edit one product, or give one number or address to two, at once; beside each the version without guard."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, Select, event, func, select, update

from storefront.database import db, transaction
from storefront.domain.catalogue import Category, Product, ProductOption, Variant
from storefront.enums import ProductKind, ProductStatus
from storefront.errors import EditConflict, InvalidInput
from storefront.services.audit import Actor
from storefront.services.catalogue import editing
from storefront.services.catalogue.drafts import ProductDraft, ValueRename, VariantDraft, draft_of
from tests import factories as make
from tests.concurrency.conftest import at_once
from tests.conftest import build
from tests.fakes import FakeGateway

pytestmark = pytest.mark.concurrency
Race = Callable[..., list[Any]]
STAFF = Actor("ana@example.com")
_LOOKS = ("SELECT variants.sku \n", "SELECT products.id \nFROM products \nWHERE products.slug =")


def draft(name: str = "Camiseta", **values: Any) -> ProductDraft:
    sku = values.pop("sku", "")
    return ProductDraft(
        kind=ProductKind.PHYSICAL,
        name=name,
        name_en=name,
        description="Suave.",
        description_en="Soft.",
        category_id=db.session.scalar(select(Category.id).limit(1)) or 0,
        status=ProductStatus.PUBLISHED,
        variants=(VariantDraft(price_minor=5_990_000, sku=sku, units=3),),
        **values,
    )


def blue_in_sizes() -> ProductDraft:
    names, blue = ["S", "M", "L", "XL"], ["Azul"]
    rows = tuple(VariantDraft(values=(name, *blue), price_minor=5_990_000, units=50) for name in names)
    options: tuple[ProductOption, ...] = (
        {"name": "Talla", "name_en": "Size", "values": names, "values_en": names},
        {"name": "Color", "name_en": "Colour", "values": blue, "values_en": blue},
    )
    return replace(draft(), options=options, variants=rows)


@contextmanager
def slow_looks(engine: Engine) -> Iterator[None]:
    """Hold everybody up after the look at whose article number or address it is, so that all look before one writes."""

    def think(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(_LOOKS):
            looked.append(statement)
            time.sleep(0.2)

    looked: list[str] = []
    event.listen(engine, "after_cursor_execute", think)
    yield
    event.remove(engine, "after_cursor_execute", think)
    assert len(looked) >= 2, "nobody was slowed down"


@pytest.fixture
def _slow(shop: Flask) -> Iterator[None]:
    with slow_looks(db.engine):
        yield


def test_of_two_editors_at_once_one_saves_and_the_other_gets_both_versions(
    shop: Flask, race: Race, books: None
) -> None:
    product_id = editing.create(draft(), staff=STAFF)
    product = editing.get(product_id)
    seen, before = product.version, draft_of(product)
    drafts = [replace(before, name=name) for name in ("Lino", "Seda")]
    results = race(*(partial(editing.change, product_id, seen, one, staff=STAFF) for one in drafts))
    refused = [result for result in results if isinstance(result, EditConflict)]
    assert [len(refused), results.count(None)] == [1, 1], results
    winner = drafts[results.index(None)]
    assert refused[0].data["stored"].name == winner.name
    assert refused[0].data["typed"].name == next(one.name for one in drafts if one is not winner)
    db.session.rollback()
    assert (editing.get(product_id).name, editing.get(product_id).version) == (winner.name, seen + 1)


def test_without_the_version_in_the_statement_one_edit_is_lost(shop: Flask, race: Race) -> None:
    product_id = editing.create(draft(), staff=STAFF)

    def save(name: str) -> None:
        with transaction():
            db.session.execute(update(Product).where(Product.id == product_id).values(name=name))

    assert race(partial(save, "Lino"), partial(save, "Seda")) == [None, None], "both believe that they saved"


@pytest.mark.usefixtures("_slow", "books")
def test_one_article_number_goes_to_one_product_and_the_other_is_refused_at_its_field(shop: Flask, race: Race) -> None:
    results = race(*creations(sku="CAM-1"))
    refused = [result for result in results if isinstance(result, InvalidInput)]
    assert [refusal.problems for refusal in refused] == [{"variants-0-sku": "taken"}], results
    db.session.rollback()
    assert db.session.scalar(with_sku("CAM-1")) == 1


@pytest.mark.usefixtures("_slow", "books")
def test_one_address_goes_to_one_product_and_the_other_is_refused_at_its_field(shop: Flask, race: Race) -> None:
    results = race(*creations(slug="camiseta-nueva"))
    refused = [result for result in results if isinstance(result, InvalidInput)]
    assert [refusal.problems for refusal in refused] == [{"slug": "taken"}], results
    db.session.rollback()
    assert db.session.scalar(with_slug("camiseta-nueva")) == 1


@pytest.fixture
def own_shop(postgres_url: str) -> Iterator[Flask]:
    """Return a shop whose tables a test may change."""
    app = build(postgres_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("guard", "values", "counted"),
    [
        ("variants DROP CONSTRAINT uq_variants_sku", {"sku": "CAM-1"}, lambda: with_sku("CAM-1")),
        ("products DROP CONSTRAINT uq_products_slug", {"slug": "camiseta-nueva"}, lambda: with_slug("camiseta-nueva")),
    ],
    ids=["sku", "slug"],
)
def test_control_without_its_unique_key_the_look_alone_lets_both_have_it(
    own_shop: Flask, guard: str, values: dict[str, str], counted: Callable[[], Any]
) -> None:
    """The key is the lock. On SQLite a second writer waits before it looks, so there is nothing to show."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {guard}")
    with slow_looks(db.engine):
        results = at_once(own_shop, *creations(**values))
    assert [type(result) for result in results] == [str, str], "both believe that it is theirs"
    assert db.session.scalar(counted()) == 2


def creations(**values: str) -> list[Callable[[], str]]:
    """Return what makes two products; what is not given differs."""
    drafts = [draft(name, **{"sku": name.upper()} | values) for name in ("Lino", "Seda")]
    return [partial(editing.create, one, staff=STAFF) for one in drafts]


def with_sku(sku: str) -> Select[Any]:
    return select(func.count()).select_from(Variant).where(Variant.sku == sku)


def with_slug(slug: str) -> Select[Any]:
    return select(func.count()).select_from(Product).where(Product.slug == slug)


def rename_the_colour(product_id: str) -> None:
    """Give the one colour of a product another name three times."""
    for old, new in (("Azul", "Azul marino"), ("Azul marino", "Índigo"), ("Índigo", "Azul")):
        product = editing.get(product_id)
        before = draft_of(product)
        size, colour = before.options
        options = size, colour | ProductOption(name="Color", name_en="Colour", values=[new], values_en=[new])
        rows = tuple(replace(one, values=(one.values[0], new)) for one in before.variants)
        changed = replace(before, options=options, variants=rows, renames=(ValueRename(1, old, new),))
        editing.change(product_id, product.version, changed, staff=STAFF)


def test_a_colour_gets_another_name_while_many_order_it_in_all_sizes(
    shop: Flask, race: Race, books: None, gateway: FakeGateway
) -> None:
    product_id = editing.create(blue_in_sizes(), staff=STAFF)
    ids = [row.id for row in editing.get(product_id).variants]
    buyers = [partial(make.begin, *((one, 1) for one in order)) for order in (ids, ids[::-1]) * 8]
    results = race(*buyers[:8], partial(rename_the_colour, product_id), *buyers[8:])
    assert [result for result in results if isinstance(result, Exception)] == []
    db.session.rollback()
    assert {row.id: row.is_active for row in editing.get(product_id).variants} == dict.fromkeys(ids, True)
