"""The customer's logins: a list, and a button to end each."""

from contextlib import suppress

from flask import Blueprint, Flask, Response, flash, g, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from storefront.errors import DatabaseUnavailable, NotFound
from storefront.i18n import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.limits import limited
from storefront.services.accounts import devices
from storefront.web.current_user import sign_out, signed_in_only

bp = Blueprint("devices", __name__, url_prefix="/account/devices")


def register(app: Flask) -> None:
    """Record after a response that its login was used."""
    app.after_request(_note_seen)


@bp.get("")
@signed_in_only
def show() -> str:
    """List the browsers and phones in which the account is open."""
    is_staff = current_user.staff_role is not None
    logins = devices.list_for(current_user.customer_id, current=current_user.login_id, is_staff=is_staff)
    return render_template("account/devices.html", devices=logins)


@bp.post("/<device_id>/end")
@signed_in_only
@limited("change")
def end(device_id: str) -> AnyResponse:
    """End a login; an ended one stays ended."""
    if device_id == current_user.login_id:
        sign_out()
        return redirect(url_for("catalogue.home"), 303)
    with suppress(NotFound):
        devices.end(current_user.customer_id, device_id)
    flash(_("Cerramos esa sesión."), "good")
    return redirect(url_for(".show"), 303)


@bp.post("/end-others")
@signed_in_only
@limited("change")
def end_others() -> AnyResponse:
    """End every other login."""
    ended = devices.end_others(current_user.customer_id, current=current_user.login_id)
    flash(_n("Cerramos %(num)s sesión.", "Cerramos %(num)s sesiones.", ended), "good")
    return redirect(url_for(".show"), 303)


def _note_seen(response: Response) -> Response:
    login_seen = g.pop("login_seen", None)
    if login_seen and response.status_code < 500:
        login_id, is_staff = login_seen
        with suppress(DatabaseUnavailable):
            devices.note_seen(login_id, is_staff=is_staff)
    return response
