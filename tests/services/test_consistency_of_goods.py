"""The doctor about goods: lists agree with variants, what is published can be bought, stock is named by its SKU."""

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant, option_key
from storefront.domain.inventory import Stock
from storefront.enums import BillingInterval
from storefront.services.jobs import consistency
from storefront.services.jobs.consistency import Finding
from tests import factories as make
from tests.factories import PREMIUM, WHEY, sku_of

pytestmark = pytest.mark.dialects


def only() -> Finding:
    """Return the one thing that is wrong."""
    db.session.rollback()
    (found,) = consistency.examine()
    return found


def change(slug: str, **values: object) -> None:
    """Change a product's row by hand."""
    with transaction():
        db.session.execute(update(Product).where(Product.slug == slug).values(**values))


def product_of(slug: str) -> Product:
    return db.session.scalars(
        select(Product).where(Product.slug == slug).execution_options(populate_existing=True)
    ).one()


def test_a_shop_of_one_variant_each_agrees(shop: Flask) -> None:
    assert consistency.examine() == []
    assert consistency.repair() == 0


@pytest.mark.parametrize(
    ("slug", "values"),
    [
        (WHEY, {"price_minor": 100}),
        (WHEY, {"price_max_minor": 900_000_000}),
        (WHEY, {"original_price_minor": 900_000_000}),
        (PREMIUM, {"interval": BillingInterval.YEAR}),
    ],
)
def test_what_lists_show_is_set_to_what_the_variants_say(shop: Flask, slug: str, values: dict[str, object]) -> None:
    before = {name: getattr(product_of(slug), name) for name in values}
    change(slug, **values)
    assert only() == Finding("goods", f"{slug}: lists show other prices than its variants have", "flask doctor --fix")
    assert consistency.repair() == 1
    assert {name: getattr(product_of(slug), name) for name in values} == before
    assert consistency.examine() == []
    assert consistency.repair() == 0


def add_variants(slug: str, *prices: tuple[int, bool]) -> None:
    """Add variants with (price, whether they are sold), beside the one that there is, without telling the product."""
    with transaction():
        product = product_of(slug)
        for number, (price, is_active) in enumerate(prices, 1):
            values = [f"V{number}"]
            variant = Variant(
                product_id=product.id, sku=f"{slug.upper()}-{number}", option_values=values,
                option_key=option_key(values), price_minor=price, is_active=is_active, position=number,
            )  # fmt: skip
            db.session.add(variant)
            db.session.flush()
            db.session.add(Stock(variant_id=variant.id, initial=0, on_hand=0))


def test_inactive_variants_do_not_count_unless_all_are(shop: Flask) -> None:
    add_variants(WHEY, (100, False), (990_000_000, False))
    assert consistency.examine() == []
    dearer = product_of(WHEY).price_minor + 100
    with transaction():
        db.session.execute(
            update(Variant).where(Variant.sku == f"{WHEY.upper()}-2").values(is_active=True, price_minor=dearer)
        )
    assert only().what.startswith(WHEY)
    assert consistency.repair() == 1
    assert product_of(WHEY).price_max_minor == dearer
    with transaction():
        db.session.execute(update(Variant).where(Variant.product_id == product_of(WHEY).id).values(is_active=False))
    found = [finding.what for finding in consistency.examine()]
    assert f"{WHEY} is published and has no active variant" in found
    consistency.repair()
    assert product_of(WHEY).price_minor == 100


def test_goods_on_sale_that_nobody_received_are_named(shop: Flask) -> None:
    with transaction():
        db.session.execute(delete(Stock).where(Stock.variant_id == make.variant_id_of(WHEY)))
    sku = sku_of(WHEY)
    assert only() == Finding("stock", f"{sku} is on sale and nobody received any", f"flask stock receive {sku} UNITS")


def test_stock_is_named_by_its_sku(shop: Flask) -> None:
    make.begin((WHEY, 3))
    mine = update(Stock).where(Stock.variant_id == make.variant_id_of(WHEY))
    with transaction():
        db.session.execute(mine.values(reserved=1, on_hand=7))
    assert {finding.what for finding in consistency.examine()} == {
        f"{sku_of(WHEY)}: 7 on hand, the ledger says 120",
        f"{sku_of(WHEY)}: 1 reserved, open holds say 3",
    }
    assert consistency.repair() == 2
    assert make.stock_of(WHEY) == (120, 3)
