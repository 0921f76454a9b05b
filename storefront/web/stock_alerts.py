"""Alerts of sold-out variants: the form on a product's page, and the page behind the links of their mails."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.accounts.email_addresses import check_email
from storefront.services.stock import alerts
from storefront.web.catalogue import product_page
from storefront.web.forms import EmailForm, QuantityForm

bp = Blueprint("stock_alerts", __name__)
_LONGEST_TOKEN = 200


@bp.post("/products/<slug>/stock-alert")
@limited("alert")
def ask(slug: str) -> Response | tuple[str, int]:
    """Have somebody told when a variant is back; the answer is the same whoever waits for it already."""
    form, variant_id = EmailForm(), request.form.get("variant", "")[:26]
    if not form.validate():
        return product_page(slug, QuantityForm(formdata=None), variant_id=variant_id, alert=form), 422
    email = check_email(form.email.data)
    is_own = current_user.is_authenticated and current_user.is_verified and current_user.email == email
    alerts.ask(slug, variant_id, email, current_language(), is_proved=is_own)
    if is_own:
        flash(_("Listo: te escribimos a %(email)s cuando vuelva a estar disponible.", email=email), "good")
    else:
        sent = _(
            "Te enviamos un correo a %(email)s: confírmalo y te avisamos cuando vuelva a estar disponible.",
            email=email,
        )
        flash(sent, "good")
    return redirect(url_for("catalogue.product", slug=slug, variant=variant_id or None), 303)


@bp.get("/stock-alerts/<token>")
def show(token: str) -> str | tuple[str, int]:
    """Show an alert with its buttons: a mail program that opens links must neither confirm nor end it."""
    found = alerts.find(token[:_LONGEST_TOKEN], current_language())
    page = render_template("account/stock_alert.html", alert=found, token=token)
    return page if found else (page, 410)


@bp.post("/stock-alerts/<token>/confirm")
@limited("change")
def confirm(token: str) -> Response:
    """Confirm an alert."""
    if alerts.confirm(token[:_LONGEST_TOKEN]):
        flash(_("Listo: te escribimos una sola vez, cuando vuelva a estar disponible."), "good")
    return redirect(url_for(".show", token=token), 303)


@bp.post("/stock-alerts/<token>/end")
@limited("change")
def end(token: str) -> Response:
    """End an alert."""
    alerts.end(token[:_LONGEST_TOKEN])
    return redirect(url_for(".show", token=token), 303)
