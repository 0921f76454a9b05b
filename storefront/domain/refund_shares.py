"""What refunds were for: each line's share, and the freight's; a receipt and the accountant's file say the same.

What is paid for units comes out of their lines, and what goes beyond them is freight; an amount for nothing named,
as from the dashboard, is spread over what is left. So all of an order's refunds hold all of its IVA, whatever
they were for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.domain.order import Order, OrderLine
from storefront.domain.payment import RefundRecord


@dataclass(frozen=True, slots=True)
class LineShare:
    """What was back of a line before a refund, and with it."""

    line: OrderLine
    before_minor: int
    after_minor: int

    @property
    def amount_minor(self) -> int:
        """Return what the refund gave back of the line."""
        return self.after_minor - self.before_minor

    @property
    def tax_minor(self) -> int:
        """Return the IVA inside of that; all of a line holds all of its IVA."""
        return _tax(self.line, self.after_minor) - _tax(self.line, self.before_minor)


@dataclass(frozen=True, slots=True)
class Shares:
    """The lines of which a refund gave something back, its freight, and the units that it named."""

    lines: Sequence[LineShare]
    freight_minor: int
    units: Sequence[tuple[OrderLine, int]]


class RefundShares:
    """An order's money that is not back yet: of each line, and of the freight. Refunds are taken in their order."""

    def __init__(self, order: Order) -> None:
        self._lines = {line.id: line for line in order.lines}
        self._units = dict.fromkeys(self._lines, 0)
        self._back = dict.fromkeys(self._lines, 0)
        self._freight = order.shipping_minor

    def take(self, row: RefundRecord) -> Shares:
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
        shares = [LineShare(line, before[key], self._back[key]) for key, line in self._lines.items()]
        return Shares(
            [share for share in shares if share.amount_minor > 0],
            freight - self._freight,
            [(self._lines[key], n) for key, n in units],
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
    return line.tax_minor * back_minor // line.net_minor if line.net_minor else 0
