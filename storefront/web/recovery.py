"""Password reset and email confirmation: the pages behind the links in emails."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField

from storefront.enums import LinkPurpose
from storefront.errors import InvalidInput, WeakPassword
from storefront.i18n import current_language, explain
from storefront.i18n import translate as _
from storefront.limits import forgive, limited
from storefront.services.accounts import recovery
from storefront.web.current_user import remember_account, signed_in_only
from storefront.web.forms import EmailForm, Form, valid_password

bp = Blueprint("recovery", __name__)
_LONGEST_TOKEN = 200


class NewPasswordForm(Form):
    """A new password, and the token of the mail's link."""

    token = HiddenField()
    password = PasswordField(_l("Contraseña nueva"), validators=valid_password())


@bp.get("/forgot-password")
def forgot() -> str:
    """Show the form for a forgotten password."""
    return render_template("account/forgot.html", form=EmailForm(formdata=None))


@bp.post("/forgot-password")
@limited("recovery")
def send_link() -> Response | tuple[str, int]:
    """Have a link mailed; the answer is the same for an unknown address."""
    form = EmailForm()
    if not form.validate():
        return render_template("account/forgot.html", form=form), 422
    recovery.request_reset(form.email.data, current_language())
    flash(_("Si hay una cuenta con ese correo, te enviamos un enlace para elegir otra contraseña."), "good")
    return redirect(url_for("account.login"), 303)


@bp.get("/reset-password")
def choose() -> str | tuple[str, int]:
    """Show the form for a new password, unless the link has expired."""
    token = request.args.get("token", "")[:_LONGEST_TOKEN]
    if not recovery.is_link_good(token, LinkPurpose.RESET):
        return render_template("account/link_over.html"), 410
    form = NewPasswordForm(formdata=None)
    form.token.data = token
    return render_template("account/reset.html", form=form)


@bp.post("/reset-password")
@limited("recovery")
def save() -> Response | tuple[str, int]:
    """Set the new password; every login ends, in browsers and on phones."""
    form = NewPasswordForm()
    if not form.validate():
        return render_template("account/reset.html", form=form), 422
    try:
        email = recovery.reset_password((form.token.data or "")[:_LONGEST_TOKEN], form.password.data)
    except WeakPassword as refusal:
        form.say("password", explain(refusal))
        return render_template("account/reset.html", form=form), 422
    except InvalidInput:
        return render_template("account/link_over.html"), 410
    remember_account(email)
    forgive(email)
    flash(_("Tu contraseña quedó cambiada. Entra con la nueva."), "good")
    return redirect(url_for("account.login"), 303)


@bp.get("/verify-email")
def verify() -> str | Response | tuple[str, int]:
    """Show a button: a mail program that prefetches links must not use the link up."""
    token = request.args.get("token", "")[:_LONGEST_TOKEN]
    if not recovery.is_link_good(token, LinkPurpose.VERIFY):
        return render_template("account/link_over.html"), 410
    return _login_redirect(token) or render_template("account/verify.html", token=token)


@bp.post("/verify-email")
@limited("recovery")
def confirm() -> Response | tuple[str, int]:
    """Confirm the e-mail; orders placed with it as a guest become the customer's."""
    token = request.form.get("token", "")[:_LONGEST_TOKEN]
    if recovery.is_link_good(token, LinkPurpose.VERIFY) and (redirection := _login_redirect(token)):
        return redirection
    try:
        recovery.verify_email(token)
    except InvalidInput:
        return render_template("account/link_over.html"), 410
    flash(_("Confirmamos tu correo."), "good")
    return redirect(url_for("catalogue.home"), 303)


@bp.post("/account/verification")
@signed_in_only
@limited("recovery")
def resend() -> Response:
    """Have the confirming link mailed again."""
    recovery.resend_verification(current_user.customer_id, current_user.email, current_language())
    flash(_("Te enviamos un enlace para confirmar tu correo."), "good")
    return redirect(url_for("profile.show"), 303)


def _login_redirect(token: str) -> Response | None:
    """Redirect to the login unless the link's own account is signed in.

    Anybody can open an account with somebody else's address. Were a click in the mail enough, its reader
    would hand the orders placed with that address to whoever knows that account's password.
    """
    if current_user.is_authenticated and recovery.is_link_of(token, current_user.customer_id):
        return None
    flash(_("Entra primero a la cuenta que quieres confirmar."), "info")
    if current_user.is_authenticated:
        return redirect(url_for("profile.show"), 303)
    return redirect(url_for("account.login", next=url_for(".verify", token=token)), 303)
