"""The team in the back office, for owners: who works here, in which role, with which access and second factor."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, StopValidation

from storefront.enums import StaffRole
from storefront.errors import InvalidInput, LastOwner, NotFound
from storefront.i18n import current_language, explain, field_message, role_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin import permissions
from storefront.services.admin import staff as members
from storefront.services.admin.permissions import Permission
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.forms import Form, a_mail_address, clean_line, filled, message

PageResponse = str | Response | tuple[str, int]


class InviteForm(Form):
    """An address and its role."""

    email = StringField(
        _l("Correo electrónico"),
        filters=[clean_line],
        validators=[DataRequired(message("required", "invited_email")), *filled("email"), a_mail_address],
    )
    role = SelectField(_l("Rol"), validate_choice=False, default="")

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.role.choices = [("", ""), *((str(role), role_label(role)) for role in StaffRole)]

    def validate_role(self, field: SelectField) -> None:
        """Refuse what is no role."""
        if field.data not in list(StaffRole):
            raise StopValidation(field_message("required", "role"))


@bp.get("/team")
@requires(Permission.TEAM)
def team_list() -> str:
    """List everybody who works here or was disabled, with the form to invite somebody."""
    return _page(InviteForm(formdata=None))


@bp.post("/team/invite")
@limited("recovery")
@requires(Permission.TEAM)
def invite_member() -> PageResponse:
    """Give an address a role; who has no confirmed account is mailed a link to choose a password."""
    form = InviteForm()
    if not form.validate():
        return _page(form), 422
    email = (form.email.data or "").lower()
    if email in {member.email for member in members.list_members()}:
        form.refuse({"email": "works_here"})
        return _page(form), 422
    try:
        added = members.add(email, StaffRole(form.role.data), staff=actor(), language=current_language())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(form), 422
    if added.is_confirmed:
        flash(_("%(email)s ya tenía una cuenta y ahora trabaja aquí; entra con su contraseña.", email=email), "good")
    else:
        flash(_("Enviamos a %(email)s un enlace para elegir su contraseña; sirve 48 horas.", email=email), "good")
    return redirect(url_for(".team_list"), 303)


@bp.post("/team/<person_id>/role")
@limited("change")
@requires(Permission.TEAM)
def change_member_role(person_id: str) -> PageResponse:
    """Give a member another role, which counts from the next request."""
    member, role = _get(person_id), request.form.get("role", "")
    if role not in list(StaffRole):
        return _page(InviteForm(formdata=None), [(f"role-{person_id}", field_message("required", "role"))]), 422
    return _change(
        member,
        lambda: members.change_role(member.email, StaffRole(role), staff=actor()),
        _("Cambiamos el rol de %(email)s.", email=member.email),
    )


@bp.post("/team/<person_id>/disable")
@limited("change")
@requires(Permission.TEAM)
def disable_member(person_id: str) -> PageResponse:
    """End a member's access and every login at once."""
    member = _get(person_id)
    done = _("%(email)s ya no entra al equipo.", email=member.email)
    return _change(member, lambda: members.disable(member.email, staff=actor()), done)


@bp.post("/team/<person_id>/enable")
@limited("change")
@requires(Permission.TEAM)
def enable_member(person_id: str) -> PageResponse:
    """Give a disabled member the same role again."""
    member = _get(person_id)
    done = _("%(email)s trabaja aquí otra vez.", email=member.email)
    return _change(member, lambda: members.enable(member.email, staff=actor()), done)


@bp.post("/team/<person_id>/reset")
@limited("change")
@requires(Permission.TEAM)
def reset_member_factor(person_id: str) -> PageResponse:
    """Take the second factor of a member who lost phone and codes away."""
    member = _get(person_id)
    done = _("%(email)s ya no tiene segundo factor y debe entrar otra vez.", email=member.email)
    return _change(member, lambda: members.reset_second_factor(member.email, staff=actor()), done)


@bp.post("/team/rule")
@limited("change")
@requires(Permission.TEAM)
def save_team_rule() -> Response:
    """Decide whether everybody must have a second factor."""
    members.require_second_factor(request.form.get("is_required") == "1", staff=actor())
    flash(_("Guardamos la regla del equipo."), "good")
    return redirect(url_for(".team_list"), 303)


def _change(member: members.Member, change: Callable[[], object], done: str) -> PageResponse:
    try:
        change()
    except LastOwner as refusal:
        return _page(InviteForm(formdata=None), [(f"member-{member.person_id}", explain(refusal))]), 422
    flash(done, "good")
    # Who has just given the role of owner away may not see this page any more.
    own = member.email == current_user.email
    return redirect(url_for(".orders_list" if own else ".team_list"), 303)


def _get(person_id: str) -> members.Member:
    for member in members.list_members():
        if member.person_id == person_id:
            return member
    raise NotFound(person_id=person_id)


def _page(form: InviteForm, problems: list[tuple[str, str]] | None = None) -> str:
    return render_template(
        "staff/team.html",
        members=members.list_members(),
        roles=tuple(StaffRole),
        form=form,
        is_required=permissions.is_second_factor_rule_on(),
        problems=problems or form.problems,
        refused=dict(problems or []),
    )
