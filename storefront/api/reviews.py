"""Reviews of products: everybody reads the approved ones, buyers write theirs."""

from typing import TYPE_CHECKING, Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import language, shopper
from storefront.api.schema import camel
from storefront.api.schemas.common import PagingSchema
from storefront.api.schemas.reviews import OwnReviewSchema, ReviewsSchema, WriteReviewSchema
from storefront.errors import InvalidInput
from storefront.services.catalogue import reviews
from storefront.services.orders import own_reviews
from storefront.services.orders.own_reviews import Opinion

if TYPE_CHECKING:
    from storefront.domain.product_review import ProductReview
    from storefront.services.catalogue import ReviewShown

bp = ApiBlueprint("reviews-api", __name__, url_prefix="/api", description="What buyers think of products.")


@bp.operation(
    "GET",
    "/products/<product_id>/reviews",
    access="anyone",
    limit="read",
    query=PagingSchema,
    response=ReviewsSchema,
    refuses=(404,),
)
def list_reviews(query: dict[str, Any], product_id: str) -> dict[str, Any]:
    """List the approved reviews of a product, newest first, with the average of all."""
    found = reviews.list_of(product_id, page=query["page"], limit=query["limit"])
    items = [_shown(review) for review in found.reviews.items]
    rating = {"average": found.rating.average, "count": found.rating.count}
    return {"items": items, "total": found.reviews.total, **query, **rating}


@bp.operation(
    "POST",
    "/products/<product_id>/reviews",
    limit="change",
    body=WriteReviewSchema,
    response=OwnReviewSchema,
    status=201,
    refuses=(404,),
)
def write_review(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Write a review of a product that was bought and delivered, or paid where nothing is delivered; one a line.

    Staff read it before shoppers do.
    """
    opinion = Opinion(body["stars"], body["title"], body["text"])
    try:
        return _own(own_reviews.create(shopper(), product_id, body["order_id"], opinion, language()))
    except InvalidInput as refusal:
        raise InvalidInput({camel(name): code for name, code in refusal.problems.items()}) from None


def _shown(review: "ReviewShown") -> dict[str, Any]:
    return review._asdict() | {"answer": review.answer or None}


def _own(review: "ProductReview") -> dict[str, Any]:
    names = ("id", "stars", "title", "text", "author", "language", "created_at", "product_id", "status")
    values = {name: getattr(review, name) for name in names}
    return values | {"answer": review.answer or None, "reason": review.reason or None}
