"""What people have a right to about their own data, done by staff: a copy, the erasure, and other answers."""

import json

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from storefront.errors import InvalidInput, PaymentProviderError
from storefront.i18n import explain, field_message
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.accounts import remains
from storefront.services.admin.permissions import Permission
from storefront.services.customers import data_requests, subjects
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.customer_forms import EraseForm

PageResponse = str | Response | tuple[str, int]


@bp.post("/customers/<customer_reference>/export")
@limited("recovery")
@requires(Permission.PERSONAL_DATA)
def export_customer(customer_reference: str) -> Response:
    """Send everything that is held about a customer, as a JSON file to hand over; an open request is answered."""
    subject = subjects.get(customer_reference)
    try:
        document = data_requests.export(subject, staff=actor())
    except InvalidInput:
        flash(
            _("Esta cuenta no ha confirmado su correo, y podría ser de otra persona: pídele que lo confirme."), "warn"
        )
        return redirect(url_for(".customer", customer_reference=subject.reference), 303)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="datos-{subject.reference}.json"'}
    return FlaskResponse(text + "\n", mimetype="application/json", headers=headers)


@bp.post("/customers/<customer_reference>/requests/<int:request_id>/close")
@limited("change")
@requires(Permission.PERSONAL_DATA)
def close_data_request(customer_reference: str, request_id: int) -> Response:
    """Count a request as answered in another way."""
    subject = subjects.get(customer_reference)
    data_requests.close(subject, request_id, staff=actor())
    flash(_("La solicitud quedó respondida."), "good")
    return redirect(url_for(".customer", customer_reference=subject.reference), 303)


@bp.get("/customers/<customer_reference>/erase")
@requires(Permission.PERSONAL_DATA)
def erasure(customer_reference: str) -> str:
    """Show what the erasure takes away, what stays, and why."""
    return _page(customer_reference, EraseForm(formdata=None))


@bp.post("/customers/<customer_reference>/erase")
@limited("change")
@requires(Permission.PERSONAL_DATA)
def erase_customer(customer_reference: str) -> PageResponse:
    """Erase a customer; it cannot be undone."""
    subject, form = subjects.get(customer_reference), EraseForm()
    try:
        data_requests.erase(subject, is_sure=bool(form.is_sure.data), staff=actor())
    except InvalidInput as refusal:
        # Each service names its own field; this page has one.
        code = next(iter(refusal.problems.values()))
        form.say("is_sure", field_message(code, "is_sure"))
        return _page(customer_reference, form), 422
    except PaymentProviderError as refusal:
        form.say("is_sure", explain(refusal))
        return _page(customer_reference, form), 503
    flash(_("Borramos sus datos, menos lo que la ley obliga a guardar."), "good")
    return redirect(url_for(".customers_list"), 303)


def _page(customer_reference: str, form: EraseForm) -> str:
    subject = subjects.get(customer_reference)
    return render_template(
        "staff/customer_erase.html",
        subject=subject,
        remains=remains.remains_of(subject),
        form=form,
        problems=form.problems,
    )
