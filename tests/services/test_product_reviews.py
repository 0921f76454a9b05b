"""Reviews: by buyers only, one for each line, read by staff before shoppers, and counted right in lists."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Product
from storefront.domain.product_review import ProductReview, shown_name
from storefront.enums import ProductReviewStatus
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services import carts, checkout
from storefront.services.catalogue import review_moderation, reviews
from storefront.services.jobs import consistency
from storefront.services.orders import own_orders, own_reviews
from storefront.services.orders.own_reviews import Opinion
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import CUBES, GUIDE, WHEY
from tests.fakes import FakeGateway
from tests.reviews import EVA, GOOD, approve, approved, deliver, delivered, rating_of, written

pytestmark = pytest.mark.dialects

BAD = Opinion(2, "", "Llegó tarde.")


def stored(review: ProductReview) -> ProductReview:
    db.session.rollback()
    return db.session.get_one(ProductReview, review.id, populate_existing=True)


def test_what_is_approved_is_shown_and_counted_and_nothing_else(gateway: FakeGateway) -> None:
    first, second = delivered(gateway, (WHEY, 1)), delivered(gateway, (WHEY, 2))
    review = written(first)
    assert (review.status, review.author) == (ProductReviewStatus.PENDING, "Ana P.")
    assert (rating_of(WHEY), reviews.list_of(WHEY).reviews.items) == ((None, 0), [])
    approve(review)
    approved(second, Opinion(2, "", "No me gustó."))
    assert rating_of(WHEY) == (3.5, 2)
    shown = reviews.list_of(WHEY)
    assert [(one.stars, one.author) for one in shown.reviews.items] == [(2, "Ana P."), (5, "Ana P.")]
    assert (shown.rating.average, shown.rating.count, shown.reviews.total) == (3.5, 2, 2)
    assert [one.stars for one in reviews.list_of(WHEY, page=2, limit=1).reviews.items] == [5]
    review_moderation.refuse(review.id, "Tiene un teléfono.", version=1, staff=EVA)
    assert rating_of(WHEY) == (2.0, 1)
    assert consistency.examine() == []


def test_a_change_waits_for_staff_again_and_an_erased_one_is_gone(gateway: FakeGateway) -> None:
    started = delivered(gateway, (WHEY, 1))
    review = approved(started)
    assert (written(started).status, rating_of(WHEY)) == (ProductReviewStatus.APPROVED, (5.0, 1)), "nothing changed"
    changed = written(started, BAD)
    assert (changed.id, changed.status, changed.version) == (review.id, ProductReviewStatus.PENDING, 2)
    assert rating_of(WHEY) == (None, 0)
    with pytest.raises(EditConflict):
        review_moderation.approve(review.id, version=1, staff=EVA)
    approve(changed)
    assert rating_of(WHEY) == (2.0, 1)
    own_reviews.remove(make.owner(started), started.order_number, make.lines_of(started)[0].id)
    own_reviews.remove(make.owner(started), started.order_number, make.lines_of(started)[0].id)
    assert (rating_of(WHEY), make.count_of(ProductReview)) == ((None, 0), 0)


def test_only_what_arrived_or_needs_no_delivery_can_be_reviewed(gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1), (GUIDE, 1), digital_consent=True)
    assert own_reviews.lines_of(own_orders.get(make.owner(started), started.order_number)) == []
    make.pay(gateway, started)
    whey, guide = make.lines_of(started)
    owner, number = make.owner(started), started.order_number
    assert [one.line.id for one in own_reviews.lines_of(own_orders.get(owner, number))] == [guide.id]
    with pytest.raises(NotFound):
        own_reviews.save(owner, number, whey.id, GOOD, "es")
    for product, code in ((WHEY, "not_delivered"), (CUBES, "not_bought")):
        with pytest.raises(InvalidInput) as refusal:
            own_reviews.create(owner, product, number, GOOD, "es")
        assert refusal.value.problems == {"order_id": code}
    assert own_reviews.create(owner, GUIDE, number, GOOD, "es").order_line_id == guide.id
    with pytest.raises(InvalidInput) as refusal:
        own_reviews.create(owner, GUIDE, number, GOOD, "es")
    assert refusal.value.problems == {"order_id": "already_reviewed"}


def test_orders_of_others_are_not_there(gateway: FakeGateway) -> None:
    started = delivered(gateway, (WHEY, 1))
    line = make.lines_of(started)[0].id
    for stranger in (Shopper(), make.customer()):
        with pytest.raises(NotFound):
            own_reviews.save(stranger, started.order_number, line, GOOD, "es")
        with pytest.raises(NotFound):
            own_reviews.remove(stranger, started.order_number, line)
        with pytest.raises(NotFound):
            own_reviews.create(stranger, WHEY, started.order_number, GOOD, "es")
    token = make.token_of(make.order_of(started))
    assert own_reviews.save(Shopper(), started.order_number, line, GOOD, "es", token=token).stars == 5


@pytest.mark.parametrize(
    ("opinion", "problems"),
    [
        (Opinion(0, "", "x"), {"stars": "required"}),
        (Opinion(6, "", "x"), {"stars": "required"}),
        (Opinion(3, "", " \u200b "), {"text": "required"}),
        (Opinion(3, "t" * 121, "x" * 2001), {"title": "too_long", "text": "too_long"}),
        (Opinion(3, "two\nlines", "x\x00"), {"title": "invalid", "text": "invalid"}),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    gateway: FakeGateway, opinion: Opinion, problems: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        written(delivered(gateway, (WHEY, 1)), opinion)
    assert refusal.value.problems == problems


def test_decisions_are_in_the_audit_with_their_reason(gateway: FakeGateway) -> None:
    review = written(delivered(gateway, (WHEY, 1)))
    with pytest.raises(InvalidInput) as refusal:
        review_moderation.refuse(review.id, " ", version=1, staff=EVA)
    assert refusal.value.problems == {"review_reason": "required"}
    review_moderation.refuse(review.id, "Tiene un teléfono.", version=1, staff=EVA)
    review_moderation.approve(review.id, version=1, staff=EVA)
    review_moderation.answer(review.id, "¡Gracias!", version=1, staff=EVA)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_id == review.id).order_by(AuditEntry.id))
    assert [(entry.action, entry.after) for entry in entries] == [
        ("archived", {"review": "refused", "reason": "Tiene un teléfono."}),
        ("published", {"review": "approved", "reason": ""}),
        ("changed", {"answer": "¡Gracias!"}),
    ]
    assert (stored(review).reason, reviews.list_of(WHEY).reviews.items[0].answer) == ("", "¡Gracias!")
    with pytest.raises(NotFound):
        review_moderation.approve("absent", version=1, staff=EVA)


def test_lists_that_show_another_rating_are_found_and_set_right(gateway: FakeGateway) -> None:
    approved(delivered(gateway, (WHEY, 1)))
    with transaction():
        db.session.execute(update(Product).where(Product.slug == WHEY).values(review_count=2, review_stars=6))
    (finding,) = consistency.examine()
    assert (finding.area, finding.what) == (
        "goods",
        "whey-protein-2lb: lists show 2 reviews with 6 stars, it has 1 with 5",
    )
    assert consistency.repair() == 1
    assert (rating_of(WHEY), consistency.examine()) == ((5.0, 1), [])


def test_own_reviews_are_listed_with_what_can_be_reviewed(shop: Flask, gateway: FakeGateway) -> None:
    customer = make.customer()
    for slug in (WHEY, CUBES):
        carts.add(customer, slug, 1)
    started = checkout.begin(make.purchase(customer))
    make.pay(gateway, started)
    key = customer.customer_id or ""
    assert own_reviews.list_for(key).items == []
    deliver(started)
    review = written(started)
    found = own_reviews.list_for(key)
    assert [(one.line.slug, one.review and one.review.id) for one in found.items] == [
        (CUBES, None),
        (WHEY, review.id),
    ]
    assert (found.total, review.author) == (2, "Valentina R.")


def test_names_are_shown_as_first_name_and_initial() -> None:
    assert shown_name("Ana María", "Gómez Ruiz") == "Ana G."
    assert (shown_name("Ana", ""), shown_name("", "")) == ("Ana", "")
