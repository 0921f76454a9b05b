"""Returns: the request with its receipt, and the cancellation of an order that was not shipped yet."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField

from storefront.errors import InvalidInput, WrongState
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.money import format_money
from storefront.services.orders import own_orders, own_returns
from storefront.web.current_user import remember_order, shopper
from storefront.web.form_tokens import new_token
from storefront.web.forms import OrderLinesForm, clean_lines, message
from storefront.web.number_fields import LineUnits

bp = Blueprint("withdrawals", __name__, url_prefix="/account/orders/<number>")
_LONGEST_KEY = 40


class WithdrawalForm(OrderLinesForm):
    """The units to return of each returnable line."""

    reason = TextAreaField(_l("¿Por qué lo devuelves?"), filters=[clean_lines])
    key = HiddenField()

    def __init__(self, units: Mapping[int, int], *, is_filled: bool = True) -> None:
        lines = LineUnits("line", units, message("invalid_units"), _l("Unidades que devuelves"))
        super().__init__(lines, is_filled=is_filled)


@bp.get("/withdrawal")
def show_form(number: str) -> str | Response:
    """Show until when each line can be returned, with the form for the request."""
    order = _order(number)
    rights = own_returns.rights_of(order)
    form = _form(rights, is_filled=False)
    form.key.data = new_token()
    return _page(order, rights, form)


@bp.post("/withdrawal")
@limited("change")
def send(number: str) -> Response | tuple[str, int]:
    """Create the return request; its receipt is a page and an email."""
    order = _order(number)
    rights = own_returns.rights_of(order)
    form = _form(rights)
    if not form.validate():
        return _page(order, rights, form), 422
    key = (form.key.data or new_token())[:_LONGEST_KEY]
    try:
        row = own_returns.request_return(
            shopper(),
            number,
            units=form.lines.units,
            reason=form.reason.data or "",
            key=key,
            token=request.values.get("token"),
        )
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(_order(number), rights, form), 422
    except WrongState:
        flash(_("De este pedido ya no se puede pedir la devolución. Aquí ves cómo está."), "warn")
        return redirect(url_for("account.order", number=number), 303)
    return redirect(url_for(".receipt", number=number, sequence=row.sequence), 303)


@bp.get("/withdrawals/<int:sequence>")
def receipt(number: str, sequence: int) -> str:
    """Show a return request: its lines, the next steps, and the last day of its refund."""
    return_request = own_returns.get(shopper(), number, sequence, token=request.args.get("token"))
    return render_template("account/withdrawal_receipt.html", return_request=return_request, order=return_request.order)


@bp.post("/cancel")
@limited("change")
def cancel(number: str) -> Response:
    """Cancel and refund a paid order that was not shipped; a repeated request has no further effect."""
    try:
        token = request.form.get("token")
        cancellation = own_returns.rights_of(own_orders.get(shopper(), number, token=token)).cancellation
        own_returns.cancel_order(shopper(), number, token=token)
    except (WrongState, InvalidInput):
        flash(_("Este pedido ya no se puede cancelar. Aquí ves cómo está."), "warn")
    else:
        flash(_cancelled_label(cancellation), "good")
    return redirect(url_for("account.order", number=number), 303)


def _cancelled_label(cancellation: own_returns.Cancellation | None) -> str:
    if cancellation is not None and not cancellation.amount_minor:
        return _("Cancelamos lo que no habíamos enviado. No se te cobró nada.")
    if cancellation is None or not cancellation.kept:
        return _("Cancelamos el pedido y pedimos la devolución de todo tu dinero.")
    return _(
        "Cancelamos lo que no habíamos enviado y pedimos la devolución de %(amount)s. Lo demás sigue disponible.",
        amount=format_money(cancellation.amount_minor, current_language()),
    )


def _order(number: str) -> own_orders.Order:
    """Return an order that this browser may see, and remember it, so that later requests need no token."""
    order = own_orders.get(shopper(), number, token=request.values.get("token"))
    remember_order(order.public_id)
    return order


def _form(rights: own_returns.Rights, *, is_filled: bool = True) -> WithdrawalForm:
    """Return the form with a field for each returnable line."""
    open_lines = [(line_id, right) for line_id, right in rights.by_line.items() if right.is_open]
    units = {line_id: right.units if len(open_lines) == 1 else 0 for line_id, right in open_lines}
    return WithdrawalForm(units, is_filled=is_filled)


def _page(order: own_orders.Order, rights: own_returns.Rights, form: WithdrawalForm) -> str:
    return render_template("account/withdrawal.html", order=order, rights=rights, form=form)
