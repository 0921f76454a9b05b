"""Customers in the back office: accounts and guests in one list, and everything about one of them."""

from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.clock import day_of, now
from storefront.errors import InvalidInput
from storefront.i18n import current_language, date_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.customers import data_requests, listing, notes, overview, subjects
from storefront.text import clean
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.customer_forms import BlockForm, CustomerNoteForm, DataRequestForm
from storefront.web.forms import Form
from storefront.web.pages import around, requested_page

PageResponse = Response | tuple[str, int]


@bp.get("/customers")
@requires(Permission.CUSTOMERS)
def customers_list() -> str | Response:
    """List customers, the newest first, or those whom the search finds; and what people ask about their data.

    With `open` in the query string, a customer who is found alone is opened.
    """
    text = clean(request.args.get("q", ""))[:100]
    page = listing.find(text, requested_page())
    if text and request.args.get("open") and len(page.items) == page.total == 1:
        return redirect(url_for(".customer", customer_reference=page.items[0].reference), 303)
    kept = {"q": text} if text else {}
    return render_template(
        "staff/customers.html",
        page=page,
        text=text,
        waiting=data_requests.list_open(),
        pages=around(page.page, page.pages),
        link=lambda page: f"{url_for('.customers_list')}?{urlencode({'page': page, **kept})}",
    )


@bp.get("/customers/<customer_reference>")
@requires(Permission.CUSTOMERS)
def customer(customer_reference: str) -> str:
    """Show a customer, by the account's id or the public id of a guest's order."""
    return customer_page(customer_reference)


@bp.post("/customers/<customer_reference>/notes")
@limited("change")
@requires(Permission.CUSTOMERS)
def add_customer_note(customer_reference: str) -> PageResponse:
    """Write an internal note about a customer."""
    subject, form = subjects.get(customer_reference), CustomerNoteForm()
    try:
        notes.add(subject, text=form.customer_note.data or "", staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return customer_page(customer_reference, form), 422
    flash(_("Guardamos la nota."), "good")
    return redirect(url_for(".customer", customer_reference=subject.reference), 303)


@bp.post("/customers/<customer_reference>/requests")
@limited("change")
@requires(Permission.CUSTOMERS)
def add_data_request(customer_reference: str) -> PageResponse:
    """Write down that a customer asks for a copy, a correction or the erasure of their data."""
    subject, form = subjects.get(customer_reference), DataRequestForm()
    form.validate()
    try:
        last = data_requests.add(subject, form.kind, form.received_on.day, staff=actor())
    except InvalidInput as refusal:
        # A day that cannot be read says so itself, instead of being missing.
        form.refuse({name: code for name, code in refusal.problems.items() if not form[name].errors})
        return customer_page(customer_reference, form), 422
    flash(_("Anotamos la solicitud: hay que responderla a más tardar el %(day)s.", day=date_label(last)), "good")
    return redirect(url_for(".customer", customer_reference=subject.reference), 303)


def customer_page(customer_reference: str, refused: Form | None = None) -> str:
    """Return a customer's page; `refused` is the form of it that was refused."""
    shown = overview.show(customer_reference, language=current_language())
    today = day_of(now()).isoformat()
    forms: dict[str, Form] = {
        "note": CustomerNoteForm(formdata=None),
        "request": DataRequestForm(formdata=None, data={"received_on": today}),
        "block": BlockForm(formdata=None, data={"block_kind": "email", "block_value": shown.subject.email}),
    }
    names = {CustomerNoteForm: "note", DataRequestForm: "request", BlockForm: "block"}
    if refused is not None:
        forms[names[type(refused)]] = refused
    return render_template(
        "staff/customer.html",
        one=shown,
        subject=shown.subject,
        forms=forms,
        refused=names[type(refused)] if refused else "",
        problems=refused.problems if refused else [],
    )
