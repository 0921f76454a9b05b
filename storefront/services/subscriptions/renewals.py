"""Renewals: each later invoice of a plan is an order of its own, once; inside a transaction, the first order locked."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from storefront.clock import day_of
from storefront.database import db
from storefront.domain import failed_charge, order_search, order_tokens
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.order_lines import lines_of
from storefront.enums import OrderEventCode, OrderStatus, PaymentStatus
from storefront.gateways.payments import Invoice, InvoiceLine
from storefront.ids import new_id
from storefront.money import split, tax_contained
from storefront.services.subscriptions import lifecycle
from storefront.settings import seller


def renew(first: Order, invoice: Invoice, *, cause: str, now: datetime) -> None:
    """Write the order of a paid renewal and tell the plan's owner; an invoice that has its order changes nothing."""
    line = lifecycle.plan_line(lines_of(first))
    if line is None or order_of(invoice.id) is not None:
        return
    order = _write(first, line, invoice, now)
    db.session.add_all(_lines(order, line, invoice))
    order.move_payment(
        PaymentStatus.PAID, cause=cause, now=now, note=f"invoice {invoice.id}", code=OrderEventCode.INVOICE_PAID
    )
    order.move(OrderStatus.CONFIRMED, cause=cause, now=now)
    row = lifecycle.known(first, line, invoice.subscription_id, now)
    if row is not None:
        is_first = row.trial_ends_at is not None and row.trial_ends_at == invoice.period_start
        lifecycle.enqueue_email(row, order, "subscription_renewed", invoice.id, now, is_first_charge=is_first)
        lifecycle.charge(row, first, line, invoice, now)


def note_first(first: Order, invoice: Invoice, *, now: datetime) -> None:
    """Note the period that a plan's first invoice paid for."""
    line = lifecycle.plan_line(lines_of(first))
    if line is None or invoice.period_end is None or line.period_end is not None:
        return
    line.period_start, line.period_end = invoice.period_start, invoice.period_end
    row = lifecycle.known(first, line, invoice.subscription_id, now)
    if row is not None:
        lifecycle.charge(row, first, line, invoice, now)


def fail(first: Order, invoice: Invoice, *, at: datetime, now: datetime) -> None:
    """Note a charge that failed, and write to the plan's owner what comes next, once a try, unless it was paid.

    `at` is when the provider says that it failed.
    """
    line = lifecycle.plan_line(lines_of(first))
    if line is None or order_of(invoice.id) is not None:
        return
    row = lifecycle.known(first, line, invoice.subscription_id, now)
    if row is not None and row.ended_at is None:
        amount_minor = invoice.due_minor or row.price_minor
        failed_charge.note(
            row.id,
            invoice_id=invoice.id,
            attempt=invoice.attempts,
            amount_minor=amount_minor,
            failed_at=at,
            next_attempt_at=invoice.next_attempt_at,
        )
        next_try = day_of(invoice.next_attempt_at).isoformat() if invoice.next_attempt_at else None
        details = {"amount_minor": amount_minor, "next_try": next_try}
        lifecycle.enqueue_email(
            row, first, "subscription_payment_failed", f"{invoice.id}:{invoice.attempts}", now, **details
        )


def order_of(invoice_id: str) -> Order | None:
    """Return the order that an invoice paid."""
    return db.session.scalar(select(Order).where(Order.invoice_id == invoice_id))


def _write(first: Order, bought: OrderLine, invoice: Invoice, now: datetime) -> Order:
    subtotal = sum(line.amount_minor for line in _charged(invoice))
    public_id, paid_at = new_id(), invoice.paid_at or now
    owner = db.session.get(Customer, first.customer_id) if first.customer_id else None
    order = Order(
        public_id=public_id,
        token_digest=order_tokens.digest_of(public_id),
        customer_id=first.customer_id,
        email=owner.email if owner else first.email,
        language=owner.language if owner else first.language,
        document=first.document,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.PENDING,
        currency=invoice.currency,
        subtotal_minor=subtotal,
        discount_minor=subtotal - invoice.paid_minor,
        shipping_minor=0,
        tax_minor=0,
        total_minor=invoice.paid_minor,
        quote_hash=f"invoice {invoice.id}"[:64],
        invoice_id=invoice.id,
        terms_version=first.terms_version,  # the plan was agreed to once
        seller=asdict(seller()),
        placed_at=paid_at,
        paid_at=paid_at,
    )
    order_search.refresh(order, [bought.sku])
    db.session.add(order)
    db.session.flush()  # the lines need the id
    order.add_note(OrderEventCode.RENEWED, f"renewal of {first.number}", cause="plan", now=now)
    return order


def _lines(order: Order, bought: OrderLine, invoice: Invoice) -> list[OrderLine]:
    charged = _charged(invoice)
    parts = split(order.discount_minor, [line.amount_minor for line in charged])
    lines = [
        OrderLine(
            order_id=order.id,
            product_id=bought.product_id,
            variant_id=bought.variant_id,
            sku=bought.sku,
            options=bought.options,
            slug=bought.slug,
            kind=bought.kind,
            name=bought.name if len(charged) == 1 else line.name[:250],
            image=bought.image,
            quantity=1,
            unit_price_minor=line.amount_minor,
            total_minor=line.amount_minor,
            discount_minor=off,
            tax_minor=tax_contained(line.amount_minor - off, bought.tax_basis_points),
            tax_basis_points=bought.tax_basis_points,
            tax_rate=bought.tax_rate,
            interval=bought.interval,
            recurring_minor=bought.recurring_minor,
            period_start=invoice.period_start,
            period_end=invoice.period_end,
        )
        for line, off in zip(charged, parts, strict=True)
    ]
    order.tax_minor = sum(line.tax_minor for line in lines)
    return lines


def _charged(invoice: Invoice) -> tuple[InvoiceLine, ...]:
    """Return what an invoice charged; where its lines do not explain the sum, as after a credit, the sum itself."""
    off = sum(line.amount_minor for line in invoice.lines) - invoice.paid_minor
    if invoice.lines and off >= 0 and off % 100 == 0 and all(line.amount_minor >= 0 for line in invoice.lines):
        return invoice.lines
    return (InvoiceLine(name="", quantity=1, amount_minor=invoice.paid_minor),)
