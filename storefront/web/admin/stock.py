"""Stock in the back office: what there is, what moved it, changes, and counts. There are no amounts of money here."""

from collections.abc import Container, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.enums import StockReason
from storefront.errors import InvalidInput, RowsRefused, StockChanged, UnitsReserved
from storefront.i18n import current_language, explain
from storefront.i18n import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.stock import changes, counts, listing
from storefront.services.stock.listing import Row
from storefront.text import clean
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.stock_forms import CHOICES, ChangeForm, CountSheet, NoteForm, ids_of_sheet
from storefront.web.long_forms import takes_long_form
from storefront.web.number_fields import whole_number
from storefront.web.pages import around, requested_page
from storefront.web.redirects import next_path

_MOST_COUNTS = 400
"""So many are written at once: each is two fields of a form."""

_SHOWN = (listing.LOW, listing.OUT, "all")
PageResponse = Response | str | tuple[str, int]


@bp.get("/stock")
@requires(Permission.STOCK)
def stock_list() -> str:
    """List variants with their units; first what runs low, and everything for a search."""
    text, show = _filters(listing.LOW)
    page = listing.find(text, show="" if show == "all" else show, page=requested_page())
    return render_template(
        "staff/stock.html",
        page=page,
        filters={"q": text, "show": show},
        choices=CHOICES,
        pages=around(page.page, page.pages),
        link=lambda page: url_for(".stock_list", page=page, q=text or None, show=show),
    )


@bp.get("/stock/<variant_id>")
@requires(Permission.STOCK)
def stock_variant(variant_id: str) -> str:
    """Show a variant's units and what moved them."""
    row = listing.get(variant_id)
    return _variant_page(row, ChangeForm(formdata=None))


@bp.post("/stock/<variant_id>")
@requires(Permission.STOCK)
@limited("change")
def stock_change(variant_id: str) -> PageResponse:
    """Receive, write off or correct units; a count shows first what it would change."""
    row, form = listing.get(variant_id), ChangeForm()
    if not form.validate():
        return _variant_page(row, form), 422
    reason, units, note = StockReason(form.reason.data), form.units.data or 0, form.stock_note.data or ""
    try:
        if reason == StockReason.COUNTED:
            counted_at = row.counters.on_hand if form.counted_at.data is None else form.counted_at.data
            found = counts.compare([counts.Count(row.variant.sku, units, counted_at)])
            return _differences_page(found, NoteForm(formdata=None, data={"stock_note": note}))
        seen = -1 if form.seen.data is None else form.seen.data  # a form that does not say has seen something else
        after = changes.change(variant_id, reason, units, note=note, staff=actor(), seen=seen)
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
    except RowsRefused:
        form.refuse({"units": "invalid"})
    except (UnitsReserved, StockChanged) as refusal:
        form.say("units", explain(refusal))
    else:
        flash(
            _n(
                "Listo: hay %(num)s unidad de %(name)s; disponibles: %(available)s.",
                "Listo: hay %(num)s unidades de %(name)s; disponibles: %(available)s.",
                after.on_hand,
                name=row.variant.name_in(current_language()),
                available=after.available,
            ),
            "good",
        )
        return redirect(next_path(url_for(".stock_variant", variant_id=variant_id)), 303)
    return _variant_page(listing.get(variant_id), form), 422


@bp.get("/stock/count")
@requires(Permission.STOCK)
def stock_sheet() -> str:
    """Show a sheet on which the counted units of many variants are written."""
    return _sheet_page(_filters("all")[0], requested_page())


@bp.post("/stock/count")
@takes_long_form
@requires(Permission.STOCK)
@limited("change")
def stock_count() -> PageResponse:
    """Show what the counted units would change, and write it when that was confirmed.

    Another page of the sheet, or what a changed text finds, is shown with all that was counted so far.
    """
    sheet, form = CountSheet(listing.get_all(ids_of_sheet())), NoteForm()
    if not sheet.validate() or not form.validate():
        return _refused_sheet(sheet)
    text, found = (clean(request.form.get(name, ""))[:100] for name in ("q", "found"))
    is_full = len(sheet.counts) > _MOST_COUNTS and "confirm" not in request.form
    if ("page" in request.form or text != found) and not is_full:
        number = whole_number(request.form.get("page", "")) if text == found else None
        return _sheet_page(text, number or 1, sheet)
    if not sheet.counts:
        number = whole_number(request.form.get("shown", ""))
        return _sheet_page(text, number or 1, problems=[("counts", _("No escribiste ningún conteo."))]), 422
    if is_full:
        flash(_("Anota primero estos conteos y después sigue con los demás."), "warn")
    try:
        if "confirm" not in request.form:
            return _differences_page(counts.compare(sheet.counts), form)
        written = counts.write(sheet.counts, note=form.stock_note.data or "", staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _differences_page(counts.compare(sheet.counts), form), 422
    except RowsRefused as refusal:
        rows = [(sheet.rows[number], error) for number, _column, error in refusal.data["rows"]]
        changed = {row.variant.id for row, error in rows if isinstance(error, StockChanged)}
        return _refused_sheet(sheet, [(f"counted-{row.variant.id}", explain(error)) for row, error in rows], changed)
    flash(_n("Listo: %(num)s conteo anotado.", "Listo: %(num)s conteos anotados.", len(written)), "good")
    return redirect(url_for(".stock_sheet"), 303)


def _filters(first: str) -> tuple[str, str]:
    """Return the text that is looked for, and what is shown; `first` unless something is looked for."""
    text = clean(request.args.get("q", ""))[:100]
    show = request.args.get("show", "")
    return text, show if show in _SHOWN else ("all" if text else first)


def _variant_page(row: Row, form: ChangeForm) -> str:
    with_holds = request.args.get("holds") == "1"
    before = min(whole_number(request.args.get("before", "")) or 0, 2**31 - 1)
    movements = listing.movements(row.variant.id, before=before, with_holds=with_holds)
    older: dict[str, Any] = {"variant_id": row.variant.id, "holds": 1 if with_holds else None}
    return render_template(
        "staff/stock_variant.html",
        row=row,
        form=form,
        problems=form.problems,
        movements=movements.items,
        with_holds=with_holds,
        is_first=not before,
        older=url_for(".stock_variant", before=movements.next, **older) if movements.next else "",
        newest=url_for(".stock_variant", **older),
    )


def _sheet_page(
    text: str = "", number: int = 1, sent: CountSheet | None = None, problems: Sequence[tuple[str, str]] = ()
) -> str:
    """Return a page of the sheet, which keeps what was counted on others of the one that was `sent`."""
    page = listing.find(text, page=number)
    shown, counted = {row.variant.id for row in page.items}, sent.counted if sent else []
    kept = [row for row in counted if row.variant.id not in shown]
    return render_template(
        "staff/stock_count.html",
        sheet=CountSheet([*page.items, *kept], is_filled=sent is not None),
        shown=page.items,
        kept=kept,
        said={row.variant.id: row.counters.on_hand for row in page.items} | (sent.said_of(counted) if sent else {}),
        note=request.form.get("stock_note", "") if sent else "",
        is_refused=False,
        problems=problems,
        page=page,
        text=text,
        pages=around(page.page, page.pages),
    )


def _refused_sheet(
    sheet: CountSheet, problems: Sequence[tuple[str, str]] = (), changed: Container[str] = ()
) -> tuple[str, int]:
    """Return the sheet with all rows that were sent, those of other pages, too, for one of them is refused.

    What the shop says of units is shown anew where somebody changed them meanwhile, and as it was counted elsewhere.
    """
    fresh = {row.variant.id: row.counters.on_hand for row in sheet.rows if row.variant.id in changed}
    page = render_template(
        "staff/stock_count.html",
        sheet=sheet,
        shown=sheet.rows,
        kept=(),
        said=sheet.said_of(sheet.rows) | fresh,
        note=request.form.get("stock_note", ""),
        is_refused=True,
        problems=problems or sheet.problems,
    )
    return page, 422


def _differences_page(found: list[counts.Difference], form: NoteForm) -> str:
    return render_template("staff/stock_differences.html", found=found, form=form, problems=form.problems)
