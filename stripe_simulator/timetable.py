"""What the simulated clock does to objects whose time has come."""

from __future__ import annotations

from . import checkout, invoices, payments, subscriptions
from .records import Record, Work


def run_due(work: Work) -> None:
    """Do everything whose time has come, each at its own time: what it makes due meanwhile has its turn too."""
    while record := work.next_due():
        moment = work.at(record.due or work.now)
        record.due = None
        work.save(record)
        HANDLERS[record.kind](moment, record)


def _session(work: Work, session: Record) -> None:
    if session.body["status"] == "open":
        checkout.end(work, session)
    elif "delayed" in session.private:
        payments.settle(work, session)


def _charge(work: Work, charge: Record) -> None:
    if not charge.body["disputed"]:
        payments.dispute(work, charge)


HANDLERS = {
    "checkout.session": _session,
    "charge": _charge,
    "subscription": subscriptions.turn_period,
    "invoice": subscriptions.advance_invoice,
    "invoice_payment": invoices.tell_payment,
}
