"""The customer's digital files: the library page, the files of an order, and the download button."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.enums import ProductKind
from storefront.i18n import current_language
from storefront.limits import limited
from storefront.services.downloads import library
from storefront.services.downloads.library import LibraryItem
from storefront.web.current_user import shopper, signed_in_only

bp = Blueprint("library", __name__, url_prefix="/account/library")


@bp.get("")
@signed_in_only
def show() -> str:
    """List the customer's files, newest first."""
    items = library.list_for(current_user.customer_id, language=current_language())
    return render_template("library/library.html", items=items)


@bp.post("/<entitlement_id>/download")
@limited("change")
def download(entitlement_id: str) -> Response:
    """Redirect to a new download link of a file; a guest's form has the order's token."""
    link = library.make_link(shopper(), entitlement_id, token=request.form.get("token") or None)
    return redirect(url_for("downloads.download", token=link.token), 303)


def files_of(order: library.Order) -> list[LibraryItem]:
    """Return the files of an order whose page is shown; an order without digital lines costs no query."""
    if not order.is_paid or all(line.kind == ProductKind.PHYSICAL for line in order.lines):
        return []
    return library.list_for_order(order, language=current_language())
