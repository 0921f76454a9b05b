"""Petitions, complaints, claims and suggestions in the back office: what waits, answers by mail, and closing."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from storefront.enums import RequestStatus
from storefront.errors import EditConflict, InvalidInput, WrongState
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.customer_requests import handling
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.product_values import member
from storefront.web.admin.products import PageResponse
from storefront.web.forms import Form, clean_lines
from storefront.web.number_fields import SeenNumberField
from storefront.web.pages import around, requested_page


class AnswerForm(Form):
    """An answer to a request; `version` is the one that was read."""

    version = SeenNumberField()
    request_answer = TextAreaField(_l("Respuesta"), filters=[clean_lines])


class CloseRequestForm(Form):
    """The end of a request; `version` is the one that was read."""

    version = SeenNumberField()
    closing_note = TextAreaField(_l("Nota interna"), filters=[clean_lines])


@bp.get("/requests")
@requires(Permission.CUSTOMERS)
def requests_list() -> str:
    """List the requests in a state, those that are due first at the top, or those that a text finds."""
    status = member(RequestStatus, request.args.get("status", "")) or RequestStatus.OPEN
    text = request.args.get("q", "").strip()[:100]
    page = handling.find(status, text, requested_page())
    kept: dict[str, Any] = {"q": text} if text else {"status": status}
    return render_template(
        "staff/requests.html",
        page=page,
        text=text,
        status=status,
        statuses=tuple(RequestStatus),
        is_overdue=handling.is_overdue,
        pages=around(page.page, page.pages),
        link=lambda page: url_for(".requests_list", page=page, **kept),
    )


@bp.get("/requests/<filing_number>")
@requires(Permission.CUSTOMERS)
def customer_request(filing_number: str) -> str:
    """Show a request with its answers and what can be done."""
    return _page(filing_number)


@bp.post("/requests/<filing_number>/answer")
@limited("change")
@requires(Permission.CUSTOMERS)
def answer_request(filing_number: str) -> PageResponse:
    """Mail an answer and keep it."""
    handling.get(filing_number)
    form = AnswerForm()
    try:
        text = (form.request_answer.data or "").replace("\r\n", "\n")
        handling.answer(filing_number, text, version=form.version.data or 0, staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(filing_number, answer=form), 422
    except (EditConflict, WrongState) as refusal:
        return _conflict(filing_number, "request_answer", refusal, answer=form), 409
    flash(_("Enviamos la respuesta."), "good")
    return _done(filing_number)


@bp.post("/requests/<filing_number>/close")
@limited("change")
@requires(Permission.CUSTOMERS)
def close_request(filing_number: str) -> PageResponse:
    """Close a request; one without an answer needs a note."""
    handling.get(filing_number)
    form = CloseRequestForm()
    try:
        note = (form.closing_note.data or "").replace("\r\n", "\n")
        handling.close(filing_number, note, version=form.version.data or 0, staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(filing_number, closing=form), 422
    except (EditConflict, WrongState) as refusal:
        return _conflict(filing_number, "closing_note", refusal, closing=form), 409
    flash(_("Cerramos %(number)s.", number=filing_number), "good")
    return _done(filing_number)


def _done(filing_number: str) -> Response:
    return redirect(url_for(".customer_request", filing_number=filing_number), 303)


def _conflict(filing_number: str, field: str, refusal: EditConflict | WrongState, **forms: Form) -> str:
    """Return the page as it is now, with what was typed: somebody else answered or closed it meanwhile."""
    for form in forms.values():
        form.say(field, _("Otra persona la respondió o la cerró mientras la leías: revísala y decide otra vez."))
    return _page(filing_number, **forms)


def _page(filing_number: str, *, answer: Form | None = None, closing: Form | None = None) -> str:
    found = handling.get(filing_number)
    answer = answer or AnswerForm(formdata=None)
    closing = closing or CloseRequestForm(formdata=None)
    return render_template(
        "staff/request.html",
        found=found,
        is_overdue=handling.is_overdue(found),
        answer=answer,
        closing=closing,
        problems=[*answer.problems, *closing.problems],
    )
