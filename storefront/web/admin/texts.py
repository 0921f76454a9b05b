"""Texts in the back office: banner, contact, seller, and pages in versions; each is looked at before it is saved."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from storefront.clock import now
from storefront.enums import ShopPart, TextPage
from storefront.errors import EditConflict
from storefront.i18n import shop_part_label, text_page_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.texts import details, pages
from storefront.settings import Banner
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.differences import differences_of
from storefront.web.admin.product_values import member
from storefront.web.admin.products import PageResponse
from storefront.web.admin.text_forms import FORMS, PageTextForm, PartForm, typed_of_page, typed_of_part
from storefront.web.long_forms import takes_long_form


@bp.get("/texts")
@requires(Permission.CATALOGUE)
def texts() -> str:
    """List what can be written, with the state of the banner and the newest version of each page."""
    draft, _version = details.get(ShopPart.BANNER)
    return render_template("staff/texts.html", banner=_banner(draft), moment=now(), latest=pages.latest())


@bp.get("/texts/<part>")
@requires(Permission.CATALOGUE)
def text_part(part: str) -> str:
    """Show the form of banner, contact or seller."""
    chosen = _part(part)
    draft, version = details.get(chosen)
    return _part_page(FORMS[chosen](formdata=None, data=dict(typed_of_part(draft, version))))


@bp.post("/texts/<part>")
@limited("change")
@requires(Permission.CATALOGUE)
def save_text_part(part: str) -> PageResponse:
    """Show how a part would look, and save it when it was seen; whoever comes second sees both versions."""
    chosen, step = _part(part), request.form.get("step", "")
    form = FORMS[chosen]()
    draft, problems = form.read()
    if step == "edit":
        return _part_page(form)
    if problems:
        form.refuse(problems)
        return _part_page(form), 422
    stored, version = details.get(chosen)
    if version == form.seen_version and draft == stored:
        flash(_("No cambiaste nada."), "warn")
        return redirect(url_for(".texts"), 303)
    if version == form.seen_version and step != "save":
        return render_template("staff/text_preview.html", form=form, part=chosen, draft=draft, banner=_banner(draft))
    try:
        details.save(chosen, draft, form.seen_version, staff=actor())
    except EditConflict as refusal:
        other = FORMS[chosen](formdata=None, data=dict(typed_of_part(refusal.data["stored"], refusal.data["version"])))
        form.version.data = str(refusal.data["version"])
        if differences := differences_of(other, form):
            return _part_page(form, differences=differences), 409
    flash(_("Guardamos: %(name)s.", name=shop_part_label(chosen)), "good")
    return redirect(url_for(".texts"), 303)


@bp.get("/texts/pages/<page>")
@requires(Permission.CATALOGUE)
def text_page(page: str) -> str:
    """Show the form of a page's text and its versions; `from` begins with an older one."""
    chosen = _page(page)
    newest = pages.newest(chosen)
    begin_with = request.args.get("from", "")
    shown = pages.get(chosen, int(begin_with)) if begin_with.isascii() and begin_with.isdigit() else newest
    return _text_page(chosen, PageTextForm(formdata=None, data=dict(typed_of_page(shown, newest.version))))


@bp.post("/texts/pages/<page>")
@takes_long_form
@limited("change")
@requires(Permission.CATALOGUE)
def save_text_page(page: str) -> PageResponse:
    """Show how a page would look, and save it as a new version when it was seen."""
    chosen, step, form = _page(page), request.form.get("step", ""), PageTextForm()
    text, text_en = form.page_text.data or "", form.page_text_en.data or ""
    text, text_en = text.replace("\r\n", "\n"), text_en.replace("\r\n", "\n")
    if step == "edit":
        return _text_page(chosen, form)
    if problems := pages.problems_of(text, text_en):
        form.refuse(problems)
        return _text_page(chosen, form), 422
    newest = pages.newest(chosen)
    if newest.version == form.seen_version and (text, text_en) == (newest.text, newest.text_en):
        flash(_("No cambiaste nada."), "warn")
        return redirect(url_for(".texts"), 303)
    if newest.version == form.seen_version and step != "save":
        return render_template(
            "staff/text_page_preview.html", form=form, page=chosen, text=text, text_en=text_en, words=pages.words()
        )
    try:
        version = pages.save(chosen, text, text_en, form.seen_version, staff=actor())
    except EditConflict as refusal:
        stored = refusal.data["stored"]
        other = PageTextForm(formdata=None, data=dict(typed_of_page(stored, stored.version)))
        form.version.data = str(stored.version)
        if differences := differences_of(other, form):
            return _text_page(chosen, form, differences=differences), 409
        version = stored.version
    done = _("Guardamos la versión %(n)s de %(name)s.", n=version, name=text_page_label(chosen))
    flash(done, "good")
    return redirect(url_for(".texts"), 303)


@bp.get("/texts/pages/<page>/<int:version>")
@requires(Permission.CATALOGUE)
def text_version(page: str, version: int) -> str:
    """Show a version of a page's text in both languages."""
    found = pages.get(_page(page), version)
    return render_template("staff/text_version.html", found=found, words=pages.words(found.seller))


def _part(name: str) -> ShopPart:
    chosen: ShopPart | None = member(ShopPart, name)
    return chosen or abort(404)


def _page(name: str) -> TextPage:
    chosen: TextPage | None = member(TextPage, name)
    return chosen or abort(404)


def _banner(draft: Any) -> Banner | None:
    if not getattr(draft, "text_en", ""):
        return None
    return Banner((draft.text, draft.text_en), draft.link, draft.starts_at, draft.ends_at)


def _part_page(form: PartForm, *, differences: Any = ()) -> str:
    return render_template(
        "staff/text_part.html", form=form, part=form.part, differences=differences, problems=form.problems
    )


def _text_page(page: TextPage, form: PageTextForm, *, differences: Any = ()) -> str:
    return render_template(
        "staff/text_page.html",
        form=form,
        page=page,
        words=pages.words(),
        versions=pages.history(page),
        differences=differences,
        problems=form.problems,
    )
