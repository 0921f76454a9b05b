"""What returned units are worth: each line's share of what was paid, and the freight once everything sent is back.

Ley 1480 of 2011, article 47: who withdraws gets back all that was paid, and nothing is deducted. The freight was paid
for all the goods that were sent together, so it goes back with the last of them, in however many steps they come.
"""

from collections.abc import Mapping, Sequence

from storefront.domain.order import Order, OrderLine
from storefront.enums import ProductKind


def units_minor(lines: Sequence[OrderLine], before: Mapping[int, int], units: Mapping[int, int]) -> int:
    """Return the money for `units` by line, where `before` are those that were given back earlier."""
    return sum(
        line.worth_minor(before[line.id] + n) - line.worth_minor(before[line.id]) for line, n in _of(lines, units)
    )


def freight_minor(
    order: Order, lines: Sequence[OrderLine], before: Mapping[int, int], units: Mapping[int, int], given_minor: int
) -> int:
    """Return the freight that goes back with `units`, where `before` were given back earlier for `given_minor` in all.

    Nothing while a unit that ships stays with the buyer. What went back by the amount, as for a damage or for the
    freight itself, counts: in the end all that was paid for goods and freight is back, once.
    """
    shipped = [line for line in lines if line.kind == ProductKind.PHYSICAL]
    if not shipped or any(before[line.id] + units.get(line.id, 0) < line.quantity for line in shipped):
        return 0
    of_others = sum(line.worth_minor(before[line.id]) for line in lines if line.kind != ProductKind.PHYSICAL)
    back = given_minor - of_others + units_minor(shipped, before, units)
    due = sum(line.net_minor for line in shipped) + order.shipping_minor - back
    return max(0, min(due, order.shipping_minor))


def _of(lines: Sequence[OrderLine], units: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    return [(line, units[line.id]) for line in lines if units.get(line.id)]
