"""Bare Flask applications that do the least that can be done: what the shop's steps are compared with.

The list and the product are pages of the same bytes around the same rows, from one SELECT; the order is
the least that a shop can write when it is paid: lock it, change it, sell its lines, remember the event.
"""

import os
import secrets

from flask import Flask, Response, jsonify
from sqlalchemy import ForeignKey, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=20, max_overflow=10)

_CARD = """<li><article class="card"><img src="/static/img/products/{{ row.image }}-480.webp" alt="" loading="lazy"
 width="480" height="480"><div class="card-text"><p class="card-brand">{{ row.brand }}</p>
<h3><a class="card-link" href="/products/{{ row.slug }}">{{ row.name }}</a></h3>
<p class="card-price">$ {{ row.price_minor }}</p><p class="card-note"><span>IVA incluido</span> {{ row.available }}</p>
</div></article></li>"""
# Put together once; `render_template_string` would do so for every page, and a slow limit would flatter the shop.
_PAGE = app.jinja_env.from_string("{{ before|safe }}{% for row in rows %}" + _CARD + "{% endfor %}{{ after|safe }}")
_COLUMNS = "p.slug, p.name, p.brand, p.image, p.price_minor, p.description, s.on_hand - s.reserved AS available"
_LIST = text(f"""SELECT {_COLUMNS} FROM products p LEFT JOIN stock s ON s.variant_id = p.id
    WHERE p.status = 'published' ORDER BY p.popularity DESC, p.id DESC LIMIT 24""")
_ONE = text(f"SELECT {_COLUMNS} FROM products p LEFT JOIN stock s ON s.variant_id = p.id WHERE p.slug = :slug")
_FRAME = {"before": os.environ.get("FRAME_BEFORE", ""), "after": os.environ.get("FRAME_AFTER", "")}


class Base(DeclarativeBase):
    """Tables of the limit alone."""


class BareOrder(Base):
    """An order with what it must have."""

    __tablename__ = "bare_orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str]
    status: Mapped[str]
    total: Mapped[int]


class BareLine(Base):
    """A line of it."""

    __tablename__ = "bare_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("bare_orders.id"))
    product: Mapped[int]
    quantity: Mapped[int]


class BareStock(Base):
    """Units of a product."""

    __tablename__ = "bare_stock"
    id: Mapped[int] = mapped_column(primary_key=True)
    on_hand: Mapped[int]


@app.get("/hello")
def hello() -> str:
    """Answer with nothing behind it."""
    return "hello"


@app.get("/list")
def products() -> str:
    """Render as many rows as the shop's home page, from one SELECT."""
    with engine.connect() as connection:
        return _PAGE.render(rows=connection.execute(_LIST).all(), **_FRAME)


@app.get("/product/<slug>")
def product(slug: str) -> str:
    """Render one row."""
    with engine.connect() as connection:
        rows = connection.execute(_ONE, {"slug": slug}).all()
        return _PAGE.render(rows=rows, **_FRAME)


@app.post("/order/<int:product_id>")
def order(product_id: int) -> Response:
    """Write an order of two lines and take them from the stock, with the ORM, in one transaction."""
    with Session(engine) as session, session.begin():
        made = BareOrder(token=secrets.token_hex(8), status="paid", total=1)
        session.add(made)
        session.flush()
        for n in (product_id, product_id % 1000 + 1):
            session.add(BareLine(order_id=made.id, product=n, quantity=1))
        session.flush()
        for stock in session.scalars(
            select(BareStock)
            .where(BareStock.id.in_((product_id, product_id % 1000 + 1)))
            .order_by(BareStock.id)
            .with_for_update()
        ):
            stock.on_hand -= 1
    return jsonify(ok=True)


def prepare() -> None:
    """Make the limit's own tables."""
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE bare_stock"))
        connection.execute(text("INSERT INTO bare_stock SELECT n, 1000000 FROM generate_series(1, 1000) n"))


if __name__ == "__main__":
    prepare()
