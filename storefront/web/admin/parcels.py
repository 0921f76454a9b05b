"""An order's parcels, internal notes and mails in the back office."""

from flask import request

from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.mail import sent_again
from storefront.services.orders import admin_orders, fulfilment, notes, parcels
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.forms import MailForm, NoteForm, ParcelForm, ShipForm, remember_carrier
from storefront.web.admin.orders import StepResponse, take_step


@bp.post("/orders/<reference>/ship")
@limited("change")
@requires(Permission.FULFIL)
def ship(reference: str) -> StepResponse:
    """Record a parcel with its carrier and its units."""
    order_row = admin_orders.get(reference)
    left = parcels.units_to_send(order_row, order_row.lines, order_row.parcels)
    # What was typed for a line of which nothing is left any more stays on the page, too.
    typed = {line.id: 0 for line in order_row.lines if f"parcel-{line.id}" in request.form}
    form = ShipForm(typed | left)
    staff, how, seen = actor(), form.how, form.parcels.data

    def action(key: int) -> None:
        fulfilment.ship(key, **how, units=form.lines.units, seen=seen, staff=staff)
        remember_carrier(how["carrier"])

    return take_step("ship", reference, form, "carrier", action)


@bp.post("/orders/<reference>/parcels/<int:sequence>")
@limited("change")
@requires(Permission.FULFIL)
def correct_parcel(reference: str, sequence: int) -> StepResponse:
    """Correct the carrier and the tracking number of a parcel."""
    form, staff = ParcelForm(sequence), actor()
    return take_step(
        "correct", reference, form, "carrier", lambda key: parcels.correct(key, sequence, **form.how, staff=staff)
    )


@bp.post("/orders/<reference>/notes")
@limited("change")
@requires(Permission.CUSTOMERS)
def add_note(reference: str) -> StepResponse:
    """Write an internal note."""
    form, staff = NoteForm(), actor()
    return take_step(
        "note", reference, form, "order_note", lambda key: notes.add(key, text=form.order_note.data or "", staff=staff)
    )


@bp.post("/orders/<reference>/mails/<mail_id>")
@limited("change")
@requires(Permission.CUSTOMERS)
def send_mail_again(reference: str, mail_id: str) -> StepResponse:
    """Send a mail about the order to its buyer once more."""
    form, staff = MailForm(), actor()
    return take_step(
        "mail", reference, form, "sent", lambda key: sent_again.send(key, mail_id, seen=form.sent.data, staff=staff)
    )
