"""Pages about the shop: what staff write in versions (terms, privacy, returns, about), and contact."""

from flask import Blueprint, render_template

from storefront.enums import TextPage
from storefront.services.texts import pages
from storefront.settings import shop_texts
from storefront.web.seo import organization_facts

bp = Blueprint("help", __name__)


@bp.get("/terms")
def terms() -> str:
    """Show the terms of sale."""
    return _newest(TextPage.TERMS)


@bp.get("/terms/<int:version>")
def terms_version(version: int) -> str:
    """Show a version of the terms, such as the one that an order was made under."""
    return _page(TextPage.TERMS, version, is_newest=False)


@bp.get("/privacy")
def privacy() -> str:
    """Show the privacy policy (habeas data)."""
    return _newest(TextPage.PRIVACY)


@bp.get("/returns")
def returns() -> str:
    """Show the right of withdrawal, warranty and refunds."""
    return _newest(TextPage.RETURNS)


@bp.get("/about")
def about() -> str:
    """Show who is behind the shop."""
    return _newest(TextPage.ABOUT)


@bp.get("/contact")
def contact() -> str:
    """Show how to reach the seller."""
    return render_template("help/contact.html", organization=organization_facts())


def _newest(page: TextPage) -> str:
    return _page(page, shop_texts().versions.get(page, 0), is_newest=True)


def _page(page: TextPage, version: int, *, is_newest: bool) -> str:
    found = pages.get(page, version)
    words = pages.words(None if is_newest else found.seller)
    return render_template("help/text.html", found=found, words=words, is_newest=is_newest)
