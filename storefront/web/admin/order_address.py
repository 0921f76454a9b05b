"""Where an order goes, and its receipt, in the back office."""

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from storefront.enums import Method
from storefront.errors import InvalidInput, ShippingUnavailable, WrongState
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.orders import addresses, admin_orders, receipts
from storefront.web import address_form
from storefront.web.admin import bp
from storefront.web.admin.access import actor, may, requires
from storefront.web.admin.forms import OrderAddressForm
from storefront.web.admin.orders import seen_event


@bp.get("/orders/<reference>/address")
@requires(Permission.CUSTOMERS)
def order_address(reference: str) -> str | Response:
    """Show the address of an order that was not sent."""
    order = admin_orders.get(reference)
    if not addresses.is_correctable(order):
        return _too_late(reference)
    form = OrderAddressForm(formdata=None)
    address_form.fill(form, order.address or {})
    return _page(order, form)


@bp.post("/orders/<reference>/address")
@limited("change")
@requires(Permission.CUSTOMERS)
def correct_address(reference: str) -> Response | tuple[str, int]:
    """Correct the address; where delivery costs another amount there, that is said before it is saved."""
    order, form = admin_orders.get(reference), OrderAddressForm()
    if not addresses.is_correctable(order):
        return _told_too_late(order, form)
    is_pickup = order.shipping_method == Method.PICKUP
    address = address_form.checked(form, is_pickup=is_pickup)
    if address is None:
        return _page(order, form), 422
    try:
        difference = addresses.difference_minor(order, address)
        if difference and form.difference.data != difference:
            return _page(order, form, difference), 422
        addresses.correct(order.id, address=address, staff=actor(), seen_minor=difference, seen_event=seen_event())
    except ShippingUnavailable:
        form.say("city", _("Ese envío no llega a ese municipio"))
        return _page(order, form), 422
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(admin_orders.get(reference), form, is_refused=True), 422
    except WrongState:
        return _told_too_late(admin_orders.get(reference), form)
    flash(_l("Listo: la dirección quedó corregida."), "good")
    return redirect(url_for(".order", reference=reference), 303)


@bp.get("/orders/<reference>/receipt.pdf")
@requires(Permission.FIGURES)
def order_receipt(reference: str) -> FlaskResponse:
    """Send the receipt of a paid order as a PDF file."""
    # Importing fpdf2 takes a third of the start's time, and most processes render no receipt.
    from storefront.services.orders.receipt_pdf import draw

    receipt = receipts.receipt_of(admin_orders.get(reference), reference)
    name = _("recibo-%(number)s.pdf", number=receipt.order.number)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return FlaskResponse(draw(receipt), mimetype="application/pdf", headers=headers)


def _too_late(reference: str) -> Response:
    """Tell who comes after the parcel, or after the order's end."""
    flash(_l("La dirección de este pedido ya no se puede corregir."), "warn")
    return redirect(url_for(".order", reference=reference), 303)


def _told_too_late(order: addresses.Order, form: OrderAddressForm) -> tuple[str, int]:
    """Return the page with what was typed, for whoever comes too late, and what happened meanwhile."""
    form.say("street", _("La dirección de este pedido ya no se puede corregir."))
    return _page(order, form, is_refused=True), 422


def _page(order: addresses.Order, form: OrderAddressForm, difference: int = 0, *, is_refused: bool = False) -> str:
    changes = admin_orders.events_since([order.id], seen_event()) if is_refused else ()
    address_form.set_departments(form)
    is_pickup = order.shipping_method == Method.PICKUP
    return render_template(
        "staff/order_address.html",
        order=order,
        form=form,
        difference=difference,
        is_pickup=is_pickup,
        changes=changes if may("money") else admin_orders.without_money(changes),
        is_open=addresses.is_correctable(order),
    )
