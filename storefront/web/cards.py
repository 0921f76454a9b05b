"""The card of a product in a list, drawn once for each face that it can show."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app, request
from markupsafe import Markup

if TYPE_CHECKING:
    from storefront.domain.catalog import Product


class Face(NamedTuple):
    """Everything that a card shows, as it was read just now: another price or stock is another card."""

    slug: str
    name: str
    brand: str
    image: str
    price_minor: int
    original_price_minor: int | None
    tax_basis_points: int
    interval: str | None
    kind: str
    is_physical: bool
    available: int

    def name_in(self, _language: str) -> str:
        """Return the name, which is in the reader's language already."""
        return self.name


def card(product: "Product", language: str, eager: bool = False) -> Markup:
    """Return the card of a product; `eager` for the first picture that is seen."""
    face = Face(
        product.slug,
        product.name_in(language),
        product.brand,
        product.image,
        product.price_minor,
        product.original_price_minor,
        product.tax_basis_points,
        product.interval,
        product.kind,
        product.is_physical,
        product.available,
    )
    # Whoever works on the templates wants to see each change.
    draw = _drawn.__wrapped__ if current_app.debug else _drawn
    return draw(language, request.script_root, eager, face)


@lru_cache(maxsize=4096)
def _drawn(language: str, _root: str, eager: bool, face: Face) -> Markup:
    said: dict[str, Any] = {"language": language}
    macros: Any = current_app.jinja_env.get_template("macros/product.html").make_module(said)
    drawn: Markup = macros.card(face, eager)
    return drawn
