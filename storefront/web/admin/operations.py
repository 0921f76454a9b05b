"""Pending work for staff: due refunds of returns, failed webhook events, failed emails, overdue shipments."""

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from storefront.errors import NotFound
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.mail import mail_delivery
from storefront.services.orders import admin_returns, fulfilment
from storefront.services.payments import webhook_events
from storefront.web.admin import bp
from storefront.web.admin.access import actor, may_use, requires

_OUTCOMES = {
    "done": (_l("El evento se aplicó."), "good"),
    "failed": (_l("El evento volvió a fallar; el motivo está abajo."), "bad"),
    "ignored": (_l("Ese evento no corresponde a esta tienda; no hay nada más que hacer."), "good"),
    "waiting": (_l("El evento se aplicará cuando llegue el pago al que pertenece."), "good"),
}


@bp.get("/care")
@requires(Permission.ORDERS)
def operations() -> str:
    """List failed events and emails, returns with a due refund, and overdue shipments."""
    return render_template(
        "staff/operations.html",
        events=webhook_events.latest(only_failed=True) if may_use(".retry_event") else (),
        mails=mail_delivery.given_up() if may_use(".retry_mail") else (),
        returns=admin_returns.waiting(),
        overdue=fulfilment.overdue(),
    )


@bp.post("/care/events/<event_id>")
@limited("change")
@requires(Permission.EVENTS)
def retry_event(event_id: str) -> Response:
    """Apply an event again."""
    event = webhook_events.retry(event_id, staff=actor())
    message, category = _OUTCOMES.get(event.state, _OUTCOMES["done"])
    flash(message, category)
    return redirect(url_for(".operations"), 303)


@bp.post("/care/mails/<mail_id>")
@limited("change")
@requires(Permission.CUSTOMERS)
def retry_mail(mail_id: str) -> Response:
    """Retry an email."""
    if not mail_delivery.retry(mail_id, staff=actor()):
        raise NotFound(mail_id=mail_id)
    flash(_("El correo sale en unos segundos."), "good")
    return redirect(url_for(".operations"), 303)
