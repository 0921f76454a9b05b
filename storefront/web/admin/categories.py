"""Categories in the back office."""

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from storefront.errors import InvalidInput
from storefront.i18n import field_message
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import category_editing
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.product_form import line
from storefront.web.admin.products import PageResponse
from storefront.web.forms import Form
from storefront.web.number_fields import whole_number


class CategoryForm(Form):
    """A category."""

    name = line(_l("Nombre"))
    name_en = line(_l("Nombre en inglés"))
    slug = line(_l("Dirección de la página"))
    parent = SelectField(_l("Debajo de"), validate_choice=False, default="")
    position = line(_l("Orden"), default="0")
    is_visible = BooleanField(_l("Visible en la tienda"), default=True)

    def __init__(self, own_id: int = 0, **values: object) -> None:
        super().__init__(**values)
        tops = [row.category for row in category_editing.list_all() if row.category.parent_id is None]
        choices = [(str(top.id), top.name) for top in tops if top.id != own_id]
        self.parent.choices = [("", _l("Ninguna")), *choices]

    def read(self) -> category_editing.CategoryDraft:
        """Return what is typed."""
        position = whole_number(self.position.data or "0")
        return category_editing.CategoryDraft(
            name=self.name.data or "",
            name_en=self.name_en.data or "",
            slug=self.slug.data or "",
            position=-1 if position is None else position,
            is_visible=bool(self.is_visible.data),
            parent_id=whole_number(self.parent.data or "") or 0,
        )


@bp.get("/categories")
@requires(Permission.CATALOGUE)
def categories_list() -> str:
    """List the categories with the form to add one."""
    return _list(CategoryForm(formdata=None))


@bp.post("/categories")
@limited("change")
@requires(Permission.CATALOGUE)
def create_category() -> PageResponse:
    """Add a category."""
    form = CategoryForm()
    try:
        category_editing.create(form.read(), staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _list(form), 422
    flash(_("Guardamos %(name)s.", name=form.name.data), "good")
    return redirect(url_for(".categories_list"), 303)


@bp.get("/categories/<int:category_id>")
@requires(Permission.CATALOGUE)
def category(category_id: int) -> str:
    """Show the form of a category."""
    row = category_editing.get(category_id)
    typed = {"name": row.name, "name_en": row.name_en, "slug": row.slug, "is_visible": row.is_visible}
    typed |= {"parent": str(row.parent_id or ""), "position": str(row.position)}
    form = CategoryForm(category_id, formdata=None, data=typed)
    return _page(form, category_id, row.name)


@bp.post("/categories/<int:category_id>")
@limited("change")
@requires(Permission.CATALOGUE)
def save_category(category_id: int) -> PageResponse:
    """Change a category."""
    title, form = category_editing.get(category_id).name, CategoryForm(category_id)
    try:
        category_editing.change(category_id, form.read(), staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(form, category_id, title), 422
    flash(_("Guardamos %(name)s.", name=form.name.data), "good")
    return redirect(url_for(".categories_list"), 303)


@bp.post("/categories/<int:category_id>/remove")
@limited("change")
@requires(Permission.CATALOGUE)
def remove_category(category_id: int) -> Response:
    """Delete an empty category, or say why not."""
    name = category_editing.get(category_id).name
    try:
        category_editing.remove(category_id, staff=actor())
    except InvalidInput as refusal:
        reason = field_message(refusal.problems["category"], "category")
        flash(_("%(name)s no se puede eliminar. %(reason)s.", name=name, reason=reason), "bad")
        return redirect(url_for(".category", category_id=category_id), 303)
    flash(_("Eliminamos %(name)s.", name=name), "good")
    return redirect(url_for(".categories_list"), 303)


def _list(form: CategoryForm) -> str:
    return render_template("staff/categories.html", form=form, rows=category_editing.list_all(), problems=form.problems)


def _page(form: CategoryForm, category_id: int, title: str) -> str:
    return render_template(
        "staff/category.html", form=form, category_id=category_id, title=title, problems=form.problems
    )
