"""coupons and delivery as staff change them: versions, methods that are off, zones of places, carriers, pickup

Revision: 0037
Follows: 0036
Date: 2026-11-28 21:00:00
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_CODE = "code <> '' AND ltrim(code, 'ABCDEFGHIJKLMNÑOPQRSTUVWXYZ0123456789-_.') = ''"
_PESOS = (
    "(kind <> 'fixed' OR value / 100 * 100 = value) AND minimum_minor / 100 * 100 = minimum_minor"
    " AND (cap_minor IS NULL OR cap_minor / 100 * 100 = cap_minor)"
)
_METHOD_PESOS = (
    "base_minor / 100 * 100 = base_minor AND (free_from_minor IS NULL OR free_from_minor / 100 * 100 = free_from_minor)"
)
_ZONES = "zone IN ('local', 'main', 'national', 'remote')"
_TEMPLATE = (
    "tracking_template = '' OR substr(tracking_template, 1, 8) = 'https://'"
    " AND replace(tracking_template, '{tracking_number}', '') <> tracking_template"
)
_CARRIERS = (
    ("servientrega", "Servientrega", "https://www.servientrega.com/wps/portal/rastreo-envio/detalle?id={tracking_number}"),
    ("coordinadora", "Coordinadora", "https://coordinadora.com/rastreo/rastreo-de-guia/?guia={tracking_number}"),
    ("interrapidisimo", "Inter Rapidísimo", "https://interrapidisimo.com/sigue-tu-envio/?guia={tracking_number}"),
    ("envia", "Envía", "https://envia.co/rastreo?guia={tracking_number}"),
    ("tcc", "TCC", "https://tcc.com.co/rastreo/?guia={tracking_number}"),
    ("deprisa", "Deprisa", "https://www.deprisa.com/rastreo?guia={tracking_number}"),
)  # fmt: skip
_STANDARD_IS_FREE_FROM = 20_000_000


def upgrade() -> None:
    """Bring the tables to this revision, or stop with the coupons that do not fit before anything has changed."""
    _require_coupons_that_fit()
    code = sa.CheckConstraint(_CODE, name=op.f("ck_coupons_code_written"))
    amounts = sa.CheckConstraint(_PESOS, name=op.f("ck_coupons_amounts_whole_pesos"))
    op.add_column("coupons", sa.Column("version", sa.Integer(), code, amounts, server_default="1", nullable=False))
    op.add_column("coupons", sa.Column("terms", sa.Integer(), server_default="1", nullable=False))
    op.add_column("carts", sa.Column("coupon_terms", sa.Integer(), nullable=True))
    amounts = sa.CheckConstraint(_METHOD_PESOS, name=op.f("ck_shipping_methods_amounts_whole_pesos"))
    is_active = sa.Column("is_active", sa.Boolean(), amounts, server_default=sa.true(), nullable=False)
    op.add_column("shipping_methods", is_active)
    for name in ("name", "name_en"):
        op.add_column("shipping_methods", sa.Column(name, sa.String(length=60), server_default="", nullable=False))
    # Until now an empty threshold of standard delivery meant the shop's default one; now it means that it costs.
    empty = "UPDATE shipping_methods SET free_from_minor = :amount WHERE code = 'standard' AND free_from_minor IS NULL"
    op.execute(sa.text(empty).bindparams(amount=_STANDARD_IS_FREE_FROM))
    _create_tables()


def downgrade() -> None:
    """Take the tables back to the revision before; own names, carriers, zones of places and pickup are lost."""
    for table in ("carriers", "municipality_zones", "delivery_settings"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":  # which drops the checks of a column with it
        op.drop_constraint("ck_shipping_methods_amounts_whole_pesos", "shipping_methods")
        op.drop_constraint("ck_coupons_amounts_whole_pesos", "coupons")
        op.drop_constraint("ck_coupons_code_written", "coupons")
    for name in ("name_en", "name", "is_active"):
        op.drop_column("shipping_methods", name)
    op.drop_column("carts", "coupon_terms")
    for name in ("terms", "version"):
        op.drop_column("coupons", name)


def _require_coupons_that_fit() -> None:
    found = op.get_bind().execute(sa.text(f"SELECT id, code FROM coupons WHERE NOT ({_CODE}) ORDER BY id"))  # nosec B608
    codes = [f"coupons.code: id {row.id} has code {row.code!r} -- capitals, digits, - _ and . only" for row in found]
    found = op.get_bind().execute(sa.text(f"SELECT id FROM coupons WHERE NOT ({_PESOS}) ORDER BY id"))  # nosec B608
    amounts = [f"coupons: id {row.id} has an amount with centavos" for row in found]
    found = op.get_bind().execute(sa.text(f"SELECT code FROM shipping_methods WHERE NOT ({_METHOD_PESOS})"))  # nosec B608
    methods = [f"shipping_methods: {row.code} has an amount with centavos" for row in found]
    if rows := codes + amounts + methods:
        raise CommandError("\n".join(["Correct these rows and migrate again; nothing has changed:", *rows]))


def _create_tables() -> None:
    op.create_table(
        "delivery_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cut_off_hour", sa.Integer(), nullable=True),
        sa.Column("pickup_address", sa.String(length=160), server_default="", nullable=False),
        sa.Column("pickup_hours", sa.String(length=120), server_default="", nullable=False),
        sa.Column("pickup_hours_en", sa.String(length=120), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_delivery_settings_only_row")),
        sa.CheckConstraint("cut_off_hour BETWEEN 0 AND 24", name=op.f("ck_delivery_settings_cut_off_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_settings")),
    )
    op.execute(sa.text("INSERT INTO delivery_settings (id) VALUES (1)"))
    op.create_table(
        "municipality_zones",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.CheckConstraint("length(code) = 5", name=op.f("ck_municipality_zones_code_written")),
        sa.CheckConstraint(_ZONES, name=op.f("ck_municipality_zones_zone_known")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_municipality_zones")),
    )
    carriers = op.create_table(
        "carriers",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("tracking_template", sa.String(length=240), server_default="", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_carriers_named")),
        sa.CheckConstraint(
            "code <> '' AND ltrim(code, 'abcdefghijklmnopqrstuvwxyz0123456789-') = ''",
            name=op.f("ck_carriers_code_written"),
        ),
        sa.CheckConstraint(_TEMPLATE, name=op.f("ck_carriers_template_usable")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_carriers")),
    )
    rows = [{"code": code, "name": name, "tracking_template": template} for code, name, template in _CARRIERS]
    op.bulk_insert(carriers, rows)
