"""what is bought is a variant of a product, with price, article number and stock of its own

Each product gets one variant with the product's id, so that ids in carts, orders, Stripe's metadata and apps stay
valid. Columns move to another table here, so the code of before cannot go on beside it: stop the shop for this one.

Revision: 0023
Follows: 0022
Date: 2026-11-28 16:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_WHOLE_PESOS = "price_minor > 0 AND price_minor / 100 * 100 = price_minor"
_ORIGINAL = "original_price_minor IS NULL OR original_price_minor > price_minor"
_INTERVALS = "interval IN ('day', 'week', 'month', 'year')"
_REASONS = "reason IN ('hold', 'sale', 'release', 'restock'"
_STAFF_REASONS = "'received', 'counted', 'damaged', 'corrected'"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "variants",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("barcode", sa.String(length=14), nullable=True),
        sa.Column("option_values", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("option_key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("original_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("low_stock_at", sa.Integer(), server_default="5", nullable=False),
        sa.Column("interval", sa.String(length=40), nullable=True),
        sa.Column("trial_days", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(_WHOLE_PESOS, name=op.f("ck_variants_price_whole_pesos")),
        sa.CheckConstraint(_ORIGINAL, name=op.f("ck_variants_original_higher")),
        sa.CheckConstraint("interval IN ('month', 'year')", name=op.f("ck_variants_interval_sold")),
        sa.CheckConstraint(_INTERVALS, name=op.f("ck_variants_interval_known")),
        sa.CheckConstraint("trial_days BETWEEN 0 AND 730", name=op.f("ck_variants_trial_in_range")),
        sa.CheckConstraint("weight_grams > 0", name=op.f("ck_variants_weight_positive")),
        sa.CheckConstraint("low_stock_at >= 0", name=op.f("ck_variants_low_stock_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_variants_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("product_id", "option_key", name=op.f("uq_variants_product_id_option_key")),
        sa.UniqueConstraint("sku", name=op.f("uq_variants_sku")),
    )
    op.create_index(op.f("ix_variants_barcode"), "variants", ["barcode"])
    op.execute(
        "INSERT INTO variants (id, product_id, sku, price_minor, original_price_minor, interval, trial_days)"
        " SELECT id, id, upper(slug), price_minor, original_price_minor, interval, trial_days FROM products"
    )
    _change_products()
    _change_categories()
    _point_to_variants()
    _change_lines()


def _change_products() -> None:
    status = "status IN ('draft', 'published', 'archived')"
    with op.batch_alter_table("products") as table:
        table.add_column(sa.Column("status", sa.String(length=40), server_default="published", nullable=False))
        table.add_column(sa.Column("published_from", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("facts", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("options", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("price_max_minor", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.execute("UPDATE products SET price_max_minor = price_minor")
    op.execute("UPDATE products SET status = 'archived' WHERE NOT is_published")
    with op.batch_alter_table("products") as table:
        table.alter_column("price_max_minor", existing_type=sa.BigInteger(), nullable=False)
        table.drop_constraint(op.f("ck_products_trial_in_range"), type_="check")
        table.create_check_constraint(op.f("ck_products_status_known"), status)
        table.create_check_constraint(op.f("ck_products_prices_in_order"), "price_max_minor >= price_minor")
        table.drop_column("is_published")
        table.drop_column("trial_days")


def _change_categories() -> None:
    with op.batch_alter_table("categories") as table:
        table.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("is_visible", sa.Boolean(), server_default=sa.true(), nullable=False))
        table.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_categories_parent_id_categories"), "categories", ["parent_id"], ["id"])
        table.create_check_constraint(op.f("ck_categories_not_its_own_parent"), "parent_id <> id")
        table.create_index(op.f("ix_categories_parent_id"), ["parent_id"])
    op.create_table(
        "former_slugs",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("target_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("kind IN ('product', 'category')", name=op.f("ck_former_slugs_kind_known")),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_former_slugs")),
    )


def _point_to_variants() -> None:
    """Let stock, holds, movements and cart lines name variants, whose ids are those of the products until now."""
    for name in ("stock", "stock_holds", "stock_movements", "cart_lines"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"fk_{name}_product_id_products"), type_="foreignkey")
            if name == "cart_lines":
                table.drop_constraint(op.f("uq_cart_lines_cart_id_product_id"), type_="unique")
            if name in ("stock_holds", "stock_movements"):
                table.drop_index(op.f(f"ix_{name}_product_id"))
            table.alter_column("product_id", new_column_name="variant_id", existing_type=sa.String(length=26))
        with op.batch_alter_table(name) as table:
            table.create_foreign_key(op.f(f"fk_{name}_variant_id_variants"), "variants", ["variant_id"], ["id"])
            if name == "cart_lines":
                table.create_unique_constraint(op.f("uq_cart_lines_cart_id_variant_id"), ["cart_id", "variant_id"])
            if name in ("stock_holds", "stock_movements"):
                table.create_index(op.f(f"ix_{name}_variant_id"), ["variant_id"])
    with op.batch_alter_table("stock_movements") as table:
        table.add_column(sa.Column("actor", sa.String(length=254), server_default="", nullable=False))
        table.add_column(sa.Column("note", sa.String(length=300), server_default="", nullable=False))
        table.drop_constraint(op.f("ck_stock_movements_reason_known"), type_="check")
        table.create_check_constraint(op.f("ck_stock_movements_reason_known"), f"{_REASONS}, {_STAFF_REASONS})")


def _change_lines() -> None:
    with op.batch_alter_table("order_lines") as table:
        table.add_column(sa.Column("variant_id", sa.String(length=26), nullable=True))
        table.add_column(sa.Column("sku", sa.String(length=80), server_default="", nullable=False))
        table.add_column(sa.Column("options", sa.JSON(), server_default="{}", nullable=False))
        table.create_foreign_key(op.f("fk_order_lines_variant_id_variants"), "variants", ["variant_id"], ["id"])
    op.execute("UPDATE order_lines SET variant_id = product_id, sku = upper(slug) WHERE product_id IS NOT NULL")
    with op.batch_alter_table("subscriptions") as table:
        table.add_column(sa.Column("variant_id", sa.String(length=26), nullable=True))
        table.create_foreign_key(op.f("fk_subscriptions_variant_id_variants"), "variants", ["variant_id"], ["id"])
    op.execute("UPDATE subscriptions SET variant_id = product_id")


def downgrade() -> None:
    """Bring the tables back to the revision before: the variants of a product become one, with all their units."""
    with op.batch_alter_table("subscriptions") as table:
        table.drop_constraint(op.f("fk_subscriptions_variant_id_variants"), type_="foreignkey")
        table.drop_column("variant_id")
    with op.batch_alter_table("order_lines") as table:
        table.drop_constraint(op.f("fk_order_lines_variant_id_variants"), type_="foreignkey")
        for column in ("variant_id", "sku", "options"):
            table.drop_column(column)
    op.execute(f"DELETE FROM stock_movements WHERE reason IN ({_STAFF_REASONS})")
    with op.batch_alter_table("stock_movements") as table:
        table.drop_constraint(op.f("ck_stock_movements_reason_known"), type_="check")
        table.create_check_constraint(op.f("ck_stock_movements_reason_known"), f"{_REASONS})")
        table.drop_column("actor")
        table.drop_column("note")
    for name in ("stock", "stock_holds", "stock_movements", "cart_lines"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"fk_{name}_variant_id_variants"), type_="foreignkey")
            if name == "cart_lines":
                table.drop_constraint(op.f("uq_cart_lines_cart_id_variant_id"), type_="unique")
            if name in ("stock_holds", "stock_movements"):
                table.drop_index(op.f(f"ix_{name}_variant_id"))
        _merge_variants(name)
        with op.batch_alter_table(name) as table:
            table.alter_column("variant_id", new_column_name="product_id", existing_type=sa.String(length=26))
        with op.batch_alter_table(name) as table:
            table.create_foreign_key(op.f(f"fk_{name}_product_id_products"), "products", ["product_id"], ["id"])
            if name == "cart_lines":
                table.create_unique_constraint(op.f("uq_cart_lines_cart_id_product_id"), ["cart_id", "product_id"])
            if name in ("stock_holds", "stock_movements"):
                table.create_index(op.f(f"ix_{name}_product_id"), ["product_id"])
    op.drop_table("former_slugs")
    with op.batch_alter_table("categories") as table:
        table.drop_constraint(op.f("fk_categories_parent_id_categories"), type_="foreignkey")
        table.drop_constraint(op.f("ck_categories_not_its_own_parent"), type_="check")
        table.drop_index(op.f("ix_categories_parent_id"))
        for column in ("position", "is_visible", "parent_id"):
            table.drop_column(column)
    with op.batch_alter_table("products") as table:
        table.add_column(sa.Column("is_published", sa.Boolean(), server_default=sa.true(), nullable=False))
        table.add_column(sa.Column("trial_days", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE products SET is_published = (status = 'published')")
    op.execute("UPDATE products SET trial_days = coalesce((SELECT max(trial_days) FROM variants"
        " WHERE variants.product_id = products.id), 0)")
    with op.batch_alter_table("products") as table:
        table.drop_constraint(op.f("ck_products_status_known"), type_="check")
        table.drop_constraint(op.f("ck_products_prices_in_order"), type_="check")
        table.create_check_constraint(op.f("ck_products_trial_in_range"), "trial_days BETWEEN 0 AND 730")
        for column in ("status", "published_from", "facts", "options", "price_max_minor", "version"):
            table.drop_column(column)
    op.drop_index(op.f("ix_variants_barcode"), table_name="variants")
    op.drop_table("variants")


_MERGED = {
    "stock": "SELECT v.product_id, sum(r.initial) AS initial, sum(r.on_hand) AS on_hand,"
    " sum(r.reserved) AS reserved",
    "stock_holds": "SELECT r.order_id, v.product_id, sum(r.quantity)",
    "cart_lines": "SELECT min(r.id) AS id, r.cart_id, v.product_id, CASE WHEN sum(r.quantity) > 100 THEN 100"
    " ELSE sum(r.quantity) END AS quantity, min(r.seen_price_minor) AS seen_price_minor",
}
_GROUPS = {"stock": "v.product_id", "stock_holds": "r.order_id, v.product_id", "cart_lines": "r.cart_id, v.product_id"}


def _merge_variants(name: str) -> None:
    """Give the rows of a product's variants the product's id; where one is allowed only, they become one."""
    if name == "stock_movements":
        its_product = "SELECT product_id FROM variants WHERE id = stock_movements.variant_id"
        op.execute(f"UPDATE stock_movements SET variant_id = ({its_product})")
        return
    joined = f"FROM {name} r JOIN variants v ON v.id = r.variant_id GROUP BY {_GROUPS[name]}"
    op.execute(f"CREATE TABLE merged_{name} AS {_MERGED[name]} {joined}")
    op.execute(f"DELETE FROM {name}")
    op.execute(f"INSERT INTO {name} SELECT * FROM merged_{name}")
    op.execute(f"DROP TABLE merged_{name}")
