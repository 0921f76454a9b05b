"""The home page with search and filters, and the product page."""

from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, render_template, request, session
from flask_login import current_user

from storefront.enums import BillingInterval, ProductKind
from storefront.i18n import current_language
from storefront.i18n.labels import as_sent
from storefront.money import pesos
from storefront.services import catalogue
from storefront.services.subscriptions import management
from storefront.web.form_tokens import new_token
from storefront.web.forms import QuantityForm
from storefront.web.number_fields import whole_pesos
from storefront.web.pages import requested_page

if TYPE_CHECKING:
    from storefront.domain.catalogue import Product

bp = Blueprint("catalogue", __name__)
_MOST_PESOS = 100_000_000
_LAST_PAGE = 10_000


class Filters(NamedTuple):
    """The filters of the query string, as they were typed."""

    q: str = ""
    category: str = ""
    kind: str = ""
    min: str = ""
    max: str = ""
    stock: str = ""
    sort: str = ""


class ProductFacts(NamedTuple):
    """What a product page shows of a product, in one language: the key of its cached fragments."""

    slug: str
    name: str
    description: str
    brand: str
    image: str
    price_minor: int
    original_price_minor: int | None
    tax_basis_points: int
    interval: BillingInterval | None
    trial_days: int
    kind: ProductKind
    is_physical: bool
    is_plan: bool
    available: int
    withdrawal_exception: str | None
    category: str
    category_name: str


@bp.get("/")
def home() -> str:
    """Show the catalogue, filtered by the query string."""
    filters = Filters(*(request.args.get(name, "").strip()[:100] for name in Filters._fields))
    search = _search(filters)
    page, categories = catalogue.cards(search), catalogue.categories()
    return render_template(
        "catalogue/home.html",
        page=page,
        filters=filters,
        categories=categories,
        kinds=tuple(ProductKind),
        sorts=catalogue.SORTS,
        heading=next(
            (category.name_in(current_language()) for category in categories if category.slug == search.category), ""
        ),
        is_plain=not any(filters[:-1]) and page.page == 1,
    )


@bp.get("/products/<slug>")
def product(slug: str) -> str:
    """Show one product."""
    return product_page(slug, QuantityForm(formdata=None))


def product_page(key: str, form: QuantityForm) -> str:
    """Return a product page with the given cart form and its errors."""
    product_row = catalogue.get_product(key)
    form.once.data, is_customer = new_token(), current_user.is_authenticated
    return render_template(
        "catalogue/product.html",
        product=_facts_of(product_row, current_language()),
        form=form,
        delivery=catalogue.delivery_promise(product_row),
        added=session.pop("added", None),
        has_plan=is_customer and product_row.is_plan and management.has(current_user.customer_id, product_row.id),
    )


def _facts_of(product: "Product", language: str) -> ProductFacts:
    return ProductFacts(
        slug=product.slug,
        name=product.name_in(language),
        description=product.description_in(language),
        brand=product.brand,
        image=product.image,
        price_minor=product.price_minor,
        original_price_minor=product.original_price_minor,
        tax_basis_points=product.tax_basis_points,
        interval=product.interval,
        trial_days=product.trial_days,
        kind=product.kind,
        is_physical=product.is_physical,
        is_plan=product.is_plan,
        available=as_sent(product.available),
        withdrawal_exception=product.withdrawal_exception,
        category=product.category.slug,
        category_name=product.category.name_in(language),
    )


def _search(filters: Filters) -> catalogue.Search:
    return catalogue.Search(
        text=filters.q,
        category=filters.category,
        kind=filters.kind if filters.kind in tuple(ProductKind) else "",
        min_price_minor=_price(filters.min),
        max_price_minor=_price(filters.max),
        in_stock=filters.stock == "1",
        sort=filters.sort if filters.sort in catalogue.SORTS else "popular",
        page=min(requested_page(), _LAST_PAGE),
    )


def _price(typed: str) -> int | None:
    """Return a price typed in pesos as minor units; other text is no filter."""
    number = whole_pesos(typed)
    return None if number is None else pesos(min(number, _MOST_PESOS))
