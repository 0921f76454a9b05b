"""The receipt of a paid order: what was bought, what was paid, the IVA contained in it, and what went back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order, OrderLine
from storefront.domain.payment import RefundRecord
from storefront.domain.refund_sums import ARRIVED
from storefront.errors import NotFound
from storefront.services.orders import own_orders
from storefront.services.shopper import Shopper


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
    def rest_minor(self) -> int:
        """Return what the buyer paid in the end."""
        return self.order.total_minor - self.order.refunded_minor


def get(shopper: Shopper, reference: str, *, token: str | None = None) -> Receipt:
    """Return the receipt of the shopper's order, or raise `NotFound`, as for one that was not paid."""
    order = own_orders.get(shopper, reference, token=token)
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
    shares = _Shares(order)
    return tuple(shares.give_back(row) for row in rows)


class _Shares:
    """An order's money that is not back yet: of each line, and of the freight.

    What is paid for units comes out of their lines, and what goes beyond them is freight; an amount for nothing named,
    as from the dashboard, is spread over what is left. So all of an order's refunds hold all of its IVA, whatever
    they were for.
    """

    def __init__(self, order: Order) -> None:
        self._lines = {line.id: line for line in order.lines}
        self._units = dict.fromkeys(self._lines, 0)
        self._back = dict.fromkeys(self._lines, 0)
        self._freight = order.shipping_minor

    def give_back(self, row: RefundRecord) -> GivenBack:
        """Take a refund out of what is left and return what it was for."""
        before, freight = dict(self._back), self._freight
        units = [(key, n) for key, n in row.lines if key in self._lines]
        rest = row.amount_minor
        for key, n in units:
            rest -= self._pay_for(key, n, rest)
        if units:
            part = min(rest, self._freight)
            self._freight, rest = self._freight - part, rest - part
        self._spread(rest)
        changed = [(line, before[key], self._back[key]) for key, line in self._lines.items()]
        return GivenBack(
            row.created_at,
            row.amount_minor,
            tuple((self._lines[key].name, n) for key, n in units),
            _taxes((line, now - then, _tax(line, now) - _tax(line, then)) for line, then, now in changed if now > then),
            freight - self._freight,
        )

    def _pay_for(self, key: int, units: int, most: int) -> int:
        line = self._lines[key]
        upto = min(line.quantity, self._units[key] + units)
        worth = line.worth_minor(upto) - line.worth_minor(self._units[key])
        part = min(worth, line.net_minor - self._back[key], most)
        self._units[key] = upto
        self._back[key] += part
        return part

    def _spread(self, rest: int) -> None:
        rests = [(key, line.net_minor - self._back[key]) for key, line in self._lines.items()]
        total = sum(line_rest for _, line_rest in rests) + self._freight
        rest, reached = min(rest, total), 0
        for key, line_rest in rests:
            part = rest * (reached + line_rest) // total - rest * reached // total if total else 0
            self._back[key] += part
            reached += line_rest
        self._freight -= rest - rest * reached // total if total else 0


def _tax(line: OrderLine, back_minor: int) -> int:
    """Return the IVA inside what went back of a line; all of it holds all of its IVA."""
    return line.tax_minor * back_minor // line.net_minor if line.net_minor else 0
