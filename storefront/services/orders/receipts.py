"""The receipt of a paid order: what was bought, what was paid, the IVA contained in it, and what went back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order, OrderLine
from storefront.domain.payment import RefundRecord
from storefront.domain.refund_shares import RefundShares, Shares
from storefront.domain.refund_sums import ARRIVED
from storefront.errors import NotFound
from storefront.services.orders import own_orders
from storefront.services.shopper import Shopper
from storefront.settings import Seller, seller


@dataclass(frozen=True, slots=True)
class Tax:
    """Money for goods of one kind of rate of IVA, and the tax inside; `rate` distinguishes `zero` from `excluded`."""

    basis_points: int
    rate: str
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money that went back, for which units as far as it was for some, with the IVA and the freight in it."""

    at: datetime
    amount_minor: int
    goods: tuple[tuple[str, int], ...] = ()
    taxes: tuple[Tax, ...] = ()
    freight_minor: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of a paid order; `rest_minor` is what was paid less what was refunded."""

    order: Order
    paid_at: datetime
    taxes: tuple[Tax, ...]
    refunds: tuple[GivenBack, ...]

    @property
    def seller(self) -> Seller:
        """Return who sold it then; an order that is older than this fact has the seller of now."""
        return Seller(**self.order.seller) if self.order.seller else seller()

    @property
    def rest_minor(self) -> int:
        """Return what the buyer paid in the end."""
        return self.order.total_minor - self.order.refunded_minor


def get(shopper: Shopper, reference: str, *, token: str | None = None) -> Receipt:
    """Return the receipt of the shopper's order, or raise `NotFound`, as for one that was not paid."""
    return receipt_of(own_orders.get(shopper, reference, token=token), reference)


def receipt_of(order: Order, reference: str) -> Receipt:
    """Return the receipt of an order that was read with its lines, or raise `NotFound` for one that was not paid."""
    if order.paid_at is None:
        raise NotFound(order_id=reference)
    taxes = _taxes((line, line.net_minor, line.tax_minor) for line in order.lines)
    return Receipt(order, order.paid_at, taxes, _refunds(order))


def _taxes(parts: Iterable[tuple[OrderLine, int, int]]) -> tuple[Tax, ...]:
    """Return the sums by kind of rate, the highest rate first, of money for lines and the tax inside."""
    by_rate: dict[tuple[int, str], Tax] = {}
    for line, net, tax in parts:
        key = (-line.tax_basis_points, line.tax_rate)
        known = by_rate.get(key, Tax(line.tax_basis_points, line.tax_rate, 0, 0))
        by_rate[key] = Tax(line.tax_basis_points, line.tax_rate, known.net_minor + net, known.tax_minor + tax)
    return tuple(by_rate[key] for key in sorted(by_rate))


def _refunds(order: Order) -> tuple[GivenBack, ...]:
    arrived = (RefundRecord.order_id == order.id, RefundRecord.status.in_(ARRIVED))
    # A second payment of the same order is not on its receipt, and neither is its way back.
    of_it = RefundRecord.payment_id.in_([key for key in (order.payment_id, order.invoice_id) if key])
    rows = db.session.scalars(select(RefundRecord).where(*arrived, of_it).order_by(RefundRecord.created_at))
    shares = RefundShares(order)
    return tuple(_given_back(row, shares.take(row)) for row in rows)


def _given_back(row: RefundRecord, shares: Shares) -> GivenBack:
    return GivenBack(
        row.created_at,
        row.amount_minor,
        tuple((line.name, n) for line, n in shares.units),
        _taxes((share.line, share.amount_minor, share.tax_minor) for share in shares.lines),
        shares.freight_minor,
    )
