"""What is suggested to somebody who types into the search: products, categories, and the nearest words."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.services.catalogue.browsing import CategoryCount, cards, categories
from storefront.services.catalogue.filtering import Search
from storefront.services.catalogue.product_cards import ProductCard
from storefront.text import fold

MOST_PRODUCTS = 6
MOST_CATEGORIES = 3


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What to show under the search field; `did_you_mean` is empty if the text was understood as it was typed."""

    products: Sequence[ProductCard] = ()
    categories: Sequence[CategoryCount] = ()
    did_you_mean: str = ""


def suggest(text: str) -> Suggestions:
    """Return the first results of a search, in the order of the list, and the categories that are named like it."""
    if not fold(text):
        return Suggestions()
    page = cards(Search(text=text, limit=MOST_PRODUCTS))
    return Suggestions(
        products=page.items,
        categories=_named_like(text),
        did_you_mean=page.query.corrected or ("" if page.items else page.query.nearest),
    )


def _named_like(text: str) -> list[CategoryCount]:
    """Return categories with a word that begins like each word that was typed."""
    typed = fold(text).split()
    found = []
    for category in categories():
        words = fold(f"{category.name} {category.name_en}").split()
        if all(any(word.startswith(part) for word in words) for part in typed):
            found.append(category)
    return found[:MOST_CATEGORIES]
