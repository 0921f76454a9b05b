"""The home page with search and filters, and the product page."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.clock import now
from storefront.enums import FunnelStep, PageKind, ProductKind
from storefront.errors import NotFound
from storefront.i18n import current_language
from storefront.money import pesos
from storefront.services import catalogue
from storefront.services.catalogue import misses, previews
from storefront.services.catalogue import reviews as product_reviews
from storefront.services.delivery import promises
from storefront.services.subscriptions import management
from storefront.step_counting import count_step
from storefront.web.current_user import is_staff
from storefront.web.form_tokens import new_token
from storefront.web.forms import EmailForm, QuantityForm
from storefront.web.links import list_links
from storefront.web.number_fields import whole_pesos
from storefront.web.pages import requested_page
from storefront.web.product_facts import chosen_variant, facts_of
from storefront.web.seo import list_facts

bp = Blueprint("catalogue", __name__)
_MOST_PESOS = 100_000_000
_LAST_PAGE = 10_000
_SINGLE = ("q", "category", "kind", "min", "max", "stock", "sort")
_MOST_LETTERS, _MOST_VALUES = 100, 20
_MOST_RECENT = 4
_POPULAR = 6
"""Products that a search without a result shows."""


class Filters(NamedTuple):
    """The filters of the query string, as they were typed."""

    q: str = ""
    category: str = ""
    kind: str = ""
    min: str = ""
    max: str = ""
    stock: str = ""
    sort: str = ""
    brand: tuple[str, ...] = ()
    option: tuple[str, ...] = ()

    @classmethod
    def of_request(cls) -> "Filters":
        """Return the filters of this request: there may be several brands, and values of options such as `Talla:M`."""
        single = {name: request.args.get(name, "").strip()[:_MOST_LETTERS] for name in _SINGLE}
        return cls(**single, brand=_several("brand"), option=_several("option"))

    @property
    def chosen(self) -> int:
        """Return how many filters are on, other than the words and the category."""
        return len(self.brand) + len(self.option) + sum(map(bool, (self.kind, self.min or self.max, self.stock)))


@bp.get("/")
def home() -> str | Response:
    """Show the catalogue, filtered by the query string; a former address of a category leads to the present one."""
    filters = Filters.of_request()
    search, categories = _search(filters), catalogue.categories()
    is_listed = not search.category or any(category.slug == search.category for category in categories)
    if not is_listed and (present := catalogue.current_slug(PageKind.CATEGORY, search.category)):
        return redirect(list_links(filters)(category=present), 301)
    page, facets = catalogue.cards_and_facets(search)
    heading = next((one.name_in(current_language()) for one in categories if one.slug == search.category), "")
    is_open = bool(page.items) and not any(filters._replace(category=""))
    if search.text and not page.total and not any(filters._replace(q="", sort="")):
        misses.count(search.text, now=now())
    return render_template(
        "catalogue/home.html",
        page=page,
        popular=() if page.total else catalogue.cards(catalogue.Search(limit=_POPULAR)).items,
        filters=filters,
        categories=categories,
        kinds=tuple(ProductKind),
        facets=facets,
        counts=_counts(filters, facets, categories),
        least_price=search.min_price_minor,
        most_price=search.max_price_minor,
        sorts=catalogue.SORTS,
        heading=heading,
        facts=list_facts(heading, search.category) if is_open else [],
        is_open=is_open,
        is_plain=not any(filters._replace(sort="")) and page.page == 1,
    )


@bp.get("/recent-products")
def recent() -> str:
    """Return the cards of the products that a browser remembers; who looked at them is not known and not kept."""
    slugs = [slug[:80] for slug in request.args.getlist("slug")[:_MOST_RECENT]]
    return render_template("catalogue/recent.html", cards=catalogue.cards_named(slugs))


@bp.get("/products/<slug>")
def product(slug: str) -> str | Response:
    """Show one product, with the variant that the query string names or the first that there is.

    A former address of the product leads to the present one.
    """
    try:
        page = product_page(slug, QuantityForm(formdata=None), variant_id=request.args.get("variant", ""))
    except NotFound:
        if present := catalogue.current_slug(PageKind.PRODUCT, slug):
            return redirect(url_for(".product", slug=present, variant=request.args.get("variant")), 301)
        raise
    count_step(FunnelStep.PRODUCT, is_staff=is_staff())
    return page


@bp.get("/products/<slug>/reviews")
def reviews(slug: str) -> str:
    """Show the reviews of a product, a page of them."""
    found = product_reviews.list_of(slug, page=requested_page())
    return render_template("catalogue/reviews.html", found=found, page=found.reviews)


@bp.get("/products/preview/<token>")
def preview(token: str) -> str:
    """Show a product that is not published to whoever has the signed link; nothing can be bought there."""
    product_row = previews.open_product(token)
    variants = product_row.active_variants or product_row.variants
    chosen = next((variant for variant in variants if variant.id == request.args.get("variant")), variants[0])
    form = QuantityForm(formdata=None)
    return render_template(
        "catalogue/preview.html",
        product=facts_of(product_row, chosen, current_language()),
        form=form,
        alert=None,
        related=(),
        reviews=(),
        delivery=None,
        shipping=None,
        added=None,
        has_plan=False,
    )


def product_page(key: str, form: QuantityForm, *, variant_id: str = "", alert: EmailForm | None = None) -> str:
    """Return a product page with the given cart form, or form of a stock alert, and its errors.

    `key` may be that of a variant, too.
    """
    page = catalogue.get_product_page(key)
    variant = chosen_variant(page.product, variant_id or key)
    form.once.data, is_customer = new_token(), current_user.is_authenticated
    return render_template(
        "catalogue/product.html",
        product=facts_of(page.product, variant, current_language()),
        form=form,
        alert=alert or (None if variant.available else _alert_form()),
        related=page.related,
        reviews=page.reviews,
        delivery=page.delivery_promise(variant),
        shipping=promises.terms_of(page.standard) if page.product.is_physical else None,
        added=session.pop("added", None),
        has_plan=is_customer and page.product.is_plan and management.has(current_user.customer_id, page.product.id),
    )


def _alert_form() -> EmailForm:
    """Return the form of a stock alert, with the address of who is signed in."""
    return EmailForm(formdata=None, data={"email": current_user.email if current_user.is_authenticated else ""})


def _search(filters: Filters) -> catalogue.Search:
    return catalogue.Search(
        text=filters.q,
        category=filters.category,
        brands=filters.brand,
        options=tuple((name, value) for name, _, value in (text.partition(":") for text in filters.option)),
        kind=filters.kind if filters.kind in tuple(ProductKind) else "",
        min_price_minor=_price(filters.min),
        max_price_minor=_price(filters.max),
        in_stock=filters.stock == "1",
        sort=filters.sort if filters.sort in catalogue.SORTS else "popular",
        page=min(requested_page(), _LAST_PAGE),
    )


def _counts(
    filters: Filters, facets: catalogue.Facets, categories: Sequence[catalogue.CategoryCount]
) -> tuple[tuple[str, int], ...]:
    """Return how many products each category has of those that the other filters leave, as far as it is known."""
    if filters.q:
        return tuple((one.value, one.products) for one in facets.categories if one.products is not None)
    return () if filters.chosen else tuple((one.slug, one.count) for one in categories)


def _several(name: str) -> tuple[str, ...]:
    """Return the values of a filter that may have several, each once."""
    texts = (text.strip()[:_MOST_LETTERS] for text in request.args.getlist(name)[:_MOST_VALUES])
    return tuple(dict.fromkeys(filter(None, texts)))


def _price(typed: str) -> int | None:
    """Return a price typed in pesos as minor units; other text is no filter."""
    number = whole_pesos(typed)
    return None if number is None else pesos(min(number, _MOST_PESOS))
