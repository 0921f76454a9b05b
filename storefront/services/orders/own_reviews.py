"""What buyers write about what they bought: one review for each line, theirs to change and to erase."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain import product_review
from storefront.domain.catalogue import Product, names_product
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.product_review import MAX_TEXT, MAX_TITLE, ProductReview
from storefront.enums import PAID_STATUSES, OrderStatus, ProductKind, ProductReviewStatus
from storefront.errors import InvalidInput, NotFound
from storefront.ids import new_id
from storefront.services.catalogue import Page
from storefront.services.orders import own_orders
from storefront.services.shopper import Shopper
from storefront.text import clean, one_line_break

_A_PAGE = 20
_CONTROLS = frozenset({"Cc", "Cs", "Cn", "Co"})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a buyer typed about a line."""

    stars: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A bought line with the review of it, if there is one; `can_write` says whether one may be written now."""

    order: Order
    line: OrderLine
    review: ProductReview | None
    can_write: bool

    @property
    def is_shown(self) -> bool:
        """Return whether its buyer has anything to do with it."""
        return self.can_write or self.review is not None


def lines_of(order: Order) -> list[ReviewedLine]:
    """Return the lines of an order that have a review or may get one, in order."""
    found = db.session.scalars(select(ProductReview).where(ProductReview.order_id == order.id))
    reviews = {review.order_line_id: review for review in found}
    lines = (
        ReviewedLine(order, line, reviews.get(line.id), product_review.is_reviewable(order, line))
        for line in order.lines
    )
    return [line for line in lines if line.is_shown]


def get_line(order: Order, line_id: int) -> ReviewedLine:
    """Return one of these lines, or raise `NotFound`."""
    found = next((one for one in lines_of(order) if one.line.id == line_id), None)
    if found is None:
        raise NotFound(line_id=line_id)
    return found


def list_for(customer_id: str, page: int = 1) -> Page[ReviewedLine]:
    """Return what a customer bought and may review or did, the newest first, in two statements."""
    lines = (
        select(Order, OrderLine, ProductReview)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(ProductReview, ProductReview.order_line_id == OrderLine.id)
        .where(Order.customer_id == customer_id, OrderLine.product_id.is_not(None))
        .where(Order.payment_status.in_(PAID_STATUSES))
        .where((OrderLine.kind != ProductKind.PHYSICAL) | (Order.status == OrderStatus.DELIVERED))
    )
    total = db.session.scalar(select(func.count()).select_from(lines.with_only_columns(OrderLine.id).subquery())) or 0
    newest = lines.order_by(OrderLine.id.desc()).limit(_A_PAGE).offset((page - 1) * _A_PAGE)
    rows = db.session.execute(newest).all()
    return Page([ReviewedLine(order, line, review, True) for order, line, review in rows], page, _A_PAGE, total)


def list_written(customer_id: str, *, page: int = 1, limit: int = _A_PAGE) -> Page[ReviewedLine]:
    """Return the reviews that a customer wrote, the newest first, in two statements."""
    written = (
        select(Order, OrderLine, ProductReview)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(ProductReview, ProductReview.order_line_id == OrderLine.id)
        .where(Order.customer_id == customer_id)
    )
    counted = written.with_only_columns(ProductReview.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    newest = written.order_by(ProductReview.created_at.desc(), ProductReview.id.desc())
    rows = db.session.execute(newest.limit(limit).offset((page - 1) * limit)).all()
    lines = [
        ReviewedLine(order, line, review, product_review.is_reviewable(order, line)) for order, line, review in rows
    ]
    return Page(lines, page, limit, total)


def create(shopper: Shopper, product_key: str, reference: str, opinion: Opinion, language: str) -> ProductReview:
    """Write the first review of a bought product, for an order of the shopper's.

    Raises `NotFound` for an order of somebody else or an unknown product, and `InvalidInput` where the product is not
    in the order, did not arrive yet, or has its review.
    """
    product_id = _product_id(product_key)
    opinion = _checked(opinion)
    with transaction():
        order = _locked(shopper, reference)
        lines = [one for one in lines_of(order) if one.line.product_id == product_id]
        if not lines:
            is_bought = any(line.product_id == product_id for line in order.lines)
            raise InvalidInput({"order_id": "not_delivered" if is_bought else "not_bought"})
        free = next((one.line for one in lines if one.review is None), None)
        if free is None:
            raise InvalidInput({"order_id": "already_reviewed"})
        return _insert(order, free, opinion, language)


def save(
    shopper: Shopper, reference: str, line_id: int, opinion: Opinion, language: str, *, token: str | None = None
) -> ProductReview:
    """Write the review of a line, or change the one that is there; staff read it before shoppers do."""
    opinion = _checked(opinion)
    with transaction():
        order = _locked(shopper, reference, token)
        found = get_line(order, line_id)
        if found.review is None:
            return _insert(order, found.line, opinion, language)
        _change(found.review, opinion)
        return found.review


def change(
    customer_id: str, review_id: str, *, stars: int | None = None, title: str | None = None, text: str | None = None
) -> ReviewedLine:
    """Change what is given of a customer's own review; staff read it before shoppers do. Raises `NotFound`."""
    with transaction():
        found = _own_line(customer_id, review_id)
        review = found.review
        assert review is not None
        given = Opinion(
            review.stars if stars is None else stars,
            review.title if title is None else title,
            review.text if text is None else text,
        )
        _change(review, _checked(given))
        return found


def erase(customer_id: str, review_id: str) -> None:
    """Erase a customer's own review; raises `NotFound`, also where it was erased before."""
    with transaction():
        review = _own_line(customer_id, review_id).review
        assert review is not None
        _delete(review)


def remove(shopper: Shopper, reference: str, line_id: int, *, token: str | None = None) -> None:
    """Erase the review of a line; nothing happens where there is none."""
    with transaction():
        review = get_line(_locked(shopper, reference, token), line_id).review
        if review is not None:
            _delete(review)


def stop_mails(shopper: Shopper, reference: str, *, token: str | None = None) -> None:
    """Send no more mails that ask for reviews to whom the order belongs."""
    with transaction():
        order = own_orders.get(shopper, reference, token=token)
        values = {"person": order.person, "stopped_at": clock.now()}
        insert_once(product_review.ReviewMailStop, values, unique="person")


def _delete(review: ProductReview) -> None:
    product_review.lock_product(review.product_id)
    db.session.execute(delete(ProductReview).where(ProductReview.id == review.id))
    product_review.recount(review.product_id)


def _own_line(customer_id: str, review_id: str) -> ReviewedLine:
    """Return a customer's own review with its line, the order's row locked, or raise `NotFound`."""
    of_review = select(ProductReview.order_id).where(ProductReview.id == review_id).scalar_subquery()
    is_own = (Order.id == of_review, Order.customer_id == customer_id)
    order = db.session.scalar(select(Order).where(*is_own).options(selectinload(Order.lines)).with_for_update(of=Order))
    lines = [] if order is None else lines_of(order)
    found = next((one for one in lines if one.review is not None and one.review.id == review_id), None)
    if found is None:
        raise NotFound(review_id=review_id)
    return found


def _locked(shopper: Shopper, reference: str, token: str | None = None) -> Order:
    """Return the order with its row locked: whoever closes the account waits, or has closed it before."""
    order = own_orders.get(shopper, reference, token=token)
    lock(order.id)
    return order


def _product_id(key: str) -> str:
    product_id = db.session.scalar(select(Product.id).where(names_product(key), Product.is_published))
    if product_id is None:
        raise NotFound(product_id=key)
    return product_id


def _checked(opinion: Opinion) -> Opinion:
    """Return it as it is kept, or raise `InvalidInput`."""
    title, text = clean(opinion.title), one_line_break(clean(opinion.text, lines=True))
    problems = {}
    if not 1 <= opinion.stars <= 5:
        problems["stars"] = "required"
    if not text:
        problems["text"] = "required"
    for name, value, most in (("title", title, MAX_TITLE), ("text", text, MAX_TEXT)):
        if len(value) > most:
            problems[name] = "too_long"
        elif any(unicodedata.category(char) in _CONTROLS and char not in "\n\t" for char in value):
            problems[name] = "invalid"
    if "\n" in title or "\t" in title:
        problems["title"] = "invalid"
    if problems:
        raise InvalidInput(problems)
    return Opinion(opinion.stars, title, text)


def _insert(order: Order, line: OrderLine, opinion: Opinion, language: str) -> ProductReview:
    now = clock.now()
    review = ProductReview(
        id=new_id(),
        product_id=line.product_id or "",
        order_id=order.id,
        order_line_id=line.id,
        stars=opinion.stars,
        title=opinion.title,
        text=opinion.text,
        author=_author(order),
        language=language,
        version=1,
        created_at=now,
        changed_at=now,
    )
    db.session.add(review)
    db.session.flush()
    return review


def _author(order: Order) -> str:
    person = db.session.get(Customer, order.customer_id) if order.customer_id else None
    if person is not None:
        return product_review.shown_name(person.first_name, person.last_name)
    address = order.address or {}
    return product_review.shown_name(address.get("first_name", ""), address.get("last_name", ""))


def _change(review: ProductReview, opinion: Opinion) -> None:
    """Change a review, which waits for staff again; the same text once more changes nothing."""
    product_review.lock_product(review.product_id)
    db.session.refresh(review)  # staff may have decided about it until we had the lock
    if Opinion(review.stars, review.title, review.text) == opinion:
        return
    was_approved = review.is_approved
    review.stars, review.title, review.text = opinion.stars, opinion.title, opinion.text
    review.status, review.reason, review.changed_at = ProductReviewStatus.PENDING, "", clock.now()
    review.version += 1
    if was_approved:
        product_review.recount(review.product_id)
