"""Comparing the shop with everything that Stripe has, however old: pages, refunds, plans, invoices.

Stripe's lists are read a hundred objects at a time, and what the shop knows of them by a statement or two; no
transaction is open while Stripe is asked.
"""

import logging

from storefront.services.payments.comparison import invoices, pages, plans, refunds
from storefront.services.payments.comparison.differences import Difference

logger = logging.getLogger(__name__)

PASSES = 5
"""After so many, what is left does not go away."""

__all__ = ["Difference", "apply_differences", "compare"]


def compare() -> list[Difference]:
    """Return every difference; raises `PaymentUnknown` or `PaymentRefused` where Stripe does not answer."""
    return [difference for part in (pages, refunds, plans, invoices) for difference in part.find()]


def apply_differences() -> tuple[int, int]:
    """Apply Stripe's state to the shop; return how many differences are gone and how many are for a person.

    What one of them makes known, as a payment, can show others: it is compared again until no more can be done.
    """
    total, differences = 0, compare()
    for _ in range(PASSES):
        applied = sum(_apply(difference) for difference in differences)
        total += applied
        if applied == 0:
            break
        differences = compare()
    return total, len(differences)


def _apply(difference: Difference) -> bool:
    try:
        return difference.apply()
    except Exception:  # one that cannot be followed holds up no other
        logger.exception("difference could not be applied: %s", difference.what)
        return False
