"""Restocking of goods that come back after their refund, or beside it: each unit once."""

from collections.abc import Mapping

from storefront import clock
from storefront.database import transaction
from storefront.domain.order import lock
from storefront.domain.order_lines import lines_of
from storefront.domain.restocking import restock, restockable_units
from storefront.enums import AuditAction, OrderEventCode
from storefront.errors import InvalidInput
from storefront.services import audit
from storefront.services.audit import Actor

__all__ = ["put_back", "restockable_units"]


def put_back(order_id: int, *, units: Mapping[int, int], staff: Actor, seen: int | None = None) -> None:
    """Put units of an order's lines back into stock; raise `InvalidInput` for more than came back.

    `seen` is how many of the order's units staff saw as restocked, so that the same click twice restocks none twice.
    """
    with transaction():
        now = clock.now()
        order = lock(order_id)
        lines = lines_of(order)
        if seen not in (None, sum(line.restocked for line in lines)):
            raise InvalidInput({"restock": "changed_meanwhile"})
        possible, chosen = restockable_units(order, lines), {line_id: n for line_id, n in units.items() if n}
        if not chosen or any(not 0 < n <= possible.get(line_id, 0) for line_id, n in chosen.items()):
            raise InvalidInput({"restock": "out_of_range"})
        back = [(line, chosen[line.id]) for line in lines if line.id in chosen]
        restock(order.id, back, now)
        restocked = ", ".join(f"{n} × {line.name}" for line, n in back)
        order.add_note(OrderEventCode.RESTOCKED, f"back on the shelf: {restocked}", cause=staff.cause, now=now)
        by_name = {line.name: n for line, n in back}
        audit.record_order(staff, AuditAction.RESTOCKED, order, audit.state_of(order), units=by_name)
