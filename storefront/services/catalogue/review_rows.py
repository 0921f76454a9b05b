"""Reviews as shoppers see them, and the few that come with the statement of a product's page."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, cast, select

from storefront.domain.catalogue import Product
from storefront.domain.catalogue.gallery import RowsAsJson
from storefront.domain.product_review import ProductReview
from storefront.enums import ProductReviewStatus

ON_PAGE = 3
"""Reviews on the page of a product; a page of their own has the others."""


class ReviewShown(NamedTuple):
    """A review as shoppers see it."""

    id: str
    stars: int
    title: str
    text: str
    author: str
    language: str
    answer: str
    created_at: datetime


def approved() -> Select[*tuple[Any, ...]]:
    """Return the approved reviews, newest first, as a statement for `ReviewShown`."""
    columns = (
        ProductReview.id, ProductReview.stars, ProductReview.title, ProductReview.text, ProductReview.author,
        ProductReview.language, ProductReview.answer, ProductReview.created_at,
    )  # fmt: skip
    shown = select(*columns).where(ProductReview.status == ProductReviewStatus.APPROVED)
    return shown.order_by(ProductReview.created_at.desc(), ProductReview.id.desc())


def newest_of_product() -> ColumnElement[str | None]:
    """Return a product's newest approved reviews as one column of a statement, which `newest` reads.

    It is a text: rows that the ORM has to tell apart hold no lists.
    """
    of_product = approved().where(ProductReview.product_id == Product.id)
    few = of_product.limit(ON_PAGE).correlate(Product).subquery()
    return select(cast(RowsAsJson(*few.c), String)).correlate(Product).scalar_subquery()


def newest(rows: str | None) -> tuple[ReviewShown, ...]:
    """Return the reviews of `newest_of_product`, newest first."""
    found = [ReviewShown._make((*row[:-1], _time(row[-1]))) for row in json.loads(rows or "[]")]
    return tuple(sorted(found, key=lambda review: (review.created_at, review.id), reverse=True))


def _time(text: str) -> datetime:
    """Return a time that a database wrote into JSON; SQLite's has no zone."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
