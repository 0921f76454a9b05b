"""Looking around: the home page with search and filters, and one product."""

from typing import Any

from flask import Blueprint, render_template, request, session

from storefront.money import pesos
from storefront.services import catalogue, subscriptions
from storefront.web.findable import product_facts
from storefront.web.forms import QuantityForm
from storefront.web.links import url_for
from storefront.web.once import new_key
from storefront.web.pages import around
from storefront.web.visitor import visitor
from storefront.wording import current_language

bp = Blueprint("catalogue", __name__)
_MOST_PESOS = 100_000_000
_LAST_PAGE = 10_000
_KINDS = ("physical", "digital", "subscription")


@bp.get("/")
def home() -> str:
    """Show the catalogue, narrowed down by what the address asks for."""
    asked = _asked()
    search = _search(asked)
    page, shelves = catalogue.browse(search, in_short=True), catalogue.categories()
    return render_template(
        "catalogue/home.html",
        page=page,
        asked=asked,
        sorts=catalogue.SORTS,
        kinds=_KINDS,
        categories=shelves,
        heading=next((shelf.name_in(current_language()) for shelf in shelves if shelf.slug == search.category), ""),
        is_plain=not any(asked.get(name) for name in asked if name != "sort") and page.page == 1,
        link=lambda **changes: _link(asked, changes),
        pages=around(page.page, page.pages),
    )


@bp.get("/products/<slug>")
def product(slug: str) -> str:
    """Show one product."""
    return product_page(slug, QuantityForm(formdata=None))


def product_page(key: str, form: QuantityForm) -> str:
    """Return a product's page with the form for its cart button, as it stands."""
    found = catalogue.get_product(key)
    form.once.data, person = new_key(), visitor()
    return render_template(
        "catalogue/product.html",
        product=found,
        form=form,
        facts=product_facts(found),
        delivery=catalogue.delivery_promise(found),
        added=session.pop("added", None),
        has_plan=person is not None and found.is_plan and subscriptions.has(person.customer_id, found.id),
    )


def _asked() -> dict[str, str]:
    """Return the filters of the address as they were typed."""
    names = ("q", "category", "kind", "min", "max", "stock", "sort")
    return {name: request.args.get(name, "").strip()[:100] for name in names}


def _search(asked: dict[str, str]) -> catalogue.Search:
    return catalogue.Search(
        text=asked["q"],
        category=asked["category"],
        kind=asked["kind"] if asked["kind"] in _KINDS else "",
        min_price_minor=_price(asked["min"]),
        max_price_minor=_price(asked["max"]),
        in_stock=asked["stock"] == "1",
        sort=asked["sort"] if asked["sort"] in catalogue.SORTS else "popular",
        page=min(_number(request.args.get("page", "")) or 1, _LAST_PAGE),
    )


def _price(typed: str) -> int | None:
    """Return a price typed in pesos as minor units; dots, commas and signs do not matter, nonsense is no filter."""
    number = _number("".join(char for char in typed if char not in "$., \N{NO-BREAK SPACE}"))
    return None if number is None else pesos(min(number, _MOST_PESOS))


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 12 else None


def _link(asked: dict[str, str], changes: dict[str, Any]) -> str:
    """Return the address of this list with some filters changed; a changed filter starts at page one."""
    values = {name: value for name, value in (asked | changes).items() if value}
    return url_for("catalogue.home", **values)
