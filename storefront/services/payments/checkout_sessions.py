"""Opening and closing hosted payment pages; no transaction is open while the provider is asked."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.checkout_session import (
    CheckoutSession,
    has_open_session,
    mark_open,
    mark_refused,
    open_sessions_of,
)
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.picture_names import picture_path
from storefront.domain.pricing import Quote, QuoteLine
from storefront.enums import AuditAction, CheckoutSessionState, CheckoutStatus, OrderEventCode, OrderStatus
from storefront.errors import AmountTooSmall, PaymentProviderError
from storefront.gateways import payments
from storefront.gateways.payments import (
    CheckoutLine,
    CheckoutRequest,
    CustomerMissing,
    PaymentRefused,
    PaymentUnknown,
    SessionSnapshot,
)
from storefront.i18n.labels import method_label
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import settlement
from storefront.services.subscriptions import stripe_customers
from storefront.services.subscriptions.lifecycle import plan_line
from storefront.settings import settings

PAGE_LIFE = timedelta(minutes=31)
"""How long a page can be paid: the provider's minimum is 30 minutes by its own clock."""

GRACE = timedelta(minutes=10)
"""How much longer than the page the stock is held, for a payment that is on its way to us."""


def new_session(
    order: Order, lines: list[OrderLine], *, success_url: str, cancel_url: str, now: datetime
) -> CheckoutSession:
    """Store that a page is about to be opened, with its exact parameters; inside a transaction."""
    request = CheckoutRequest(
        order_id=order.public_id,
        order_number=order.number,
        lines=tuple(
            CheckoutLine(
                name=line.name,
                unit_price_minor=line.list_price_minor,
                quantity=line.quantity,
                image_url=_image_url(line.image),
                interval=line.interval,
                variant_id=line.variant_id or "",
            )
            for line in lines
        ),
        currency=order.currency,
        discount_minor=order.discount_minor,
        discount_name=order.coupon_code or "",
        shipping_minor=order.shipping_minor if order.shipping_method else None,
        shipping_name=method_label(order.shipping_method, order.language) if order.shipping_method else "",
        total_minor=order.total_minor,
        email=order.email,
        language=order.language,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=session_end(now),
        quote_hash=order.quote_hash,
        customer_id=stripe_customers.stripe_customer_of(order.customer_id) if plan_line(lines) else None,
        trial_days=max((line.trial_days for line in lines), default=0),
    )
    checkout_session = CheckoutSession(
        order_id=order.id, request=_freeze(request), expires_at=request.expires_at, created_at=now
    )
    order.hold_until = request.expires_at + GRACE
    db.session.add(checkout_session)
    return checkout_session


def session_end(now: datetime) -> datetime:
    """Return when a page opened now can be paid no more; the provider counts whole seconds."""
    return (now + PAGE_LIFE).replace(microsecond=0)


def open_session(checkout_session: CheckoutSession, *, is_second: bool = False) -> CheckoutSession:
    """Open the session's page, or return it as it was opened; the same row gives the same page.

    Where the provider does not know the customer any more, they are created there anew, and another session takes this
    one's place. Raises `PaymentProviderError`. After a definite refusal the order is cancelled and everything is
    released; without an answer the hold stays until the cleanup job knows what became of it.
    """
    if checkout_session.state == CheckoutSessionState.OPEN:
        return checkout_session
    row_id = checkout_session.id  # what comes after the call forgets what was read before it
    try:
        checkout = payments().open_checkout(_thaw(checkout_session.request), checkout_session.key)
    except PaymentRefused as refusal:
        if refusal.is_passing:  # an earlier try with the same key may have succeeded
            raise PaymentProviderError(reason=refusal.code) from refusal
        if isinstance(refusal, CustomerMissing) and not is_second:
            return open_session(_for_new_customer(row_id), is_second=True)
        _give_up(checkout_session, refusal)
        if refusal.code == "amount_too_small":
            raise AmountTooSmall(minimum_minor=settings().MINIMUM_ORDER_MINOR) from refusal
        raise PaymentProviderError(reason=refusal.code) from refusal
    except PaymentUnknown as silence:
        raise PaymentProviderError(reason="unknown") from silence
    return _remember(row_id, checkout)


def _for_new_customer(row_id: str) -> CheckoutSession:
    """Create the order's customer anew at the provider, and return a session that names the new one."""
    checkout_session = db.session.get_one(CheckoutSession, row_id)
    order_id, request = checkout_session.order_id, checkout_session.request
    customer_id = db.session.scalars(select(Order.customer_id).where(Order.id == order_id)).one()
    assert customer_id is not None, "only a customer's page names one"
    customer = {"customer_id": stripe_customers.replace_stripe_customer(customer_id, request["customer_id"])}
    with transaction():
        lock(order_id)
        if mark_refused(row_id) is None:
            raise PaymentProviderError(reason="attempt closed meanwhile")
        other = CheckoutSession(
            order_id=order_id,
            request=request | customer,
            expires_at=checkout_session.expires_at,
            created_at=clock.now(),
        )
        db.session.add(other)
    return other


def close_sessions(
    order_id: int,
    *,
    cause: str,
    keep: str | None = None,
    code: OrderEventCode = OrderEventCode.EXPIRED,
    actor: Actor | None = None,
) -> None:
    """Close every session of an order but `keep`, and apply what the provider answers about each.

    An order whose page was paid meanwhile is settled; one without a page left is cancelled, and `code` says whether
    that was requested or its time was over; where an `actor` requested it, the audit has it too. Raises
    `PaymentProviderError` where the provider does not answer: then nothing was released.
    """
    for checkout_session in open_sessions_of(order_id):
        if checkout_session.id == keep:
            continue
        try:
            checkout = close_session(checkout_session)
        except (PaymentUnknown, PaymentRefused) as error:
            raise PaymentProviderError(reason=str(error)) from error
        if checkout is not None and checkout.status == CheckoutStatus.OPEN:
            raise PaymentProviderError(reason="page still open")
        with transaction():
            now = clock.now()
            order = lock(order_id)
            before = audit.state_of(order)
            if checkout is not None:
                settlement.sync_from_session(order, checkout, cause=cause, now=now, code=code)
            else:
                mark_refused(checkout_session.id)
                if not has_open_session(order_id):
                    settlement.cancel_unpaid(order, cause=cause, now=now, code=code)
            if actor is not None and order.status == OrderStatus.CANCELLED != before["status"]:
                audit.record_order(actor, AuditAction.CANCELLED, order, before)


def close_session(checkout_session: CheckoutSession) -> SessionSnapshot | None:
    """Return what a page is after asking the provider to close it, or None if it never came to be."""
    session_id = checkout_session.session_id
    if session_id is None:
        # Our process died, or the provider did not answer: the same key finds the page.
        try:
            checkout = payments().open_checkout(_thaw(checkout_session.request), checkout_session.key)
        except PaymentRefused as refusal:
            if refusal.is_passing:  # an earlier try with the same key may have succeeded
                raise
            return None
        session_id = checkout.id
        with transaction():
            mark_open(checkout_session.id, checkout.id, checkout.url, checkout.expires_at)
    return payments().close_checkout(session_id)


def quote_of(order: Order, lines: list[OrderLine]) -> Quote:
    """Return the quote that an order was made from."""
    return Quote(
        lines=tuple(
            QuoteLine(
                product_id=line.product_id or "",
                variant_id=line.variant_id or "",
                sku=line.sku,
                options=line.options,
                name=line.name,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                total_minor=line.total_minor,
                discount_minor=line.discount_minor,
                tax_minor=line.tax_minor,
            )
            for line in lines
        ),
        subtotal_minor=order.subtotal_minor,
        discount_minor=order.discount_minor,
        shipping_minor=order.shipping_minor,
        tax_minor=order.tax_minor,
        total_minor=order.total_minor,
        coupon_code=order.coupon_code,
        shipping_method=order.shipping_method,
        currency=order.currency,
    )


def _remember(row_id: str, checkout: SessionSnapshot) -> CheckoutSession:
    with transaction():
        opened = mark_open(row_id, checkout.id, checkout.url, checkout.expires_at)
        known = opened or db.session.get(CheckoutSession, row_id, populate_existing=True)
    if known is None or known.session_id != checkout.id or known.state != CheckoutSessionState.OPEN:
        raise PaymentProviderError(reason="attempt closed meanwhile")
    return known


def _give_up(checkout_session: CheckoutSession, refusal: PaymentRefused) -> None:
    with transaction():
        order = lock(checkout_session.order_id)
        if mark_refused(checkout_session.id) and not has_open_session(order.id):
            note = f"payment page refused: {refusal.code}"
            settlement.cancel_unpaid(
                order, cause="stripe", now=clock.now(), note=note, code=OrderEventCode.PAGE_REFUSED
            )


def _image_url(image: str) -> str | None:
    base = settings().BASE_URL
    return base + picture_path(image, 480) if base.startswith("https://") else None


def _freeze(request: CheckoutRequest) -> dict[str, Any]:
    return {**asdict(request), "expires_at": request.expires_at.isoformat()}


def _thaw(data: Mapping[str, Any]) -> CheckoutRequest:
    lines = tuple(CheckoutLine(**line) for line in data["lines"])
    return CheckoutRequest(**{**data, "lines": lines, "expires_at": datetime.fromisoformat(data["expires_at"])})
