"""Delivered orders and reviews of them, for tests."""

from storefront.database import db
from storefront.domain.catalogue import Product
from storefront.domain.product_review import ProductReview
from storefront.services.audit import Actor
from storefront.services.catalogue import review_moderation
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import fulfilment, own_reviews
from storefront.services.orders.own_reviews import Opinion
from tests import factories as make
from tests.fakes import FakeGateway

EVA = Actor("eva@example.com")
GOOD = Opinion(5, "Muy buena", "Se disuelve bien y sabe a vainilla.")


def delivered(gateway: FakeGateway, *goods: tuple[str, int], **changes: object) -> PlacedOrder:
    """Return an order that has arrived."""
    started = make.begin(*goods, **changes)
    make.pay(gateway, started)
    deliver(started)
    return started


def deliver(started: PlacedOrder) -> None:
    order_id = make.order_of(started).id
    fulfilment.ship(order_id, carrier="tcc", tracking_number="A1", staff=EVA)
    fulfilment.mark_delivered(order_id, staff=EVA)


def written(started: PlacedOrder, opinion: Opinion = GOOD, *, line: int = 0) -> ProductReview:
    """Return the review of a line, written by whom the order belongs to."""
    key = make.lines_of(started)[line].id
    return own_reviews.save(make.owner(started), started.order_number, key, opinion, "es")


def approve(review: ProductReview) -> None:
    review_moderation.approve(review.id, version=review.version, staff=EVA)


def approved(started: PlacedOrder, opinion: Opinion = GOOD, *, line: int = 0) -> ProductReview:
    """Return a review that shoppers see."""
    review = written(started, opinion, line=line)
    approve(review)
    return review


def rating_of(slug: str) -> tuple[float | None, int]:
    """Return the average and the count that lists show of a product."""
    db.session.rollback()
    statement = db.select(Product).where(Product.slug == slug).execution_options(populate_existing=True)
    rating = db.session.scalars(statement).unique().one().rating
    return rating.average, rating.count
