"""The accountant's file: asked for by days, sent at once or made by the worker for whoever asked."""

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response

from storefront.enums import FigurePeriod
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.figures import accounting as files
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.figures import Choice, chosen

REFRESH_SECONDS = "2"


@bp.get("/figures/accounting")
@requires(Permission.FIGURES)
def accounting() -> str:
    """Show the form for the days of a file, last month's at first, and the files that were asked for lately."""
    last_month = chosen({"period": FigurePeriod.LAST_MONTH}).span
    days = {"first": last_month.first.isoformat(), "last": last_month.last.isoformat()}
    return _form_page(_choice(days))


@bp.post("/figures/accounting")
@requires(Permission.FIGURES)
@limited("change")
def make_accounting_file() -> Response | tuple[str, int]:
    """Send the file of some days, or have the worker make a large one."""
    choice = _choice(request.form)
    if choice.problems:
        return _form_page(choice), 422
    if files.count_rows(choice.span) > files.MOST_AT_ONCE:
        export_id = files.enqueue(choice.span, staff=actor())
        return redirect(url_for(".accounting_export", export_id=export_id), 303)
    parts = stream_with_context(files.export(choice.span, staff=actor()))
    return _attached(FlaskResponse(parts, mimetype="text/csv"), files.file_name(choice.span))


@bp.get("/figures/accounting/<export_id>")
@requires(Permission.FIGURES)
def accounting_export(export_id: str) -> FlaskResponse:
    """Show how far the worker is with a file; until it is there, the page loads itself again."""
    job = files.get(export_id, actor=actor())
    page = FlaskResponse(render_template("staff/accounting_export.html", job=job))
    if not job.is_over:
        page.headers["Refresh"] = REFRESH_SECONDS
    return page


@bp.get("/figures/accounting/<export_id>/file")
@requires(Permission.FIGURES)
def accounting_file(export_id: str) -> FlaskResponse:
    """Send a file that the worker made to whoever asked for it."""
    name, parts = files.file_of(export_id, actor=actor())
    return _attached(FlaskResponse(parts, mimetype="text/csv"), name)


def _choice(given: dict[str, str]) -> Choice:
    return chosen({**{name: given.get(name, "") for name in ("first", "last")}, "period": FigurePeriod.OWN})


def _attached(page: FlaskResponse, name: str) -> FlaskResponse:
    page.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return page


def _form_page(choice: Choice) -> str:
    return render_template(
        "staff/accounting.html", choice=choice, problems=choice.problems, jobs=files.latest(actor=actor())
    )
