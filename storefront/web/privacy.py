"""The customer's personal data: a copy of it, and the deletion of the account."""

import json

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField

from storefront.errors import InvalidCredentials, InvalidInput
from storefront.i18n import explain
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.accounts import consents, data_export, erasure
from storefront.web.current_user import sign_out, signed_in_only
from storefront.web.forms import Form, valid_password

bp = Blueprint("privacy", __name__, url_prefix="/account/data")


class EraseForm(Form):
    """The password, so that an unattended browser cannot close an account."""

    password = PasswordField(_l("Tu contraseña"), validators=valid_password())


@bp.get("")
@signed_in_only
def show() -> str:
    """Show which data are stored and why, with the buttons for copy and deletion."""
    return _page(EraseForm(formdata=None))


@bp.get("/download")
@signed_in_only
@limited("recovery")
def export() -> AnyResponse:
    """Send everything that is held about the customer, as a JSON file, once the address is confirmed."""
    if not current_user.is_verified:
        flash(explain(InvalidInput({"email": "unverified"})), "warn")
        return redirect(url_for(".show"), 303)
    text = json.dumps(data_export.export(current_user.customer_id), ensure_ascii=False, indent=2)
    name = _("mis-datos.json")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text + "\n", mimetype="application/json", headers=headers)


@bp.post("/erase")
@signed_in_only
@limited("password")
def erase() -> AnyResponse | tuple[str, int]:
    """Close the account for good."""
    form = EraseForm()
    if not form.validate():
        return _page(form), 422
    try:
        erasure.erase(current_user.customer_id, password=form.password.data)
    except InvalidCredentials:
        form.refuse({"password": "wrong_password"})
        return _page(form), 422
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(form), 422
    sign_out()
    flash(_("Cerramos tu cuenta y borramos tus datos, menos lo que la ley nos obliga a guardar."), "good")
    return redirect(url_for("catalogue.home"), 303)


def _page(form: EraseForm) -> str:
    return render_template("account/data.html", form=form, consents=consents.list_for(current_user.customer_id))
