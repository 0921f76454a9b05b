"""The pages of a product's reviews."""

from typing import NamedTuple

from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product, Rating, names_product, rating_of
from storefront.domain.product_review import ProductReview
from storefront.errors import NotFound
from storefront.services.catalogue.browsing import Page
from storefront.services.catalogue.review_rows import ReviewShown, approved

A_PAGE = 10


class ReviewsPage(NamedTuple):
    """A page of a product's reviews, with what belongs to the product."""

    slug: str
    name: str
    name_en: str
    rating: Rating
    reviews: Page[ReviewShown]

    def name_in(self, language: str) -> str:
        """Return the product's name in a language of the shop."""
        return self.name_en if language == "en" else self.name


def list_of(key: str, *, page: int = 1, limit: int = A_PAGE) -> ReviewsPage:
    """Return a page of the approved reviews of a product on sale, newest first, in two statements; or `NotFound`."""
    columns = (Product.id, Product.slug, Product.name, Product.name_en, Product.review_stars, Product.review_count)
    found = db.session.execute(select(*columns).where(names_product(key), Product.is_published)).one_or_none()
    if found is None:
        raise NotFound(product_id=key)
    product_id, slug, name, name_en, stars, count = found
    shown = approved().where(ProductReview.product_id == product_id)
    rows = db.session.execute(shown.limit(limit).offset((page - 1) * limit)) if count else ()
    items = [ReviewShown._make(row) for row in rows]
    return ReviewsPage(slug, name, name_en, rating_of(stars, count), Page(items, page, limit, count))
