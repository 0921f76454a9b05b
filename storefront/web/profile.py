"""The customer's profile: names, phone, language, marketing consent, and password."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice

from storefront.errors import InvalidCredentials, InvalidInput, WeakPassword
from storefront.i18n import current_language, explain, phone_label
from storefront.i18n import translate as _
from storefront.i18n.consent import marketing_text
from storefront.limits import limited
from storefront.services.accounts import authentication, consents, passwords, profiles
from storefront.web import document_form
from storefront.web.current_user import caller, sign_in, signed_in_only
from storefront.web.forms import DocumentForm, Form, clean_line, filled, valid_password

bp = Blueprint("profile", __name__, url_prefix="/account/profile")


class ProfileForm(DocumentForm):
    """The fields of the profile."""

    first_name = StringField(
        lazy_pgettext("person", "Nombre"), filters=[clean_line], validators=filled("first_name", 60)
    )
    last_name = StringField(_l("Apellido"), filters=[clean_line], validators=filled("last_name", 60))
    phone = StringField(_l("Celular"), filters=[clean_line])
    language = SelectField(_l("Idioma"), choices=[SelectChoice("es", "Español"), SelectChoice("en", "English")])
    marketing = BooleanField(LazyString(lambda: marketing_text(current_language())))


class PasswordForm(Form):
    """The current and the new password."""

    current_password = PasswordField(_l("Contraseña actual"), validators=valid_password("current_password"))
    new_password = PasswordField(_l("Contraseña nueva"), validators=valid_password("new_password"))


@bp.get("")
@signed_in_only
def show() -> str:
    """Show the profile."""
    return _page(_filled_form(), PasswordForm(formdata=None))


@bp.post("")
@signed_in_only
@limited("change")
def save() -> Response | tuple[str, int]:
    """Save the profile; an empty phone or document is deleted, an unticked box withdraws the consent."""
    form = ProfileForm()
    form.validate()
    document = document_form.checked(form)
    if form.problems:
        return _page(form, PasswordForm(formdata=None)), 422
    try:
        profiles.change(
            current_user.customer_id,
            first_name=form.first_name.data,
            last_name=form.last_name.data,
            phone=form.phone.data or None,
            language=form.language.data,
            accepts_marketing=bool(form.marketing.data),
            document=document,
            forget=tuple(name for name, value in (("phone", form.phone.data), ("document", document)) if not value),
        )
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(form, PasswordForm(formdata=None)), 422
    session["lang"] = form.language.data
    flash(_("Guardamos tus datos."), "good")
    return redirect(url_for(".show"), 303)


@bp.post("/password")
@signed_in_only
@limited("password")
def change_password() -> Response | tuple[str, int]:
    """Change the password; every other login ends, and this browser gets a new one."""
    form = PasswordForm()
    if not form.validate():
        return _page(_filled_form(), form), 422
    customer_id, gave_code = current_user.customer_id, current_user.gave_code
    try:
        passwords.change_password(customer_id, current=form.current_password.data, new=form.new_password.data)
    except InvalidCredentials:
        form.refuse({"current_password": "wrong_password"})
        return _page(_filled_form(), form), 422
    except WeakPassword as refusal:
        form.say("new_password", explain(refusal))
        return _page(_filled_form(), form), 422
    sign_in(authentication.open_login(customer_id, caller=caller(), gave_code=gave_code))
    flash(_("Tu contraseña quedó cambiada. Cerramos la sesión en tus otros dispositivos."), "good")
    return redirect(url_for(".show"), 303)


def _filled_form() -> ProfileForm:
    form = ProfileForm(formdata=None, obj=current_user, marketing=current_user.accepts_marketing)
    form.phone.data = phone_label(current_user.phone or "")
    document_form.fill(form, current_user.document)
    return form


def _page(form: ProfileForm, password_form: PasswordForm) -> str:
    consent_in_force = next(
        (consent for consent in consents.list_for(current_user.customer_id) if consent.withdrawn_at is None), None
    )
    return render_template("account/profile.html", form=form, password_form=password_form, consent=consent_in_force)
