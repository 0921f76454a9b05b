"""What becomes due by the simulated clock: expiry, delayed payments, disputes, renewals, invoices."""

from __future__ import annotations

from . import checkout, invoices, payments, subscriptions
from .records import Record, UnitOfWork


def run_due(work: UnitOfWork) -> None:
    """Run everything that is due, in order and each at its own time, including what becomes due meanwhile."""
    while record := work.next_due():
        moment = work.at(record.due or work.now)
        record.due = None
        work.save(record)
        HANDLERS[record.kind](moment, record)


def _session(work: UnitOfWork, session: Record) -> None:
    if session.body["status"] == "open":
        checkout.end(work, session)
    elif "delayed" in session.private:
        payments.settle(work, session)


def _charge(work: UnitOfWork, charge: Record) -> None:
    if not charge.body["disputed"]:
        payments.dispute(work, charge)


HANDLERS = {
    "checkout.session": _session,
    "charge": _charge,
    "subscription": subscriptions.renew,
    "invoice": subscriptions.advance_invoice,
    "invoice_payment": invoices.emit_payment_paid,
}
