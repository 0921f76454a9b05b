"""search: the words of products in an index, synonyms, and searches that found nothing

Revision: 0040
Follows: 0039
Date: 2026-11-28 20:30:00
"""

from types import SimpleNamespace

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_AT_ONCE = 500

# What people in Colombia call things otherwise than a catalogue does; staff change it at /staff/search.
_SYNONYMS = {
    "pesas": "mancuerna kettlebell",
    "pesa": "mancuerna kettlebell",
    "lazo": "cuerda",
    "termo": "botella térmica",
    "caramañola": "botella shaker",
    "cantimplora": "botella",
    "colchoneta": "tapete",
    "esterilla": "tapete",
    "mat": "tapete",
    "suplementos": "proteína creatina",
    "supplements": "protein creatine",
    "tula": "maleta",
    "morral": "maleta",
    "bolso": "maleta",
    "mochila": "maleta",
    "ligas": "bandas",
    "elásticos": "bandas",
    "cauchos": "bandas",
    "faja": "cinturón",
    "correa": "cinturón",
    "playera": "camiseta",
    "franela": "camiseta",
    "remera": "camiseta",
    "tee": "shirt",
    "polo": "camiseta",
    "mezclador": "shaker",
    "coctelera": "shaker",
    "batidor": "shaker",
    "bola": "pelota balón",
    "fitball": "pelota",
    "membresía": "premium",
    "suscripción": "premium",
    "membership": "premium",
    "subscription": "premium",
    "rutinas": "plan guía",
    "ebook": "guía recetario",
    "libro": "guía recetario",
    "recetas": "recetario",
    "recipes": "cookbook",
    "correr": "carrera",
    "running": "carrera",
    "gym": "gimnasio",
    "gimnasio": "gym",
    "vegana": "vegetal",
    "vegan": "vegetal",
    "guisantes": "arveja",
    "whey": "suero",
    "abdominales": "abdominal",
    "pullups": "dominadas",
    "jump": "saltar",
    "skipping": "saltar",
    "tinto": "café",
    "banano": "maleta",
    "roller": "rodillo",
    "canguro": "maleta",
}


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("product_id", sa.String(26), nullable=False),
        sa.Column("weight", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("written", sa.String(40), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 4", name=op.f("ck_search_words_weight_known")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_search_words_product_id_products"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "product_id", "weight", name=op.f("pk_search_words")),
        sqlite_with_rowid=False,
    )
    synonyms = op.create_table(
        "search_synonyms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("meanings", sa.String(400), nullable=False),
        sa.CheckConstraint("word <> '' AND meanings <> ''", name=op.f("ck_search_synonyms_both_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_synonyms")),
        sa.UniqueConstraint("word", name=op.f("uq_search_synonyms_word")),
    )
    op.create_table(
        "search_misses",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.String(60), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_search_misses_times_positive")),
        sa.PrimaryKeyConstraint("day", "query", name=op.f("pk_search_misses")),
    )
    op.bulk_insert(synonyms, [{"word": word, "meanings": meanings} for word, meanings in _SYNONYMS.items()])
    _fill()
    op.create_index("ix_search_words_product", "search_words", ["product_id"])
    op.create_index("ix_search_words_rank", "search_words", ["word", "rank", "product_id", "weight"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_products_words")


def downgrade() -> None:
    """Undo this revision."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_products_words ON products USING gin (to_tsvector('simple', search_text))")
    for table in ("search_misses", "search_synonyms", "search_words"):
        op.drop_table(table)


def _fill() -> None:
    """Write the words of the products that there are, as the shop's own code does; `flask doctor` compares them."""
    from storefront.domain.search import words_of_product

    connection, last = op.get_bind(), ""
    categories = {row.id: row for row in connection.execute(sa.text("SELECT id, name, name_en FROM categories"))}
    columns = "id, name, name_en, description, description_en, brand, options, category_id, popularity"
    page = sa.text(f"SELECT {columns} FROM products WHERE id > :last ORDER BY id LIMIT {_AT_ONCE}")
    page = page.columns(options=sa.JSON())
    names = ("word", "product_id", "weight", "rank", "written")
    insert = sa.text(f"INSERT INTO search_words ({', '.join(names)}) VALUES (:{', :'.join(names)})")
    while rows := connection.execute(page, {"last": last}).all():
        last = rows[-1].id
        found = [
            dict(zip(names, entry))
            for row in rows
            for entry in words_of_product(SimpleNamespace(**row._mapping), categories[row.category_id])
        ]
        if found:
            connection.execute(insert, found)
