"""The consistency check: recounts stock, money, coupons and mail from the ledgers and reports differences."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from storefront import clock
from storefront.database import Base, db, find_trouble, rows_changed, transaction
from storefront.domain import reconciliation
from storefront.domain.catalogue import Product
from storefront.domain.checkout_session import list_unanswered_sessions
from storefront.domain.coupon import Coupon, CouponUse
from storefront.domain.download import ContentFile
from storefront.domain.inventory import Stock
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord, RefundRecord
from storefront.domain.picture import FOLDER, Picture
from storefront.domain.returns import ReturnRequest, number_of
from storefront.domain.subscription import Subscription
from storefront.enums import (
    OrderStatus,
    PaymentEventState,
    PaymentStatus,
    ProductKind,
    RefundStatus,
    ReturnRequestState,
)
from storefront.gateways import file_store
from storefront.gateways.files import ContentMissing
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services.customers import data_requests
from storefront.services.jobs.consistency import goods, search_index, search_texts, setup
from storefront.services.jobs.consistency.findings import Finding
from storefront.services.jobs.consistency.setup import missing_steps
from storefront.services.payments import comparison
from storefront.services.payments.missed_events import LOOK_BACK
from storefront.settings import settings

LATE = timedelta(minutes=15)
"""After this time, what should have happened by itself has not."""

__all__ = ["LATE", "Finding", "examine", "missing_steps", "repair"]


def examine(*, with_stripe: bool = False) -> list[Finding]:
    """Return everything that is wrong; an empty list is a healthy shop."""
    if trouble := find_trouble():
        repair = "flask db upgrade" if "migration" in trouble else "start it, or correct DATABASE_URL"
        return [Finding("database", f"the {trouble}", repair)]
    checks = [goods.find_wrong, _coupons, _money, _refunds, _stuck, _plans, _mail, _events]
    checks += [_reconciliation, _review, _content, _pictures, _returns, _data_requests]
    checks += [search_index.find_wrong, search_texts.find_wrong]
    found = [*setup.find_missing(), *(finding for check in checks for finding in check())]
    return found + ([*setup.find_missing_at_stripe(), *_stripe()] if with_stripe else [])


def repair() -> int:
    """Set every counter to its ledger's sum, and what lists show to the variants; return how many were wrong."""
    with transaction():
        repairs = (_repair_reserved, _repair_on_hand, _repair_coupons, goods.repair_summaries, goods.repair_ratings)
        return sum(fix() for fix in (*repairs, search_index.repair, search_texts.repair))


def _coupons() -> Iterator[Finding]:
    rows = db.session.execute(
        select(Coupon.code, Coupon.used_count, _expected_uses()).where(Coupon.used_count != _expected_uses())
    )
    for code, used, expected in rows:
        yield Finding("coupons", f"{code}: {used} uses counted, {expected} orders use it", "flask doctor --fix")


def _money() -> Iterator[Finding]:
    is_paid = Order.payment_status.in_((PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED))
    for order in db.session.scalars(select(Order).where(is_paid, Order.paid_at.is_(None))):
        yield Finding("money", f"order {order.number} counts as paid without a time", "flask orders reconcile")
    unproved = is_paid & (Order.total_minor > 0) & Order.payment_id.is_(None) & Order.invoice_id.is_(None)
    for order in db.session.scalars(select(Order).where(unproved)):
        yield Finding("money", f"order {order.number} is paid without a payment", "flask orders reconcile")


def _refunds() -> Iterator[Finding]:
    arrived = (
        select(func.coalesce(func.sum(RefundRecord.amount_minor), 0))
        .where(RefundRecord.payment_id == Order.payment_id, RefundRecord.status == RefundStatus.SUCCEEDED)
        .scalar_subquery()
    )
    # What was paid beyond the total goes back, too, and is no refund of the order.
    overpaid = case((Order.paid_minor > Order.total_minor, Order.paid_minor - Order.total_minor), else_=0)
    for order, total in db.session.execute(select(Order, arrived).where(arrived > Order.refunded_minor + overpaid)):
        what = f"order {order.number}: refunds of {total}, order says {order.refunded_minor + order.overpaid_minor}"
        yield Finding("money", what, "flask orders reconcile")
    late = clock.now() - LATE
    waiting = select(RefundRecord).where(RefundRecord.status == RefundStatus.REQUESTED, RefundRecord.created_at < late)
    for refund in db.session.scalars(waiting):
        yield Finding("money", f"refund {refund.id} was never sent", "flask orders expire")
    for order in db.session.scalars(select(Order).where(Order.is_refund_owed)):
        repair = "flask orders refund, or settle it otherwise: flask orders settle"
        yield Finding("money", f"order {order.number}: money that should have gone back is owed", repair)


def _stuck() -> Iterator[Finding]:
    late = clock.now() - LATE
    open_ended = Order.status.in_((OrderStatus.PENDING,)) & Order.review_reason.is_(None)
    for order in db.session.scalars(select(Order).where(open_ended, Order.hold_until < late)):
        yield Finding("orders", f"order {order.number} should have ended", "flask orders expire")
    for checkout_session in list_unanswered_sessions(late):
        yield Finding("orders", f"attempt {checkout_session.id} never got its page", "flask orders expire")


def _plans() -> Iterator[Finding]:
    late = clock.now() - LATE
    for plan in db.session.scalars(select(Subscription).where(Subscription.must_end, Subscription.created_at < late)):
        what = f"subscription {plan.provider_id} must end at Stripe and was not ended"
        yield Finding("plans", what, "flask orders expire")


def _mail() -> Iterator[Finding]:
    late = clock.now() - LATE
    unsent = select(OutboxMail).where(OutboxMail.sent_at.is_(None))
    waiting = or_(OutboxMail.dead_at.is_not(None), OutboxMail.created_at < late)
    for mail in db.session.scalars(unsent.where(waiting)):
        what = f"{mail.key} not sent after {mail.tries} tries: {mail.error or 'no worker'}"
        yield Finding("mail", what, "flask mail deliver --retry" if mail.dead_at else "flask mail deliver")


def _events() -> Iterator[Finding]:
    for event in db.session.scalars(select(EventRecord).where(EventRecord.state == PaymentEventState.FAILED)):
        last = event.error.strip().splitlines()[-1] if event.error.strip() else ""
        yield Finding("events", f"{event.id} {event.type} failed: {last}", f"flask events replay {event.id}")


def _reconciliation() -> Iterator[Finding]:
    """Look for a worker that has not caught up with Stripe for long, or never did."""
    row = reconciliation.find()
    late = clock.now() - max(LATE, 3 * timedelta(seconds=settings().RECONCILE_SECONDS))
    repair = "start a worker, or flask orders reconcile"
    if row is None:
        if settings().PROFILE == "production":  # elsewhere a shop may be seconds old
            yield Finding(
                "events", "no worker has ever caught up with Stripe: what no webhook tells stays unknown", repair
            )
    elif row.finished_at is None:
        if row.events_until < late - LOOK_BACK:  # where the first round began, and no event was read since
            yield Finding("events", "a worker began to catch up with Stripe and could not: its log says why", repair)
    elif row.finished_at < late:
        what = f"nobody has caught up with Stripe since {row.finished_at:%Y-%m-%d %H:%M} UTC"
        yield Finding("events", what, repair)


def _review() -> Iterator[Finding]:
    for order in db.session.scalars(select(Order).where(Order.review_reason.is_not(None))):
        repair = "flask orders accept-payment, or reject-payment"
        yield Finding("money", f"order {order.number} is held: {order.review_reason}", repair)


def _content() -> Iterator[Finding]:
    """Look for what is sold and cannot be downloaded."""
    has_none = Product.id.not_in(select(ContentFile.product_id))
    bare = select(Product).where(Product.kind == ProductKind.DIGITAL, Product.is_published, has_none)
    for product in db.session.scalars(bare):
        yield Finding("content", f"{product.slug} is sold and has no file", "add its file, then flask orders reissue")
    for file in db.session.scalars(select(ContentFile)).all():
        try:
            size = file_store().find(file.storage_key).size
        except ContentMissing:
            yield Finding("content", f"{file.storage_key} is not in the store", "put it into CONTENT_DIR")
        else:
            if size != file.size_bytes:
                what = f"{file.storage_key} has {size} bytes, {file.size_bytes} are announced"
                yield Finding("content", what, "put the right file into CONTENT_DIR")


def _pictures() -> Iterator[Finding]:
    """Look for pictures of products whose files are gone, in one list of the store."""
    rows = db.session.execute(select(Picture, Product.slug).join(Product, Product.id == Picture.product_id)).all()
    kept = set(file_store().names(FOLDER)) if rows else set()
    for picture, slug in rows:
        if missing := len(set(picture.names) - kept):
            what = f"{slug} shows picture {picture.digest}, and {missing} of its files are not in the store"
            yield Finding("pictures", what, "restore CONTENT_DIR or the bucket from its backup, or upload it again")


def _returns() -> Iterator[Finding]:
    """Look for goods that were given back and whose money is late."""
    is_late = (
        ReturnRequest.state == ReturnRequestState.OPEN,
        ReturnRequest.refund_due_on < clock.day_of(clock.now()).isoformat(),
    )
    rows = select(ReturnRequest, Order).join(Order, Order.id == ReturnRequest.order_id).where(*is_late)
    for request, order in db.session.execute(rows.order_by(ReturnRequest.refund_due_on)):
        what = f"withdrawal {number_of(order.number, request)}: the money was due on {request.refund_due_on}"
        yield Finding("returns", what, f"flask orders refund {order.number}, or flask orders close-withdrawal")


def _data_requests() -> Iterator[Finding]:
    """Look for what people asked about their data and the law's days to answer are over."""
    for request in data_requests.list_open():
        if request.is_late:
            what = f"request {request.row.id} about somebody's data: the answer was due on {request.row.due_on}"
            yield Finding("privacy", what, "answer it at /staff/customers")


def _stripe() -> Iterator[Finding]:
    """Compare pages, refunds, plans and invoices with Stripe's."""
    try:
        differences = comparison.compare()
    except (PaymentRefused, PaymentUnknown) as error:
        yield Finding("stripe", f"Stripe does not answer: {error}", "try again later")
        return
    for difference in differences:
        yield Finding("stripe", difference.what, difference.repair)


def _expected_uses() -> ColumnElement[int]:
    uses = select(func.count()).select_from(CouponUse)
    return uses.where(CouponUse.coupon_id == Coupon.id, CouponUse.returned_at.is_(None)).scalar_subquery()


def _repair_reserved() -> int:
    return _set(Stock, Stock.reserved, goods.expected_reserved())


def _repair_on_hand() -> int:
    return _set(Stock, Stock.on_hand, goods.expected_on_hand())


def _repair_coupons() -> int:
    return _set(Coupon, Coupon.used_count, _expected_uses())


def _set(table: type[Base], column: InstrumentedAttribute[int], expected: ColumnElement[int]) -> int:
    statement = update(table).where(column != expected).values({column: expected})
    return rows_changed(statement)
