"""Sending many orders by a pasted list in the back office: a preview first, then the same list is applied."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from storefront.errors import InvalidInput
from storefront.i18n.babel import translate_number as _n
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.orders import shipping_list
from storefront.services.orders.shipping_list import Row
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.forms import ShippingListForm, remember_carrier


@bp.get("/orders/ship")
@requires(Permission.FULFIL)
def shipping_list_form() -> str:
    """Ask for a list of order numbers with tracking numbers."""
    return _page(ShippingListForm(is_filled=False), [])


@bp.post("/orders/ship")
@limited("change")
@requires(Permission.FULFIL)
def ship_list() -> Response | tuple[str, int]:
    """Show what a list would send, or send it; lines that cannot be sent stay on the page with their reasons."""
    form = ShippingListForm()
    carrier = form.carrier.data or ""
    try:
        rows = shipping_list.read(form.list.data or "", carrier)
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(form, []), 422
    if not form.apply.data:
        return _page(form, rows), 200 if any(row.problem is None for row in rows) else 422
    left = shipping_list.send(rows, carrier=carrier, staff=actor())
    sent = len(rows) - len(left)
    if sent:
        remember_carrier(carrier)
        flash(_n("Listo: %(num)s pedido va en camino.", "Listo: %(num)s pedidos van en camino.", sent), "good")
    if not left:
        return redirect(url_for(".orders_list", tab="on_the_way"), 303)
    return _page(form, left), 422


def _page(form: ShippingListForm, rows: list[Row]) -> str:
    return render_template("staff/shipping_list.html", form=form, rows=rows)
