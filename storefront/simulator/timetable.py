"""What the simulated clock does to objects whose time has come."""

from __future__ import annotations

from . import checkout, payments
from .records import Record, Work


def run_due(work: Work) -> None:
    """Bring every object whose time has come up to date."""
    for record in work.due():
        record.due = None
        work.save(record)
        HANDLERS[record.kind](work, record)


def _session(work: Work, session: Record) -> None:
    if session.body["status"] == "open":
        checkout.end(work, session)
    elif "delayed" in session.private:
        payments.settle(work, session)


def _charge(work: Work, charge: Record) -> None:
    if not charge.body["disputed"]:
        payments.dispute(work, charge)


HANDLERS = {"checkout.session": _session, "charge": _charge}
