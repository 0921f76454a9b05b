"""The list of products that staff see: every state, found by name, article number or barcode."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from storefront.database import db
from storefront.domain.catalogue import Category, Product, Variant, units_left
from storefront.domain.inventory import Stock
from storefront.domain.search import read_query, words_match
from storefront.enums import ProductKind, ProductStatus
from storefront.services.catalogue.browsing import Page
from storefront.services.catalogue.filtering import is_in_category

STOCKS = ("low", "out")
"""What the list can be narrowed down to: some variant is running low, or has nothing left."""

_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff look for; empty fields do not filter."""

    text: str = ""
    status: str = ""
    category_id: int = 0
    stock: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A product in the list; `units` is None for what has no stock, `variants` counts those on sale."""

    id: str
    name: str
    slug: str
    kind: ProductKind
    status: ProductStatus
    published_from: datetime | None
    category: str
    price_minor: int
    price_max_minor: int
    variants: int
    units: int | None
    is_low: bool


def find(wanted: Wanted) -> Page[Row]:
    """Return one page of the products that match, newest first, in two statements."""
    matching = select(Product.id).where(*_conditions(wanted))
    total = db.session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    rows = db.session.execute(_rows(wanted).limit(_LIMIT).offset((wanted.page - 1) * _LIMIT)).all()
    return Page([_row(row) for row in rows], wanted.page, _LIMIT, total)


def _rows(wanted: Wanted) -> Select[Any]:
    variants = select(func.count()).where(Variant.product_id == Product.id, Variant.is_active)
    columns = (
        Product.id, Product.name, Product.slug, Product.kind, Product.status, Product.published_from,
        Category.name.label("category"), Product.price_minor, Product.price_max_minor,
        variants.correlate(Product).scalar_subquery().label("variants"), units_left().label("units"),
        _has_few(Variant.low_stock_at).label("is_low"),
    )  # fmt: skip
    statement = select(*columns).join(Category, Category.id == Product.category_id).where(*_conditions(wanted))
    return statement.order_by(Product.created_at.desc(), Product.id.desc())


def _row(row: Any) -> Row:
    values = row._asdict()
    if row.kind != ProductKind.PHYSICAL:
        values |= {"units": None, "is_low": False}
    return Row(**values | {"is_low": bool(values["is_low"])})


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        of_text = select(Variant.product_id).where(
            or_(
                func.upper(Variant.sku).startswith(wanted.text.upper(), autoescape=True), Variant.barcode == wanted.text
            )
        )
        words = words_match(read_query(wanted.text, with_hidden=True).stems)
        found.append(or_(Product.id.in_(of_text), and_(*words)) if words else Product.id.in_(of_text))
    if wanted.status in tuple(ProductStatus):
        found.append(Product.status == wanted.status)
    if wanted.category_id:
        found.append(is_in_category(wanted.category_id))
    if wanted.stock in STOCKS:
        found.append(Product.kind == ProductKind.PHYSICAL)
        found.append(_has_few(Variant.low_stock_at if wanted.stock == "low" else 0))
    return found


def _has_few(most: Any) -> ColumnElement[bool]:
    """Return whether some variant on sale has at most so many units left."""
    few = select(Variant.id).join(Stock, Stock.variant_id == Variant.id)
    few = few.where(Variant.product_id == Product.id, Variant.is_active, Stock.on_hand - Stock.reserved <= most)
    return few.correlate(Product).exists()
