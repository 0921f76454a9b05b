"""Coupons in the back office: list, one form to make and change them, on and off, and who used them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.clock import now
from storefront.enums import CouponStatus
from storefront.errors import EditConflict, InvalidInput
from storefront.i18n import current_language, field_message
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import category_editing
from storefront.services.coupons import editing, listing
from storefront.services.coupons.drafts import draft_of
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.coupon_form import CouponForm, typed_of
from storefront.web.admin.differences import Differences, differences_of
from storefront.web.admin.products import PageResponse
from storefront.web.pages import around, requested_page


@bp.get("/coupons")
@requires(Permission.CATALOGUE)
def coupons_list() -> str:
    """List the coupons, newest first, filtered by the query string."""
    filters = {name: request.args.get(name, "").strip()[:60] for name in ("q", "status")}
    page = listing.find(listing.Wanted(text=filters["q"], status=filters["status"], page=requested_page()))
    kept: dict[str, Any] = {name: text for name, text in filters.items() if text}
    return render_template(
        "staff/coupons.html",
        page=page,
        filters=filters,
        statuses=tuple(CouponStatus),
        pages=around(page.page, page.pages),
        link=lambda page: url_for(".coupons_list", page=page, **kept),
    )


@bp.get("/coupons/new")
@requires(Permission.CATALOGUE)
def new_coupon() -> str:
    """Show the empty form of a coupon."""
    return _page(CouponForm(_categories(), formdata=None))


@bp.post("/coupons/new")
@limited("change")
@requires(Permission.CATALOGUE)
def create_coupon() -> PageResponse:
    """Add a coupon."""
    form = CouponForm(_categories())
    draft, problems = form.read()
    if not problems:
        try:
            coupon_id = editing.create(draft, staff=actor())
        except InvalidInput as refusal:
            problems = dict(refusal.problems)
        else:
            flash(_("Guardamos el cupón %(code)s.", code=draft.code), "good")
            return redirect(url_for(".coupon", coupon_id=coupon_id), 303)
    form.refuse(problems)
    return _page(form), 422


@bp.get("/coupons/<int:coupon_id>")
@requires(Permission.CATALOGUE)
def coupon(coupon_id: int) -> str:
    """Show the form of a coupon, and the orders that used it."""
    row = editing.get(coupon_id)
    return _page(CouponForm(_categories(), formdata=None, data=dict(typed_of(draft_of(row), row.version))), row)


@bp.post("/coupons/<int:coupon_id>")
@limited("change")
@requires(Permission.CATALOGUE)
def save_coupon(coupon_id: int) -> PageResponse:
    """Change a coupon; whoever comes second sees what the first one changed."""
    editing.get(coupon_id)
    form = CouponForm(_categories())
    differences: Differences = []
    draft, problems = form.read()
    if not problems:
        try:
            editing.change(coupon_id, form.seen_version, draft, staff=actor())
        except InvalidInput as refusal:
            problems = dict(refusal.problems)
        except EditConflict as refusal:
            stored = typed_of(refusal.data["stored"], refusal.data["version"])
            differences = differences_of(CouponForm(_categories(), formdata=None, data=dict(stored)), form)
            form.version.data = str(refusal.data["version"])
        if not problems and not differences:  # saved here, or the same by somebody else
            flash(_("Guardamos el cupón %(code)s.", code=draft.code), "good")
            return redirect(url_for(".coupon", coupon_id=coupon_id), 303)
    form.refuse(problems)
    return _page(form, editing.get(coupon_id), differences=differences), 409 if differences else 422


@bp.post("/coupons/<int:coupon_id>/switch")
@limited("change")
@requires(Permission.CATALOGUE)
def switch_coupon(coupon_id: int) -> Response:
    """Switch a coupon on or off."""
    row = editing.switch(coupon_id, is_active=request.form.get("to") == "on", staff=actor())
    done = _("Activamos %(code)s.", code=row.code) if row.is_active else _("Desactivamos %(code)s.", code=row.code)
    flash(done, "good")
    return redirect(url_for(".coupon", coupon_id=coupon_id), 303)


@bp.post("/coupons/<int:coupon_id>/remove")
@limited("change")
@requires(Permission.CATALOGUE)
def remove_coupon(coupon_id: int) -> Response:
    """Delete a coupon that was never used, or say why not."""
    code = editing.get(coupon_id).code
    try:
        editing.remove(coupon_id, staff=actor())
    except InvalidInput as refusal:
        reason = field_message(refusal.problems["coupon"], "coupon")
        flash(_("%(name)s no se puede eliminar. %(reason)s.", name=code, reason=reason), "bad")
        return redirect(url_for(".coupon", coupon_id=coupon_id), 303)
    flash(_("Eliminamos %(name)s.", name=code), "good")
    return redirect(url_for(".coupons_list"), 303)


def _page(form: CouponForm, row: Any = None, *, differences: Any = ()) -> str:
    number = requested_page()
    used = listing.uses(row.id, number) if row else None
    return render_template(
        "staff/coupon.html",
        form=form,
        coupon=row,
        status=listing.status_of(row, now()) if row else None,
        differences=differences,
        problems=form.problems,
        used=used,
        pages=around(used.page, used.pages) if used else [],
        link=lambda page: url_for(".coupon", coupon_id=row.id, page=page),
    )


def _categories() -> list[tuple[str, str]]:
    return [(row.category.slug, row.indented_name(current_language())) for row in category_editing.list_all()]
