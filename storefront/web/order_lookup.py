"""Finding an order without an account: its number and e-mail, and the link comes by mail."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import StringField

from storefront.errors import InvalidInput
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.accounts import order_lookup
from storefront.web.forms import EmailForm, clean_line, filled

bp = Blueprint("order_lookup", __name__, url_prefix="/orders/find")


class FindOrderForm(EmailForm):
    """The number of an order and the e-mail that it was placed with."""

    order_number = StringField(
        _l("Número del pedido"), filters=[clean_line], validators=filled("order_number", order_lookup.MAX_NUMBER)
    )


@bp.get("")
def show() -> str:
    """Show the form for number and e-mail."""
    return render_template("account/find_order.html", form=FindOrderForm(formdata=None))


@bp.post("")
@limited("lookup")
def send_link() -> Response | tuple[str, int]:
    """Have the link mailed; the answer is the same whether there is such an order or not."""
    form = FindOrderForm()
    if form.validate():
        try:
            order_lookup.request_link(form.order_number.data, form.email.data, current_language())
        except InvalidInput as refusal:
            form.refuse(refusal.problems)
        else:
            flash(_("Si hay un pedido con ese número y ese correo, te enviamos un enlace para abrirlo."), "good")
            return redirect(url_for(".show"), 303)
    return render_template("account/find_order.html", form=form), 422
