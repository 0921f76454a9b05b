"""Delivery in the back office: methods and prices with a preview, municipalities' zones, and carriers."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.enums import Method, Zone
from storefront.errors import EditConflict, InvalidInput
from storefront.i18n import field_message, zone_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.delivery import carriers, editing, places, previews
from storefront.settings import seller, settings
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.delivery_form import CarrierForm, DeliveryForm, ZoneForm, typed_of
from storefront.web.admin.differences import Differences, differences_of
from storefront.web.admin.products import PageResponse


@bp.get("/delivery")
@requires(Permission.CATALOGUE)
def delivery() -> str:
    """Show the form of methods, prices, cut-off hour and pickup."""
    draft, version = editing.get()
    return _page(DeliveryForm(formdata=None, data=dict(typed_of(draft, version))))


@bp.post("/delivery")
@limited("change")
@requires(Permission.CATALOGUE)
def save_delivery() -> PageResponse:
    """Show what a change means for buyers, and save it when it was seen; whoever comes second sees both versions."""
    form, step = DeliveryForm(), request.form.get("step", "")
    differences: Differences = []
    draft, problems = form.read()
    if problems or step == "edit":
        form.refuse(problems if step != "edit" else {})
        return (_page(form), 422) if form.problems else _page(form)
    stored, version = editing.get()
    if version == form.seen_version and not (changes := _differences(stored, version, form)):
        flash(_("No cambiaste nada."), "warn")
        return redirect(url_for(".delivery"), 303)
    if version == form.seen_version and step != "save":
        return render_template(
            "staff/delivery_preview.html",
            form=form,
            changes=changes,
            examples=previews.examples(stored, draft),
            unserved=previews.unserved(draft),
        )
    try:
        editing.save(draft, form.seen_version, staff=actor())
    except EditConflict as refusal:
        differences = _differences(refusal.data["stored"], refusal.data["version"], form)
        form.version.data = str(refusal.data["version"])
        return _page(form, differences=differences), 409
    flash(_("Guardamos los envíos: ya valen para todos los carritos."), "good")
    return redirect(url_for(".delivery"), 303)


@bp.get("/delivery/places")
@requires(Permission.CATALOGUE)
def places_list() -> str:
    """Find municipalities by name, or list those that were moved to another zone."""
    text = request.args.get("q", "").strip()[:60]
    return render_template("staff/places.html", text=text, places=places.search(text))


@bp.get("/delivery/places/<place_code>")
@requires(Permission.CATALOGUE)
def place(place_code: str) -> str:
    """Show a municipality with what its buyers pay in each zone."""
    found = places.get(place_code)
    return _place_page(found, ZoneForm(formdata=None, data={"zone": found.zone, "seen": found.zone}))


@bp.post("/delivery/places/<place_code>")
@limited("change")
@requires(Permission.CATALOGUE)
def move_place(place_code: str) -> PageResponse:
    """Serve a municipality in another zone."""
    found, form = places.get(place_code), ZoneForm()
    try:
        places.move(place_code, form.chosen, seen=form.seen_zone, staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _place_page(found, form), 422
    except EditConflict as refusal:
        now = refusal.data["stored"]
        form.seen.data = now
        form.say("zone", _("Otra persona lo pasó a %(zone)s mientras mirabas.", zone=zone_label(now)))
        return _place_page(places.get(place_code), form), 409
    name, zone = found.municipality.name, zone_label(places.get(place_code).zone)
    flash(_("%(name)s queda en %(zone)s.", name=name, zone=zone), "good")
    return redirect(url_for(".places_list"), 303)


@bp.get("/delivery/carriers")
@requires(Permission.CATALOGUE)
def carriers_list() -> str:
    """List the carriers with the form to add one."""
    return _carriers(CarrierForm(formdata=None))


@bp.post("/delivery/carriers")
@limited("change")
@requires(Permission.CATALOGUE)
def create_carrier() -> PageResponse:
    """Add a carrier."""
    form = CarrierForm()
    try:
        carriers.create(form.read(), staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _carriers(form), 422
    flash(_("Guardamos %(name)s.", name=form.name.data), "good")
    return redirect(url_for(".carriers_list"), 303)


@bp.get("/delivery/carriers/<carrier_code>")
@requires(Permission.CATALOGUE)
def carrier(carrier_code: str) -> str:
    """Show the form of a carrier."""
    row = carriers.get(carrier_code)
    return _carrier_page(_carrier_form(carriers.draft_of(row), row.version), row)


@bp.post("/delivery/carriers/<carrier_code>")
@limited("change")
@requires(Permission.CATALOGUE)
def save_carrier(carrier_code: str) -> PageResponse:
    """Change a carrier; whoever comes second sees both versions."""
    form, row = CarrierForm(), carriers.get(carrier_code)
    try:
        carriers.change(carrier_code, form.seen_version, form.read(), staff=actor())
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return _carrier_page(form, row), 422
    except EditConflict as refusal:
        other = _carrier_form(refusal.data["stored"], refusal.data["version"])
        form.version.data = str(refusal.data["version"])
        if differences := differences_of(other, form):
            return _carrier_page(form, carriers.get(carrier_code), differences=differences), 409
    flash(_("Guardamos %(name)s.", name=form.name.data), "good")
    return redirect(url_for(".carriers_list"), 303)


@bp.post("/delivery/carriers/<carrier_code>/remove")
@limited("change")
@requires(Permission.CATALOGUE)
def remove_carrier(carrier_code: str) -> Response:
    """Delete a carrier that never had a parcel, or say why not."""
    name = carriers.get(carrier_code).name
    try:
        carriers.remove(carrier_code, staff=actor())
    except InvalidInput as refusal:
        reason = field_message(refusal.problems["carrier"], "carrier")
        flash(_("%(name)s no se puede eliminar. %(reason)s.", name=name, reason=reason), "bad")
        return redirect(url_for(".carrier", carrier_code=carrier_code), 303)
    flash(_("Eliminamos %(name)s.", name=name), "good")
    return redirect(url_for(".carriers_list"), 303)


def _page(form: DeliveryForm, *, differences: Any = ()) -> str:
    return render_template(
        "staff/delivery.html",
        form=form,
        methods=tuple(Method),
        zones=tuple(Zone),
        cut_off_hour=settings().CUT_OFF_HOUR,
        seller_address=seller().address,
        unserved=previews.unserved(editing.get()[0]),
        differences=differences,
        problems=form.problems,
    )


def _differences(stored: Any, version: int, form: DeliveryForm) -> Differences:
    return differences_of(DeliveryForm(formdata=None, data=dict(typed_of(stored, version))), form)


def _place_page(found: Any, form: ZoneForm) -> str:
    offers = previews.offers_by_zone(editing.get()[0])
    return render_template(
        "staff/place.html",
        place=found,
        form=form,
        offers=offers,
        methods=[method for method in Method if any(method in by_method for by_method in offers.values())],
        goods_minor=previews.EXAMPLE_MINOR,
        problems=form.problems,
    )


def _carriers(form: CarrierForm) -> str:
    return render_template("staff/carriers.html", form=form, rows=carriers.list_all(), problems=form.problems)


def _carrier_form(draft: Any, version: int) -> CarrierForm:
    typed = {"name": draft.name, "tracking_template": draft.tracking_template, "is_active": draft.is_active}
    return CarrierForm(formdata=None, data=typed | {"version": str(version)})


def _carrier_page(form: CarrierForm, row: Any, *, differences: Any = ()) -> str:
    return render_template(
        "staff/carrier.html", form=form, carrier=row, differences=differences, problems=form.problems
    )
