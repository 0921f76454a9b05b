"""Plans in the back office: the list, one plan with its charges and mails, and its end."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.enums import PlanTab
from storefront.errors import InvalidInput, NotPermitted, PaymentProviderError, ShopError, WrongState
from storefront.i18n import current_language, explain, field_message, step_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.mail import sent_again
from storefront.services.orders import admin_plans, plan_listing
from storefront.services.orders.admin_plans import Details
from storefront.text import clean
from storefront.web.admin import bp
from storefront.web.admin.access import actor, may_use, requires
from storefront.web.admin.forms import EndPlanForm, MailForm
from storefront.web.pages import around, requested_page

PlanResponse = Response | tuple[str, int]


@bp.get("/plans")
@requires(Permission.MONEY)
def plans_list() -> str | Response:
    """List plans, newest first, by what comes next and by a typed text, which is looked for in all of them.

    With `open` in the query string, a plan that is found alone is opened.
    """
    text, tab = clean(request.args.get("q", ""))[:100], request.args.get("tab", "")
    if tab not in list(PlanTab):
        tab = PlanTab.ALL if text else PlanTab.ACTIVE
    page = plan_listing.find(plan_listing.Wanted(tab=PlanTab(tab), text=text, page=requested_page()))
    if text and request.args.get("open") and len(page.items) == page.total == 1:
        return redirect(url_for(".plan", plan_id=page.items[0].plan.id), 303)
    kept: dict[str, Any] = {"tab": tab} | ({"q": text} if text else {})
    return render_template(
        "staff/plans.html",
        page=page,
        tab=tab,
        tabs=tuple(PlanTab),
        text=text,
        pages=around(page.page, page.pages),
        link=lambda page: url_for(".plans_list", page=page, **kept),
    )


@bp.get("/plans/<plan_id>")
@requires(Permission.MONEY)
def plan(plan_id: str) -> str:
    """Show a plan: its charges, what failed, what happened, its mails."""
    return _page(_found(plan_id))


@bp.get("/plans/<plan_id>/end")
@requires(Permission.REFUND)
def end_plan_form(plan_id: str) -> Response | str:
    """Ask how a plan ends, each way with its sum in the button."""
    found = _found(plan_id)
    if found.row.ended_at is not None:
        return redirect(url_for(".plan", plan_id=plan_id), 303)
    return _end_page(found)


@bp.post("/plans/<plan_id>/end")
@limited("change")
@requires(Permission.REFUND)
def end_plan_as_chosen(plan_id: str) -> PlanResponse:
    """End a plan at once, with or without its last charge given back, or with its paid period."""
    form, staff = EndPlanForm(), actor()
    ways: dict[str, tuple[str, Callable[[], None]]] = {
        "now": ("end_plan", lambda: admin_plans.end_at_once(plan_id, staff=staff)),
        "refund": (
            "end_plan_refunded",
            lambda: admin_plans.end_with_refund(plan_id, seen_minor=form.sum.data or 0, staff=staff),
        ),
        "period": ("end_plan_later", lambda: admin_plans.end_with_period(plan_id, staff=staff)),
    }
    _found(plan_id)
    if form.how.data not in ways:
        return _end_page(_found(plan_id), problem=field_message("required", "how")), 422
    return _decide(plan_id, form.seen.data, *ways[form.how.data], page=_end_page)


@bp.post("/plans/<plan_id>/resume")
@limited("change")
@requires(Permission.REFUND)
def resume_plan(plan_id: str) -> PlanResponse:
    """Take an end with the paid period back."""
    form, staff = EndPlanForm(), actor()
    _found(plan_id)
    return _decide(plan_id, form.seen.data, "resume_plan", lambda: admin_plans.resume(plan_id, staff=staff), page=_page)


@bp.post("/plans/<plan_id>/mails/<mail_id>")
@limited("change")
@requires(Permission.CUSTOMERS)
def send_plan_mail_again(plan_id: str, mail_id: str) -> PlanResponse:
    """Send a mail about a plan to its owner once more."""
    found, form = _found(plan_id), MailForm()
    try:
        sent_again.send_about_plan(plan_id, mail_id, staff=actor(), seen=form.sent.data)
    except InvalidInput:
        return _page(found, problem=_("Alguien ya envió un correo de este plan; mira la lista.")), 422
    flash(step_label("mail"), "good")
    return redirect(url_for(".plan", plan_id=plan_id), 303)


def _decide(
    plan_id: str, seen: int | None, step: str, action: Callable[[], None], *, page: Callable[..., str]
) -> PlanResponse:
    """Do what somebody decided, or tell what hindered it and what others did since the page was shown."""
    try:
        action()
    except (InvalidInput, NotPermitted, PaymentProviderError, WrongState) as refusal:
        found = _found(plan_id)
        shown = _page if found.row.ended_at is not None else page
        changes = [event for event in reversed(found.history) if seen is not None and event.id > seen]
        return shown(found, problem=_sentence(refusal), changes=changes), 422
    flash(step_label(step), "good")
    return redirect(url_for(".plan", plan_id=plan_id), 303)


def _sentence(refusal: ShopError) -> str:
    if isinstance(refusal, PaymentProviderError):
        return _("Stripe no respondió y el plan sigue como estaba; inténtalo de nuevo en un momento.")
    if isinstance(refusal, NotPermitted):
        return explain(refusal)
    return _("El plan cambió mientras lo mirabas y no hicimos nada. Revisa cómo está ahora.")


def _found(plan_id: str) -> Details:
    return admin_plans.get(plan_id, language=current_language())


def _page(found: Details, *, problem: str = "", changes: Any = ()) -> str:
    mails = sent_again.mails_about_plan(found.row) if may_use(".send_plan_mail_again") else ()
    return render_template(
        "staff/plan.html",
        found=found,
        problem=problem,
        changes=changes,
        mails=mails,
        can_leave=sent_again.can_leave,
    )


def _end_page(found: Details, *, problem: str = "", changes: Any = ()) -> str:
    return render_template("staff/plan_end.html", found=found, problem=problem, changes=changes)
