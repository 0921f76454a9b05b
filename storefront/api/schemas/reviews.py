"""Reviews of products by their buyers."""

from marshmallow import fields

from storefront.api.fields import Integer, Moment, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.common import page_of
from storefront.enums import ProductReviewStatus


class ReviewSchema(ResponseSchema):
    """A review as shoppers see it; `author` is a first name and an initial, `answer` the shop's."""

    review_id = fields.String(attribute="id")
    stars = fields.Integer(metadata={"example": 5})
    title = fields.String()
    text = fields.String()
    author = fields.String(metadata={"example": "Valentina R."})
    language = fields.String(metadata={"enum": ["es", "en"]})
    answer = fields.String(allow_none=True)
    created_at = Moment()


class ReviewsSchema(page_of(ReviewSchema, "ReviewsPageSchema")):  # type: ignore[misc]
    """One page of the approved reviews of a product, newest first; `average` is null without any."""

    average = fields.Float(allow_none=True, metadata={"example": 4.5})
    count = fields.Integer()


class WriteReviewSchema(RequestSchema):
    """A review of a bought product: plain text; `orderId` is the order, by its id or number."""

    stars = Integer(least=1, most=5, required=True)
    title = Text(most=120, load_default="")
    text = Text(most=2000, least=1, lines=True, required=True)
    order_id = Text(most=40, least=1, required=True)


class ChangeReviewSchema(RequestSchema):
    """What changes of a review; what is left out stays."""

    stars = Integer(least=1, most=5)
    title = Text(most=120)
    text = Text(most=2000, least=1, lines=True)


class OwnReviewSchema(ReviewSchema):
    """A review as its author sees it; it is shown to shoppers when staff have approved it."""

    product_id = fields.String()
    status = fields.String(metadata={"enum": list(ProductReviewStatus)})
    reason = fields.String(allow_none=True, metadata={"description": "Why it was refused."})


class WrittenReviewSchema(OwnReviewSchema):
    """A review in its author's list, with the bought line that it is about."""

    product_name = fields.String()
    order_id = fields.String()
    order_number = fields.String(metadata={"example": "2026-11-0001"})
    line_id = fields.String()


WrittenReviewsSchema = page_of(WrittenReviewSchema, "WrittenReviewsSchema")


class ReviewableLineSchema(ResponseSchema):
    """A bought line that can be reviewed, or was."""

    line_id = fields.String()
    product_id = fields.String(allow_none=True)
    name = fields.String()
    can_write = fields.Boolean()
    review = fields.Nested(OwnReviewSchema, allow_none=True)


class ReviewableLinesSchema(ResponseSchema):
    """The lines of an order that can be reviewed, or were."""

    items = fields.List(fields.Nested(ReviewableLineSchema))
