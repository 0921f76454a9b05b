"""The search of the shop in the back office: what was looked for in vain, and what people call things otherwise."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from storefront.errors import InvalidInput
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import misses, synonyms
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.product_form import line
from storefront.web.admin.products import PageResponse
from storefront.web.forms import Form


class SynonymForm(Form):
    """A word that people type, and the words of the catalogue that it also finds."""

    synonym = line(_l("Lo que escriben"))
    meanings = line(_l("También busca"))


class MeaningsForm(Form):
    """What a word means; `seen` is what the page showed."""

    meanings = line(_l("También busca"))
    seen = line("")


@bp.get("/search")
@requires(Permission.CATALOGUE)
def search() -> str:
    """Show the searches without a result and the synonyms; `word` is one to begin a synonym with."""
    return _page(SynonymForm(formdata=None, data={"synonym": request.args.get("word", "")[:40]}))


@bp.post("/search/synonyms")
@limited("change")
@requires(Permission.CATALOGUE)
def add_synonym() -> PageResponse:
    """Add a synonym."""
    form = SynonymForm()
    form.validate()
    try:
        word = synonyms.add(form.synonym.data or "", form.meanings.data or "", staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _page(form), 422
    flash(_("Guardamos %(name)s.", name=word), "good")
    return redirect(url_for(".search"), 303)


@bp.get("/search/synonyms/<int:synonym_id>")
@requires(Permission.CATALOGUE)
def synonym(synonym_id: int) -> str:
    """Show the form of a synonym."""
    row = synonyms.get(synonym_id)
    return _one(row, MeaningsForm(formdata=None, data={"meanings": row.meanings, "seen": row.meanings}))


@bp.post("/search/synonyms/<int:synonym_id>")
@limited("change")
@requires(Permission.CATALOGUE)
def save_synonym(synonym_id: int) -> PageResponse:
    """Change what a word means; whoever comes second is told what it means by now."""
    form = MeaningsForm()
    form.validate()
    try:
        word = synonyms.change(synonym_id, form.meanings.data or "", seen=form.seen.data or "", staff=actor())
    except InvalidInput as refusal:
        row = synonyms.get(synonym_id)
        form.refuse(refusal.problems)
        is_second = refusal.problems.get("meanings") == "changed_meanwhile"
        if is_second:
            form.say(
                "meanings",
                _("Otra persona lo cambió a “%(now)s”; guarda otra vez para dejar lo tuyo", now=row.meanings),
            )
            form.seen.data = row.meanings
        return _one(row, form), 409 if is_second else 422
    flash(_("Guardamos %(name)s.", name=word), "good")
    return redirect(url_for(".search"), 303)


@bp.post("/search/synonyms/<int:synonym_id>/remove")
@limited("change")
@requires(Permission.CATALOGUE)
def remove_synonym(synonym_id: int) -> Response:
    """Delete a synonym."""
    flash(_("Eliminamos %(name)s.", name=synonyms.remove(synonym_id, staff=actor())), "good")
    return redirect(url_for(".search"), 303)


def _page(form: SynonymForm) -> str:
    return render_template(
        "staff/search.html", form=form, problems=form.problems, rows=synonyms.list_all(), misses=misses.most_frequent()
    )


def _one(row: Any, form: MeaningsForm) -> str:
    return render_template("staff/synonym.html", form=form, problems=form.problems, row=row)
