"""One's own second factor in the back office: set up, another phone, new recovery codes, off."""

from collections.abc import Callable, Sequence

import segno
from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import PasswordField

from storefront.enums import StaffRole
from storefront.errors import InvalidCredentials, InvalidInput
from storefront.i18n import field_message
from storefront.i18n import translate as _
from storefront.limits import guessing, limited, note_refusal
from storefront.services.accounts import second_factors
from storefront.services.admin.permissions import Permission, is_second_factor_required
from storefront.services.jobs import daily_mail
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.forms import CodeForm, Form, code_field, valid_password

PageResponse = str | Response | tuple[str, int]


class ProofForm(Form):
    """Password and code; a page has several of these forms, so that their fields have ids of their own."""

    password = PasswordField(_l("Tu contraseña"), validators=valid_password())
    one_time_code = code_field()

    def __init__(self, action: str, **values: object) -> None:
        super().__init__(**values)
        self.action = action
        for field in (self.password, self.one_time_code):
            field.id = f"{action}-{field.name}"


@bp.get("/security")
@requires(Permission.OWN_ACCESS)
def security() -> str:
    """Show whether one's second factor is on, and what can be done about it."""
    return _page()


@bp.post("/security/offer")
@limited("change")
@requires(Permission.OWN_ACCESS)
def offer_factor() -> PageResponse:
    """Make a secret to scan; where there is a second factor already, after password and code."""
    if not current_user.has_second_factor:
        second_factors.offer(current_user.customer_id, staff=actor())
        return redirect(url_for(".new_factor"), 303)
    form = ProofForm("offer")
    if (confirmation := proved(form)) is None or not _done(
        form, lambda: second_factors.offer_another(confirmation, staff=actor())
    ):
        return _page(form), 422
    return redirect(url_for(".new_factor"), 303)


@bp.get("/security/new")
@requires(Permission.OWN_ACCESS)
def new_factor() -> str:
    """Show the secret as a QR code and in letters, with the field for the first code."""
    return _offer_page(CodeForm(formdata=None))


@bp.post("/security/new")
@limited("change")
@requires(Permission.OWN_ACCESS)
def activate_factor() -> PageResponse:
    """Let the new secret count once a code of it arrives, and show the recovery codes, once."""
    form = CodeForm()
    if form.validate():
        try:
            with guessing(current_user.customer_id):
                codes = second_factors.activate(
                    current_user.customer_id,
                    form.one_time_code.data,
                    login_id=current_user.login_id,
                    staff=actor(),
                )
        except InvalidInput as refusal:
            note_refusal(refusal)
            form.refuse(refusal.problems)
        else:
            return render_template("staff/security_codes.html", codes=codes, is_new=True)
    return _offer_page(form), 422


@bp.post("/security/codes")
@limited("change")
@requires(Permission.OWN_ACCESS)
def renew_codes() -> PageResponse:
    """Show new recovery codes, once; the earlier ones end."""
    form, codes = ProofForm("codes"), list[str]()
    confirmation = proved(form)
    if confirmation is None or not _done(
        form, lambda: codes.extend(second_factors.renew_codes(confirmation, staff=actor()))
    ):
        return _page(form), 422
    return render_template("staff/security_codes.html", codes=codes, is_new=False)


@bp.post("/security/remove")
@limited("change")
@requires(Permission.OWN_ACCESS)
def remove_factor() -> PageResponse:
    """End one's second factor, unless the shop requires it."""
    form = ProofForm("off")
    confirmation = proved(form)
    if confirmation is None or not _done(form, lambda: second_factors.remove_own(confirmation, staff=actor())):
        return _page(form), 422
    flash(_("Tu segundo factor quedó desactivado."), "good")
    return redirect(url_for(".security"), 303)


@bp.post("/security/daily-mail")
@limited("change")
@requires(Permission.OWN_ACCESS)
def save_daily_mail() -> Response:
    """Switch an owner's own mail of the morning on or off."""
    is_on = request.form.get("to") == "on"
    daily_mail.set_wanted(is_on, staff=actor())
    flash(_("Recibirás el correo de cada mañana.") if is_on else _("Ya no recibirás el correo de cada mañana."), "good")
    return redirect(url_for(".security"), 303)


def proved(form: ProofForm) -> second_factors.Confirmation | None:
    """Return what password and code prove, or None after saying at the field what is wrong."""
    if not form.validate():
        return None
    try:
        with guessing(current_user.customer_id):
            return second_factors.prove_again(
                current_user.customer_id,
                password=form.password.data,
                code=form.one_time_code.data,
                has_second_factor=True,
            )
    except InvalidCredentials as refusal:
        note_refusal(refusal)
        form.refuse({"password": "wrong_password"})
    except InvalidInput as refusal:
        note_refusal(refusal)
        form.refuse(refusal.problems)
    return None


def _done(form: ProofForm, change: Callable[[], object]) -> bool:
    """Make a change that spends the code; somebody else may have been faster."""
    try:
        change()
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return False
    return True


def _page(refused: ProofForm | None = None, problems: Sequence[tuple[str, str]] = ()) -> str:
    forms = {name: ProofForm(name, formdata=None) for name in ("offer", "codes", "off")}
    is_owner = current_user.staff_role == StaffRole.OWNER
    if refused is not None:
        forms[refused.action] = refused
    return render_template(
        "staff/security.html",
        standing=second_factors.standing_of(current_user.customer_id),
        is_required=is_second_factor_required(current_user.staff_role),
        forms=forms,
        has_daily_mail=daily_mail.is_wanted(current_user.customer_id) if is_owner else None,
        refused=refused.action if refused else "",
        problems=refused.problems if refused else problems,
    )


def _offer_page(form: CodeForm) -> str:
    offer = second_factors.find_offer(current_user.customer_id, current_user.email)
    if offer is None:
        over = field_message("offer_over", "one_time_code")
        return _page(problems=[("start", over)] if form.is_submitted() else ())
    picture = segno.make(offer.address, error="m", micro=False).svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return render_template(
        "staff/security_new.html",
        form=form,
        picture=Markup(picture),  # nosec B704
        secret=" ".join(offer.secret[i : i + 4] for i in range(0, len(offer.secret), 4)),
        address=offer.address,
    )
