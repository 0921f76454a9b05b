"""The receipt of a paid order: what was bought, what was paid, the IVA contained in it, and what went back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.errors import NotFound
from storefront.services import orders
from storefront.services.shopper import Shopper


@dataclass(frozen=True, slots=True)
class Tax:
    """What was bought at one rate of IVA, and the tax inside."""

    basis_points: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money that went back, and for which units of which lines, as far as it was for some."""

    at: datetime
    amount_minor: int
    goods: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A paid order as its receipt tells it; `rest_minor` is what was paid less what went back."""

    order: Order
    paid_at: datetime
    taxes: tuple[Tax, ...]
    refunds: tuple[GivenBack, ...]

    @property
    def rest_minor(self) -> int:
        """Return what the buyer paid in the end."""
        return self.order.total_minor - self.order.refunded_minor


def get(shopper: Shopper, reference: str, *, token: str | None = None) -> Receipt:
    """Return the receipt of the shopper's order, or raise `NotFound`, as for one that was not paid."""
    order = orders.get(shopper, reference, token=token)
    if order.paid_at is None:
        raise NotFound(order_id=reference)
    return Receipt(order, order.paid_at, _taxes(order), _refunds(order))


def _taxes(order: Order) -> tuple[Tax, ...]:
    by_rate: dict[int, Tax] = {}
    for line in order.lines:
        known = by_rate.get(line.tax_basis_points, Tax(line.tax_basis_points, 0, 0))
        sums = (known.net_minor + line.net_minor, known.tax_minor + line.tax_minor)
        by_rate[line.tax_basis_points] = Tax(line.tax_basis_points, *sums)
    return tuple(by_rate[rate] for rate in sorted(by_rate, reverse=True))


def _refunds(order: Order) -> tuple[GivenBack, ...]:
    arrived = (RefundRecord.order_id == order.id, RefundRecord.status.in_(("pending", "succeeded")))
    # A second payment of the same order is not on its receipt, and neither is its way back.
    of_it = RefundRecord.payment_id.in_([key for key in (order.payment_id, order.invoice_id) if key])
    rows = db.session.scalars(select(RefundRecord).where(*arrived, of_it).order_by(RefundRecord.created_at))
    names = {line.id: line.name for line in order.lines}
    return tuple(
        GivenBack(row.created_at, row.amount_minor, tuple((names[key], n) for key, n in row.lines if key in names))
        for row in rows
    )
