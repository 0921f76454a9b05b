"""Blocks in the back office: who may not buy for a time, and why."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from storefront.errors import InvalidInput
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.customers import blocks, subjects
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.customer_forms import BlockForm
from storefront.web.admin.customers import customer_page

PageResponse = str | Response | tuple[str, int]


@bp.get("/customers/blocks")
@requires(Permission.PERSONAL_DATA)
def blocks_list() -> str:
    """List the blocks, those that count first, with the form to add one."""
    return _page(BlockForm(formdata=None))


@bp.post("/customers/blocks")
@limited("change")
@requires(Permission.PERSONAL_DATA)
def add_block() -> PageResponse:
    """Block an e-mail, a phone or a network until a day."""
    form = BlockForm()
    if not _add(form):
        return _page(form), 422
    return redirect(url_for(".blocks_list"), 303)


@bp.post("/customers/<customer_reference>/block")
@limited("change")
@requires(Permission.PERSONAL_DATA)
def block_customer(customer_reference: str) -> PageResponse:
    """Block somebody from their page."""
    subject, form = subjects.get(customer_reference), BlockForm()
    if not _add(form):
        return customer_page(customer_reference, form), 422
    return redirect(url_for(".customer", customer_reference=subject.reference), 303)


@bp.post("/customers/blocks/<int:block_id>/end")
@limited("change")
@requires(Permission.PERSONAL_DATA)
def end_block(block_id: int) -> Response:
    """End a block at once."""
    blocks.end(block_id, staff=actor())
    flash(_("Quitamos el bloqueo: ya puede comprar."), "good")
    return redirect(url_for(".blocks_list"), 303)


def _add(form: BlockForm) -> bool:
    """Add what the form asks for, and return whether that worked; what is wrong stands at its fields."""
    form.validate()
    try:
        blocks.add(
            form.kind, form.block_value.data or "", form.block_reason.data or "", form.last_day.day, staff=actor()
        )
    except InvalidInput as refusal:
        # A day that cannot be read says so itself, instead of being missing.
        form.refuse({name: code for name, code in refusal.problems.items() if not form[name].errors})
        return False
    flash(_("Guardamos el bloqueo: cuenta desde ahora y termina por sí solo."), "good")
    return True


def _page(form: BlockForm) -> str:
    return render_template("staff/blocks.html", rows=blocks.list_all(), form=form, problems=form.problems)
