"""The demonstration's reviews are made as buyers and staff would: the books agree, and nobody is mailed."""

from flask import Flask

from storefront.domain.product_review import ReviewRequest
from storefront.enums import ProductReviewStatus
from storefront.seed.reviews import REVIEWS
from storefront.services.catalogue import review_moderation, reviews
from storefront.services.jobs import consistency
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.factories import WHEY


def test_reviews_of_the_demonstration(shop: Flask) -> None:
    seed = shop.test_cli_runner()
    assert f"{len(REVIEWS)} reviews written." in seed.invoke(args=["seed", "--reviews"]).output
    assert "0 reviews written." in seed.invoke(args=["seed", "--reviews"]).output
    shown = reviews.list_of(WHEY)
    assert (shown.rating.average, {one.author for one in shown.reviews.items}) == (4.5, {"Carolina M.", "Julián O."})
    assert review_moderation.find(ProductReviewStatus.PENDING).total == 1
    assert (mail_delivery.deliver_due(), make.count_of(ReviewRequest)) == (0, 0)
    assert consistency.examine() == []
