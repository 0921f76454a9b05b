"""What the back office asks before a request is done: the second factor, and once more who is there.

Money, team and people's data take a sign-in of a moment ago. Later a page asks for the password, and for a code where
there is a second factor. It holds the form that was sent, and sends it again to the same address, so that nothing that
was typed is lost, and no JavaScript is needed. The same goes for a form that was sent after the session was over.
"""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from storefront.errors import InvalidCredentials, InvalidInput
from storefront.i18n import translate as _
from storefront.limits import guessing, note_refusal
from storefront.services.accounts import second_factors
from storefront.services.admin.permissions import Permission, is_confirmation_needed, is_second_factor_required
from storefront.web.current_user import send_to_login, sign_out
from storefront.web.forms import Form, clean_line, filled, valid_password
from storefront.web.origin import may_be_foreign
from storefront.web.redirects import address_of_this_page

_SETTING_UP = frozenset({"staff.security", "staff.offer_factor", "staff.new_factor", "staff.activate_factor"})
_OWN = frozenset({"csrf_token", "confirm_username", "confirm_password", "confirm_code"})
_READING = ("GET", "HEAD", "OPTIONS")


class ConfirmForm(Form):
    """The password again; its fields have names that no other form of the back office has."""

    confirm_password = PasswordField(_l("Tu contraseña"), validators=valid_password("confirm_password"))


class ConfirmCodeForm(ConfirmForm):
    """Password and code again."""

    confirm_code = StringField(_l("Código"), filters=[clean_line], validators=filled("confirm_code", 40))


def ask_first(endpoint: str, permission: Permission) -> Response | None:
    """Return the page that comes before the one that was asked for, if any."""
    if current_user.has_second_factor and not current_user.gave_code:
        # A login that began without the code: before there was a factor, or by a new password.
        answer = send_to_login()
        sign_out()
        flash(_("Entra otra vez: ahora tu cuenta pide también un código."), "info")
        return answer
    is_setting_up = endpoint in _SETTING_UP
    if not current_user.has_second_factor and not is_setting_up and is_second_factor_required(current_user.staff_role):
        flash(_("Antes de seguir, activa tu segundo factor: la tienda lo pide."), "warn")
        return redirect(url_for("staff.security"), 303)
    # Whoever found a browser open must not set a second factor of their own up.
    is_first_factor = endpoint == "staff.offer_factor" and not current_user.has_second_factor
    if request.method not in _READING and (is_confirmation_needed(permission) or is_first_factor):
        return None if current_user.is_confirmed else _confirm()
    return None


def keep_form() -> Response | None:
    """Return a page that keeps a form whose sender's session is over, to be sent again after signing in; or None.

    Nobody is signed in here and nothing is done: the form comes back to its own address with a token of the new
    session, and is checked there like any other. A form with a secret or a file is not kept, nor an empty one.
    """
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in _OWN]
    has_secret = any("password" in name or name == "one_time_code" for name, _text in fields)
    if request.method != "POST" or not fields or has_secret or request.files or may_be_foreign():
        return None
    action = request.full_path.removesuffix("?")
    login = url_for("account.login", next=address_of_this_page())
    return make_response(render_template("staff/session_over.html", fields=fields, action=action, login=login), 403)


def _confirm() -> Response | None:
    """Return the page that asks again; None when the answer came with the form and is right."""
    form = ConfirmCodeForm() if current_user.has_second_factor else ConfirmForm()
    is_answer = "confirm_password" in request.form
    if not is_answer:
        form.process(formdata=None)
    elif form.validate() and _is_right(form):
        return None
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in _OWN]
    page = render_template(
        "staff/confirm.html",
        form=form,
        fields=fields,
        action=request.full_path.removesuffix("?"),
        back=address_of_this_page(),
    )
    return make_response(page, 422 if is_answer else 403)


def _is_right(form: ConfirmForm) -> bool:
    code = form.confirm_code.data if isinstance(form, ConfirmCodeForm) else ""
    try:
        with guessing(current_user.customer_id):
            confirmation = second_factors.prove_again(
                current_user.customer_id,
                password=form.confirm_password.data,
                code=code,
                has_second_factor=current_user.has_second_factor,
            )
            second_factors.confirm(confirmation, login_id=current_user.login_id)
    except InvalidCredentials as refusal:
        note_refusal(refusal)
        form.refuse({"confirm_password": "wrong_password"})
        return False
    except InvalidInput as refusal:
        note_refusal(refusal)
        form.refuse({"confirm_code": refusal.problems["one_time_code"]})
        return False
    return True
