"""Returned goods in the back office: close a request without refund, return units to stock."""

from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.orders import admin_orders, admin_returns, restocking
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.forms import CloseForm, RestockForm
from storefront.web.admin.orders import StepResponse, take_step


@bp.post("/orders/<reference>/returns/<int:sequence>/close")
@limited("change")
@requires(Permission.CUSTOMERS)
def close_return(reference: str, sequence: int) -> StepResponse:
    """Close a return request without refund; the note says why."""
    form = CloseForm(sequence)
    staff, note = actor(), form.note.data
    return take_step(
        "close", reference, form, "note", lambda _key: admin_returns.close(reference, sequence, note=note, staff=staff)
    )


@bp.post("/orders/<reference>/restock")
@limited("change")
@requires(Permission.STOCK)
def restock(reference: str) -> StepResponse:
    """Return units that came back to stock."""
    order_row = admin_orders.get(reference)
    form, staff = RestockForm(restocking.restockable_units(order_row, order_row.lines)), actor()
    # A form that does not say what it showed has seen something else.
    seen = -1 if form.restock.data is None else form.restock.data
    return take_step(
        "restock",
        reference,
        form,
        "restock",
        lambda key: restocking.put_back(key, units=form.lines.units, staff=staff, seen=seen),
    )
