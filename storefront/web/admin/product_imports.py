"""Products as a file in the back office: send one, see what it would change, apply it; and the export."""

from contextlib import closing

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, stream_with_context, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response

from storefront.clock import day_of, now
from storefront.enums import JobKind
from storefront.i18n import field_message
from storefront.limits import limited
from storefront.services.admin import product_imports
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import product_csv
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.forms import Form
from storefront.web.uploads import takes_upload

REFRESH_SECONDS = "2"


class ProductFileForm(Form):
    """A file of products."""

    file = FileField()


@bp.get("/products/import")
@requires(Permission.CATALOGUE)
def product_import() -> str:
    """Show the form for a file, and the files that were sent lately."""
    return _form_page(ProductFileForm())


@bp.post("/products/import")
@requires(Permission.CATALOGUE)
@takes_upload(product_csv.MAX_BYTES)
@limited("change")
def send_products() -> Response | tuple[str, int]:
    """Have a file checked; its page shows how far that is."""
    form = ProductFileForm()
    form.validate()
    sent = form.file.data
    content = b""
    if sent:
        with closing(sent):
            content = sent.read(product_csv.MAX_BYTES + 1)
    if not content:
        form.say("file", field_message("required", "file"))
    elif len(content) > product_csv.MAX_BYTES:
        form.say("file", field_message("too_large", "file"))
    else:
        job_id = product_imports.enqueue(content, file_name=sent.filename or "products.csv", actor=actor())
        return redirect(url_for(".product_import_job", job_id=job_id), 303)
    return _form_page(form), 422


@bp.get("/products/import/<job_id>")
@requires(Permission.CATALOGUE)
def product_import_job(job_id: str) -> FlaskResponse:
    """Show what a file would change, or changed; until that is known, the page loads itself again."""
    job = product_imports.get(job_id)
    is_check = job.kind == JobKind.PRODUCT_CHECK
    found = job.result or product_imports.result_of(product_csv.Report())
    page = FlaskResponse(render_template("staff/product_import_job.html", job=job, found=found, is_check=is_check))
    if not job.is_over:
        page.headers["Refresh"] = REFRESH_SECONDS
    return page


@bp.post("/products/import/<job_id>/apply")
@requires(Permission.CATALOGUE)
@limited("change")
def apply_products(job_id: str) -> Response:
    """Have a checked file applied."""
    product_imports.apply_checked(job_id)
    return redirect(url_for(".product_import_job", job_id=job_id), 303)


@bp.get("/products/export.csv")
@requires(Permission.CATALOGUE)
def export_products() -> FlaskResponse:
    """Send all products as a file, in parts."""
    parts = stream_with_context(product_csv.export())
    page = FlaskResponse(parts, mimetype="text/csv")
    page.headers["Content-Disposition"] = f'attachment; filename="productos-{day_of(now())}.csv"'
    return page


def _form_page(form: ProductFileForm) -> str:
    return render_template(
        "staff/product_import.html",
        form=form,
        jobs=product_imports.latest(),
        problems=form.problems if request.method == "POST" else [],
    )
