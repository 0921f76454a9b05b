"""How commands name the lines of an order."""

from collections.abc import Sequence

from storefront.domain.order import Order, OrderLine
from storefront.errors import InvalidInput


def name_of(order: Order, line: OrderLine) -> str:
    """Return what a line is named by: its slug, or its SKU where the order has another variant of the product."""
    is_only = [other.slug for other in order.lines].count(line.slug) == 1
    return line.slug if is_only or not line.sku else line.sku


def units_of(order: Order, texts: Sequence[str]) -> dict[int, int]:
    """Return the units of each line that is named, by SKU or slug; raise `InvalidInput` unless that names one line."""
    found: dict[int, int] = {}
    for text in texts:
        name, _, units = text.rpartition(":")
        lines = [one for one in order.lines if one.sku == name] or [one for one in order.lines if one.slug == name]
        if not name or not lines or not units.isdecimal():
            raise InvalidInput({f"line {text}": "invalid"})
        if len(lines) > 1:
            skus = ", ".join(one.sku for one in lines)
            raise InvalidInput({f"line {text}": f"one of {skus}"})
        if lines[0].id in found:
            raise InvalidInput({f"line {text}": "twice_here"})
        found[lines[0].id] = int(units)
    return found
