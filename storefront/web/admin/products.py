"""Products in the back office: list, one form to make and change them, copies, previews, and steps for several."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.enums import ProductKind, ProductStatus
from storefront.errors import EditConflict, InvalidInput
from storefront.i18n import current_language, field_message
from storefront.i18n import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import bulk, category_editing, editing, listing, pictures, previews
from storefront.services.catalogue.drafts import ProductDraft, draft_of
from storefront.services.downloads import content
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.differences import Differences, differences_of
from storefront.web.admin.media_forms import PictureForm, SoldFileForm
from storefront.web.admin.product_form import ProductForm
from storefront.web.admin.product_values import typed_of
from storefront.web.forms import Form
from storefront.web.long_forms import takes_long_form
from storefront.web.number_fields import whole_number
from storefront.web.pages import around, requested_page

PageResponse = str | Response | tuple[str, int]
_FILTERS = ("q", "status", "category", "stock")


@bp.get("/products")
@requires(Permission.CATALOGUE)
def products_list() -> str:
    """List products in every state, newest first, filtered by the query string."""
    filters: dict[str, Any] = {name: request.args.get(name, "").strip()[:100] for name in _FILTERS}
    page = listing.find(
        listing.Wanted(
            text=filters["q"],
            status=filters["status"],
            category_id=whole_number(filters["category"]) or 0,
            stock=filters["stock"],
            page=requested_page(),
        )
    )
    return render_template(
        "staff/products.html",
        page=page,
        filters=filters,
        statuses=tuple(ProductStatus),
        categories=_categories(),
        pages=around(page.page, page.pages),
        link=lambda page: url_for(
            ".products_list", page=page, **{name: text for name, text in filters.items() if text}
        ),
    )


@bp.get("/products/new")
@requires(Permission.CATALOGUE)
def new_product() -> str:
    """Show the empty form of a product."""
    return _page(ProductForm(_categories(), formdata=None))


@bp.post("/products/new")
@limited("change")
@takes_long_form
@requires(Permission.CATALOGUE)
def create_product() -> PageResponse:
    """Add a product, or draw its grid again."""
    form = ProductForm(_categories())
    if "redraw" in request.form:
        return _page(form)
    draft, problems = _read(form)
    if not problems:
        try:
            product_id = editing.create(draft, staff=actor())
        except InvalidInput as refusal:
            problems = dict(refusal.problems)
        else:
            flash(_("Guardamos %(name)s.", name=draft.name), "good")
            return redirect(url_for(".product", product_id=product_id), 303)
    form.refuse(problems)
    return _page(form), 422


@bp.get("/products/<product_id>")
@requires(Permission.CATALOGUE)
def product(product_id: str) -> str:
    """Show the form of a product."""
    return stored_page(product_id)


def stored_page(product_id: str, **forms: Any) -> str:
    """Return the page of a product as it is stored.

    `picture_form`, `file_form`, and `described`, a picture's id with its form, may show what was refused.
    """
    row = editing.get(product_id)
    return _page(_stored_form(draft_of(row), row.version), row, **forms)


@bp.post("/products/<product_id>")
@limited("change")
@takes_long_form
@requires(Permission.CATALOGUE)
def save_product(product_id: str) -> PageResponse:
    """Change a product, or draw its grid again; whoever comes second sees what the first one changed."""
    row, form = editing.get(product_id), ProductForm(_categories())
    if form.seen_version == row.version:
        form = ProductForm(_categories(), draft_of(row))
    if "redraw" in request.form:
        return _page(form, row)
    draft, problems = _read(form)
    differences: Differences = []
    if not problems:
        try:
            editing.change(product_id, form.seen_version, draft, staff=actor())
        except InvalidInput as refusal:
            problems = dict(refusal.problems)
        except EditConflict as refusal:
            stored, version = refusal.data["stored"], refusal.data["version"]
            form = ProductForm.typed_over(_categories(), form, stored, version)
            differences = differences_of(_stored_form(stored, version), form)
        else:
            flash(_("Guardamos %(name)s.", name=draft.name), "good")
            return redirect(url_for(".product", product_id=product_id), 303)
    form.refuse(problems)
    return _page(form, editing.get(product_id), differences=differences), 409 if differences else 422


@bp.post("/products/<product_id>/copy")
@limited("change")
@requires(Permission.CATALOGUE)
def copy_product(product_id: str) -> Response:
    """Make a draft that is like a product."""
    copy_id = editing.duplicate(product_id, staff=actor())
    flash(_("Esta es la copia: un borrador con SKU propios y sin unidades."), "good")
    return redirect(url_for(".product", product_id=copy_id), 303)


@bp.post("/products/bulk")
@limited("change")
@requires(Permission.CATALOGUE)
def change_products() -> PageResponse:
    """Publish or archive the ticked products, or show what a per cent would do to their prices."""
    ticked = request.form.getlist("product")[: bulk.MAX_PRODUCTS]
    step = request.form.get("step", "")
    if not ticked:
        flash(_("Marca primero los productos."), "warn")
    elif step == "publish":
        n, refused = bulk.publish(ticked, staff=actor())
        flash(_n("Publicamos %(num)s producto.", "Publicamos %(num)s productos.", n), "good")
        for name in refused:
            flash(_("%(name)s no se puede publicar todavía: le falta el archivo o algo a la venta.", name=name), "warn")
    elif step == "archive":
        n = bulk.archive(ticked, staff=actor())
        flash(_n("Archivamos %(num)s producto.", "Archivamos %(num)s productos.", n), "good")
    elif step in ("prices", "apply"):
        return _change_prices(ticked, is_applied=step == "apply")
    return redirect(url_for(".products_list"), 303)


def _change_prices(ticked: list[str], *, is_applied: bool) -> PageResponse:
    """Show what prices would become, and apply what was seen."""
    typed, problem, changes = request.form.get("percent", "").strip(" %")[:10], "", []
    percent = (-1 if typed.startswith("-") else 1) * (whole_number(typed.lstrip("+-")) or 0)
    try:
        if is_applied:
            n = bulk.change_prices(ticked, percent, seen=request.form.get("seen", ""), staff=actor())
            flash(_n("Cambiamos %(num)s precio.", "Cambiamos %(num)s precios.", n), "good")
            return redirect(url_for(".products_list"), 303)
        changes = bulk.price_changes(ticked, percent)
    except InvalidInput as refusal:
        problem = field_message(refusal.problems["percent"], "percent")
        if refusal.problems["percent"] != "invalid":
            changes = bulk.price_changes(ticked, percent)
    page = render_template(
        "staff/prices.html",
        ticked=ticked,
        percent=typed,
        problem=problem,
        changes=changes,
        seen=bulk.seen_digest(changes),
        is_possible=bool(changes) and not any(one.problem for one in changes),
    )
    return (page, 422) if problem else page


def _read(form: ProductForm) -> tuple[ProductDraft, dict[str, str]]:
    """Return what is typed and its problems; a new category is made first, and stays if the product is refused."""
    draft, problems = form.read()
    is_first = len(form.category.choices) == 1
    if not form.new_category.data:
        return draft, problems | ({"new_category": "required"} if is_first else {})
    problems.pop("category", None)
    if problems:
        return draft, problems
    new = category_editing.CategoryDraft(name=form.new_category.data, name_en=form.new_category_en.data or "")
    try:
        category_id = category_editing.create(new, staff=actor())
    except InvalidInput as refusal:
        fields = {"name": "new_category", "name_en": "new_category_en", "slug": "new_category"}
        return draft, {fields[name]: code for name, code in refusal.problems.items()}
    form.choose_category(category_id, _categories())
    return replace(draft, category_id=category_id), {}


def _page(
    form: ProductForm,
    row: Any = None,
    *,
    differences: Any = (),
    picture_form: Form | None = None,
    file_form: Form | None = None,
    described: tuple[str, PictureForm] | None = None,
) -> str:
    choices = variant_choices(row) if row else []
    picture_form, file_form = (
        picture_form or PictureForm(choices, formdata=None),
        file_form or SoldFileForm(formdata=None),
    )
    shown = [(one, PictureForm.of(one, choices)) for one in (pictures.list_for(row.id) if row else ())]
    if described:
        shown = [(one, described[1] if one.id == described[0] else form) for one, form in shown]
    return render_template(
        "staff/product.html",
        form=form,
        product=row,
        differences=differences,
        problems=[
            problem
            for one in (form, *(form for _picture, form in shown), picture_form, file_form)
            for problem in one.problems
        ],
        picture_form=picture_form,
        file_form=file_form,
        pictures=shown,
        files=content.list_for(row.id) if row and row.kind == ProductKind.DIGITAL else (),
        units={tuple(one.option_values): one.stock for one in row.variants} if row else {},
        gone=_gone(form, row),
        preview=url_for("catalogue.preview", token=previews.issue(row.id)) if row and not row.is_published else "",
    )


def variant_choices(row: Any) -> list[tuple[str, str]]:
    """Return (id, title) of the variants that a picture of the product may belong to; none where there is but one."""
    titles = [(one.id, ", ".join(one.option_values)) for one in row.active_variants if one.option_values]
    return titles if len(titles) > 1 else []


def _gone(form: ProductForm, row: Any) -> list[str]:
    """Return the variants on sale that the typed options do not make any more."""
    made = {entry.form.stored_key for entry in form.variants.entries}
    stored = row.active_variants if row else []
    return [", ".join(one.option_values) or one.sku for one in stored if tuple(one.option_values) not in made]


def _stored_form(draft: ProductDraft, version: int) -> ProductForm:
    return ProductForm(_categories(), draft, formdata=None, data=dict(typed_of(draft, version)))


def _categories() -> list[tuple[str, str]]:
    return [(str(row.category.id), row.indented_name(current_language())) for row in category_editing.list_all()]
