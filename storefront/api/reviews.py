"""Reviews of products: everybody reads the approved ones, buyers write theirs."""

from typing import TYPE_CHECKING, Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import language, shopper
from storefront.api.schema import camel
from storefront.api.schemas.common import PagingSchema
from storefront.api.schemas.reviews import (
    ChangeReviewSchema,
    OwnReviewSchema,
    ReviewableLinesSchema,
    ReviewsSchema,
    WriteReviewSchema,
    WrittenReviewSchema,
    WrittenReviewsSchema,
)
from storefront.api.tokens import current_customer
from storefront.errors import InvalidInput
from storefront.services.catalogue import reviews
from storefront.services.orders import own_orders, own_reviews
from storefront.services.orders.own_reviews import Opinion

if TYPE_CHECKING:
    from storefront.domain.product_review import ProductReview
    from storefront.services.catalogue import ReviewShown
    from storefront.services.orders.own_reviews import ReviewedLine

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


@bp.operation("GET", "/me/reviews", limit="read", query=PagingSchema, response=WrittenReviewsSchema)
def list_own_reviews(query: dict[str, Any]) -> dict[str, Any]:
    """List the reviews that the customer wrote, newest first, whatever staff decided about them."""
    found = own_reviews.list_written(current_customer().customer_id, page=query["page"], limit=query["limit"])
    return {"items": [_written(line) for line in found.items], "total": found.total, **query}


@bp.operation(
    "PATCH",
    "/me/reviews/<review_id>",
    limit="change",
    body=ChangeReviewSchema,
    response=WrittenReviewSchema,
    refuses=(404,),
)
def change_own_review(body: dict[str, Any], review_id: str) -> dict[str, Any]:
    """Change a review; staff read it again before shoppers do."""
    return _written(own_reviews.change(current_customer().customer_id, review_id, **body))


@bp.operation("DELETE", "/me/reviews/<review_id>", limit="change", status=204, refuses=(404,))
def remove_own_review(review_id: str) -> None:
    """Erase a review."""
    own_reviews.erase(current_customer().customer_id, review_id)


@bp.operation("GET", "/orders/<order_id>/reviews", limit="read", response=ReviewableLinesSchema, refuses=(404,))
def list_reviewable_lines(order_id: str) -> dict[str, Any]:
    """List the lines of an order that can be reviewed, each with its review if there is one."""
    return {"items": [_line(line) for line in own_reviews.lines_of(own_orders.get(shopper(), order_id))]}


@bp.operation("DELETE", "/orders/<order_id>/review-mails", limit="change", status=204, refuses=(404,))
def stop_review_mails(order_id: str) -> None:
    """Send no more mails that ask for reviews to whom the order belongs."""
    own_reviews.stop_mails(shopper(), order_id)


def _line(found: "ReviewedLine") -> dict[str, Any]:
    line = found.line
    review = None if found.review is None else _own(found.review)
    named = {"line_id": str(line.id), "product_id": line.product_id, "name": line.name}
    return {**named, "can_write": found.can_write, "review": review}


def _written(found: "ReviewedLine") -> dict[str, Any]:
    assert found.review is not None
    order, line = found.order, found.line
    bought = {"product_name": line.name, "line_id": str(line.id)}
    return {**_own(found.review), **bought, "order_id": order.public_id, "order_number": order.number}


def _shown(review: "ReviewShown") -> dict[str, Any]:
    return review._asdict() | {"answer": review.answer or None}


def _own(review: "ProductReview") -> dict[str, Any]:
    names = ("id", "stars", "title", "text", "author", "language", "created_at", "product_id", "status")
    values = {name: getattr(review, name) for name in names}
    return values | {"answer": review.answer or None, "reason": review.reason or None}
