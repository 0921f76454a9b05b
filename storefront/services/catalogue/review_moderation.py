"""What staff do with buyers' reviews: read, approve, refuse with a reason, and answer; each change is in the audit."""

from dataclasses import dataclass

from sqlalchemy import func, select

from storefront.database import db, transaction
from storefront.domain import product_review
from storefront.domain.catalogue import Product
from storefront.domain.order import Order
from storefront.domain.product_review import MAX_ANSWER, MAX_REASON, ProductReview
from storefront.enums import AuditAction, AuditObject, ProductReviewStatus
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue.browsing import Page
from storefront.text import clean

_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review with the product and the order that it belongs to."""

    review: ProductReview
    product: Product
    order_number: str


def find(status: ProductReviewStatus, page: int = 1) -> Page[ReviewRow]:
    """Return one page of the reviews in a state: those that wait oldest first, the others newest first."""
    in_state = ProductReview.status == status
    total = db.session.scalar(select(func.count(ProductReview.id)).where(in_state)) or 0
    columns = (ProductReview.changed_at, ProductReview.id)
    is_waiting = status == ProductReviewStatus.PENDING
    order = [column.asc() if is_waiting else column.desc() for column in columns]
    rows = (
        select(ProductReview, Product, Order)
        .join(Product, Product.id == ProductReview.product_id)
        .join(Order, Order.id == ProductReview.order_id)
        .where(in_state)
        .order_by(*order)
    )
    found = db.session.execute(rows.limit(_A_PAGE).offset((page - 1) * _A_PAGE)).unique().all()
    return Page([ReviewRow(review, product, order.number) for review, product, order in found], page, _A_PAGE, total)


def status_of(review_id: str) -> ProductReviewStatus:
    """Return the state of a review, or raise `NotFound`."""
    status = db.session.scalar(select(ProductReview.status).where(ProductReview.id == review_id))
    if status is None:
        raise NotFound(review_id=review_id)
    return status


def approve(review_id: str, *, version: int, staff: Actor) -> None:
    """Show a review to shoppers; `version` is the one that was read, else `EditConflict`."""
    with transaction():
        review = _locked(review_id, version)
        before = _facts(review)
        review.status, review.reason = ProductReviewStatus.APPROVED, ""
        _record(staff, AuditAction.PUBLISHED, review, before)


def refuse(review_id: str, reason: str, *, version: int, staff: Actor) -> None:
    """Keep a review from shoppers, with the reason that its author sees."""
    reason = _checked("review_reason", reason, MAX_REASON)
    if not reason:
        raise InvalidInput({"review_reason": "required"})
    with transaction():
        review = _locked(review_id, version)
        before = _facts(review)
        review.status, review.reason = ProductReviewStatus.REFUSED, reason
        _record(staff, AuditAction.ARCHIVED, review, before)


def answer(review_id: str, text: str, *, version: int, staff: Actor) -> None:
    """Write the shop's answer below a review; an empty one takes it away."""
    text = _checked("answer", text, MAX_ANSWER)
    with transaction():
        review = _locked(review_id, version)
        before = _facts(review)
        review.answer = text
        _record(staff, AuditAction.CHANGED, review, before)


def _locked(review_id: str, version: int) -> ProductReview:
    """Return a review while its product is locked; its author's changes wait."""
    product_id = db.session.scalar(select(ProductReview.product_id).where(ProductReview.id == review_id))
    if product_id is None:
        raise NotFound(review_id=review_id)
    product_review.lock_product(product_id)
    statement = select(ProductReview).where(ProductReview.id == review_id)
    review = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if review is None:
        raise NotFound(review_id=review_id)
    if review.version != version:
        raise EditConflict(version=review.version)
    return review


def _facts(review: ProductReview) -> dict[str, object]:
    return {"review": review.status, "reason": review.reason, "answer": review.answer}


def _record(staff: Actor, action: AuditAction, review: ProductReview, before: dict[str, object]) -> None:
    product_review.recount(review.product_id)
    audit.record(staff, action, AuditObject.TEXT, review.id, before=before, after=_facts(review))


def _checked(field: str, text: str, most: int) -> str:
    text = clean(text, lines=True).replace("\r\n", "\n")
    if len(text) > most:
        raise InvalidInput({field: "too_long"})
    if not text.replace("\n", "").isprintable():
        raise InvalidInput({field: "invalid"})
    return text
