"""The texts of the shop (terms, privacy, returns, about) and its contact, for clients that show them themselves."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schemas.texts import ShopSchema, TextSchema, TextVersionSchema
from storefront.enums import TextPage
from storefront.errors import NotFound
from storefront.i18n import contact_hours, current_language, pickup_address, pickup_hours, text_page_label
from storefront.markup import filled, render
from storefront.services.texts import pages
from storefront.settings import contact, seller, settings, shop_texts

bp = ApiBlueprint("texts-api", __name__, url_prefix="/api", description="What the shop says of itself.")


@bp.operation(
    "GET",
    "/texts/<page>",
    access="anyone",
    limit="read",
    query=TextVersionSchema,
    response=TextSchema,
    refuses=(404,),
)
def get_text(query: dict[str, Any], page: str) -> dict[str, Any]:
    """Show a text: `terms`, `privacy`, `returns` or `about`; its newest version or, by `version`, an older one."""
    if page not in tuple(TextPage):
        raise NotFound(page=page)
    name = TextPage(page)
    found = pages.get(name, query.get("version", shop_texts().versions.get(name, 0)))
    text, words = found.text_in(current_language()), pages.words(found.seller if "version" in query else None)
    return {
        "page": found.page,
        "title": text_page_label(found.page),
        "version": found.version,
        "saved_at": found.saved_at,
        "text": filled(text, words),
        "html": str(render(text, words, settings().BASE_URL)),
    }


@bp.operation("GET", "/shop", access="anyone", limit="read", response=ShopSchema)
def show_shop() -> dict[str, Any]:
    """Show who sells, how to reach them, and where orders are picked up."""
    reached = contact()
    channels = {"email": reached.email, "phone": reached.phone, "whatsapp": reached.whatsapp}
    return {
        "name": settings().SHOP_NAME,
        "seller": seller(),
        "contact": {**channels, "hours": contact_hours()},
        "pickup": {"address": pickup_address(), "hours": pickup_hours()},
    }
