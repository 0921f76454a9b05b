"""The customer's subscriptions: list, cancel, resume, and change the card at Stripe."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.errors import PaymentProviderError, PlanOver
from storefront.i18n import current_language, date_label, explain
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.subscriptions import management
from storefront.services.subscriptions.overview import SubscriptionOverview
from storefront.settings import settings
from storefront.web.current_user import signed_in_only

bp = Blueprint("subscriptions", __name__, url_prefix="/account/subscriptions")


@bp.get("")
@signed_in_only
def show() -> str:
    """List the customer's plans, those that run first."""
    return _page()


@bp.post("/<subscription_id>/cancel")
@signed_in_only
@limited("change")
def cancel(subscription_id: str) -> Response | tuple[str, int]:
    """End a plan with its paid period, or today where its charge failed."""
    return _change(management.cancel, subscription_id)


@bp.post("/<subscription_id>/resume")
@signed_in_only
@limited("change")
def resume(subscription_id: str) -> Response | tuple[str, int]:
    """Go on with a plan that was to end."""
    return _change(management.resume, subscription_id)


@bp.post("/card")
@signed_in_only
@limited("change")
def card() -> Response | tuple[str, int]:
    """Go to Stripe's page where the card is changed, and come back here."""
    back = settings().BASE_URL + url_for(".show")
    try:
        url = management.portal_url(current_user.customer_id, return_url=back, language=current_language())
    except PaymentProviderError as refusal:
        return _page(explain(refusal)), 503
    return redirect(url, 303)


def _change(verb: Callable[..., SubscriptionOverview], subscription_id: str) -> Response | tuple[str, int]:
    try:
        plan = verb(current_user.customer_id, subscription_id, language=current_language())
    except (PaymentProviderError, PlanOver) as refusal:
        return _page(explain(refusal)), 503 if isinstance(refusal, PaymentProviderError) else 422
    day = date_label(plan.current_period_end, "full")
    if plan.ended_at:
        flash(_("Cancelamos %(name)s. Terminó hoy y no se cobra nada más.", name=plan.name), "good")
    elif plan.cancel_at_period_end:
        flash(
            _("Cancelamos %(name)s. Sigue activo hasta el %(day)s y no se cobra más.", name=plan.name, day=day), "good"
        )
    else:
        flash(_("%(name)s sigue. El próximo cobro es el %(day)s.", name=plan.name, day=day), "good")
    return redirect(url_for(".show"), 303)


def _page(problem: str = "") -> str:
    plans = management.list_for(current_user.customer_id, language=current_language())
    plans.sort(key=lambda plan: not plan.is_running)
    return render_template("account/subscriptions.html", plans=plans, problem=problem)
