"""Pictures and sold files of a product, below its form in the back office."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from storefront.errors import ContentRefused, InvalidInput, NotFound, PictureRefused
from storefront.i18n import explain
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import editing, picture_encoding, pictures
from storefront.services.downloads import content
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.admin.media_forms import PictureForm, SoldFileForm
from storefront.web.admin.products import PageResponse, stored_page, variant_choices
from storefront.web.uploads import takes_upload


@bp.post("/products/<product_id>/pictures")
@limited("change")
@takes_upload(picture_encoding.MAX_BYTES)
@requires(Permission.CATALOGUE)
def add_picture(product_id: str) -> PageResponse:
    """Add a picture behind the others."""
    form, upload = PictureForm(variant_choices(editing.get(product_id))), request.files.get("picture")
    try:
        if upload is None or not upload.filename:
            raise InvalidInput({"picture": "required"})
        pictures.add(product_id, upload.stream, form.alt, staff=actor(), variant_id=form.variant_id)
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
    except PictureRefused as refusal:
        form.say("picture", explain(refusal))
    else:
        flash(_("La foto está en la tienda."), "good")
        return _back(product_id, "product-pictures")
    return stored_page(product_id, picture_form=form), 422


@bp.post("/products/<product_id>/pictures/<picture_id>")
@limited("change")
@requires(Permission.CATALOGUE)
def change_picture(product_id: str, picture_id: str) -> PageResponse:
    """Put a picture first, describe it anew, or remove it."""
    ordered = [picture.id for picture in pictures.list_for(product_id)]
    if picture_id not in ordered:
        raise NotFound(picture_id=picture_id)
    step = request.form.get("step", "")
    if step == "first":
        others = [one for one in ordered if one != picture_id]
        pictures.reorder(product_id, [picture_id, *others], staff=actor())
    elif step == "remove":
        pictures.remove(picture_id, staff=actor())
        flash(_("Quitamos la foto."), "good")
    elif step == "describe":
        form = PictureForm(variant_choices(editing.get(product_id)))
        form.name_ids(picture_id)
        try:
            pictures.describe(picture_id, form.alt, staff=actor(), variant_id=form.variant_id)
        except InvalidInput as refusal:
            form.refuse(refusal.problems)
            return stored_page(product_id, described=(picture_id, form)), 422
        flash(_("Guardamos la descripción."), "good")
    return _back(product_id, "product-pictures")


@bp.post("/products/<product_id>/files")
@limited("change")
@takes_upload(content.MAX_BYTES)
@requires(Permission.CATALOGUE)
def add_file(product_id: str) -> PageResponse:
    """Add a file to a digital product."""
    editing.get(product_id)
    return _store(product_id, lambda upload, name: content.add(product_id, upload, name, staff=actor()))


@bp.post("/products/<product_id>/files/<file_id>")
@limited("change")
@takes_upload(content.MAX_BYTES)
@requires(Permission.CATALOGUE)
def replace_file(product_id: str, file_id: str) -> PageResponse:
    """Replace a file; whoever bought the old one gets the new one."""
    if file_id not in {file.id for file in content.list_for(product_id)}:
        raise NotFound(file_id=file_id)
    return _store(product_id, lambda upload, name: content.replace(file_id, upload, name, staff=actor()))


def _store(product_id: str, action: Any) -> PageResponse:
    form, upload = SoldFileForm(), request.files.get("sold_file")
    try:
        if upload is None or not upload.filename:
            raise InvalidInput({"sold_file": "required"})
        action(upload.stream, upload.filename)
    except InvalidInput as refusal:
        form.refuse({"sold_file": next(iter(refusal.problems.values()))})
    except ContentRefused as refusal:
        form.say("sold_file", explain(refusal))
    else:
        flash(_("El archivo está guardado."), "good")
        return _back(product_id, "product-files")
    return stored_page(product_id, file_form=form), 422


def _back(product_id: str, section: str) -> Response:
    return redirect(url_for(".product", product_id=product_id, _anchor=section), 303)
