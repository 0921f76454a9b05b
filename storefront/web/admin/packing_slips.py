"""Packing slips in the back office: of one order, of ticked ones or of a whole list, at once or as a job."""

from collections.abc import Sequence

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.clock import day_of, now
from storefront.enums import SlipSize
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.orders import admin_orders, packing_slip_jobs, packing_slips
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.order_list import list_page, wanted_of
from storefront.web.admin.product_imports import REFRESH_SECONDS

_NUMBERS_SHOWN = 5


@bp.get("/orders/<reference>/slip.pdf")
@requires(Permission.FULFIL)
def packing_slip(reference: str) -> Response:
    """Send the packing slip of an order; whoever asks for one that has nothing to send is told so."""
    order = admin_orders.get(reference)
    slips = packing_slips.slips_of([order.id])
    if not slips:
        flash(_("El pedido %(number)s no tiene nada por enviar.", number=order.number), "warn")
        return redirect(url_for(".order", reference=reference), 303)
    return _file(slips, _("hoja-de-empaque-%(number)s.pdf", number=order.number))


@bp.post("/orders/slips")
@limited("change")
@requires(Permission.FULFIL)
def packing_slips_of_many() -> Response | tuple[str, int]:
    """Send the slips of ticked orders or of the whole list; more than a few are a job, whose page shows how far it is.

    The address has the list's own query string, so that a refusal shows the same list with the same ticks.
    """
    ticked = request.form.getlist("order")
    if request.form.get("all"):
        chosen = packing_slips.choose_all(wanted_of(request.args)[1])
    else:
        chosen = packing_slips.choose(ticked)
    if not ticked and not request.form.get("all"):
        return list_page(problem=_("Marca uno o más pedidos."))
    if not chosen.order_ids:
        return list_page(ticked, _("Ninguno de esos pedidos tiene algo por enviar."))
    if chosen.left_out:
        flash(_left_out(chosen.left_out), "warn")
    if len(chosen.order_ids) > packing_slips.AT_ONCE:
        job_id = packing_slip_jobs.enqueue(chosen.order_ids, _size(), language=current_language(), actor=actor())
        return redirect(url_for(".packing_slip_job", job_id=job_id), 303)
    slips = packing_slips.slips_of(chosen.order_ids)
    return _file(slips, _("hojas-de-empaque-%(day)s.pdf", day=day_of(now())))


@bp.get("/orders/slips")
@requires(Permission.FULFIL)
def packing_slip_jobs_list() -> str:
    """List the slips that the worker made lately."""
    return render_template("staff/packing_slips.html", jobs=packing_slip_jobs.latest())


@bp.get("/orders/slips/<job_id>")
@requires(Permission.FULFIL)
def packing_slip_job(job_id: str) -> FlaskResponse:
    """Show how far the slips are; until they are made, the page loads itself again."""
    job = packing_slip_jobs.get(job_id)
    page = FlaskResponse(render_template("staff/packing_slip_job.html", job=job, most=packing_slips.MOST))
    if not job.is_over:
        page.headers["Refresh"] = REFRESH_SECONDS
    return page


@bp.get("/orders/slips/<job_id>/file.pdf")
@requires(Permission.FULFIL)
def packing_slip_file(job_id: str) -> FlaskResponse:
    """Send the slips that the worker made."""
    job = packing_slip_jobs.get(job_id, has_file=True)
    return _pdf(job.output or b"", job.file_name)


def _size() -> SlipSize:
    """Return the paper that was chosen; nonsense is a label."""
    chosen = request.values.get("size", "")
    return SlipSize(chosen) if chosen in list(SlipSize) else SlipSize.LABEL


def _file(slips: list[packing_slips.Slip], name: str) -> FlaskResponse:
    # Importing fpdf2 takes a third of the start's time, and most processes draw nothing.
    from storefront.services.orders.packing_slip_pdf import draw

    return _pdf(draw(slips, _size()), name)


def _pdf(content: bytes, name: str) -> FlaskResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return FlaskResponse(content, mimetype="application/pdf", headers=headers)


def _left_out(numbers: Sequence[str]) -> str:
    shown = ", ".join(number[:20] for number in numbers[:_NUMBERS_SHOWN])
    more = "…" if len(numbers) > _NUMBERS_SHOWN else ""
    return _n(
        "%(num)s pedido no tiene nada por enviar y no salió en las hojas: %(numbers)s.",
        "%(num)s pedidos no tienen nada por enviar y no salieron en las hojas: %(numbers)s.",
        len(numbers),
        numbers=shown + more,
    )
