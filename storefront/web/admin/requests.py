"""Petitions, complaints, claims and suggestions in the back office: what waits, answers by mail, and closing."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
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
    done = _("Enviamos la respuesta.")
    return _change(filing_number, AnswerForm(), "request_answer", handling.answer, done)


@bp.post("/requests/<filing_number>/close")
@limited("change")
@requires(Permission.CUSTOMERS)
def close_request(filing_number: str) -> PageResponse:
    """Close a request; one without an answer needs a note."""
    done = _("Cerramos %(number)s.", number=filing_number)
    return _change(filing_number, CloseRequestForm(), "closing_note", handling.close, done)


def _change(
    filing_number: str, form: AnswerForm | CloseRequestForm, field: str, change: Callable[..., None], done: str
) -> PageResponse:
    """Change a request by the text of a form's field, or show the page with what was typed and why not."""
    handling.get(filing_number)
    text = (form[field].data or "").replace("\r\n", "\n")
    try:
        change(filing_number, text, version=form.version.data or 0, staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(filing_number, form), 422
    except (EditConflict, WrongState):
        form.say(field, _("Otra persona la respondió o la cerró mientras la leías: revísala y decide otra vez."))
        return _page(filing_number, form), 409
    flash(done, "good")
    return redirect(url_for(".customer_request", filing_number=filing_number), 303)


def _page(filing_number: str, refused: Form | None = None) -> str:
    found = handling.get(filing_number)
    answer = refused if isinstance(refused, AnswerForm) else AnswerForm(formdata=None)
    closing = refused if isinstance(refused, CloseRequestForm) else CloseRequestForm(formdata=None)
    return render_template(
        "staff/request.html",
        found=found,
        is_overdue=handling.is_overdue(found),
        answer=answer,
        closing=closing,
        problems=[*answer.problems, *closing.problems],
    )
