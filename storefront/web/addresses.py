"""The customer's saved addresses: list, add, edit, remove, and choose the default."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import BooleanField

from storefront.errors import InvalidInput
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.accounts import addresses
from storefront.web import address_form
from storefront.web.current_user import signed_in_only
from storefront.web.forms import AddressForm

bp = Blueprint("addresses", __name__, url_prefix="/account/addresses")


class SavedAddressForm(AddressForm):
    """A saved address."""

    is_default = BooleanField(_l("Usar como dirección principal"))


@bp.get("")
@signed_in_only
def show() -> str:
    """List the customer's addresses."""
    return render_template("account/addresses.html", saved=addresses.list_for(current_user.customer_id))


@bp.get("/new")
@signed_in_only
def new() -> str:
    """Show the form for a new address, with the customer's name and phone."""
    form = _form(is_filled=False)
    names = ("first_name", "last_name", "phone")
    address_form.fill(form, {name: getattr(current_user, name) or "" for name in names})
    return _page(form, "")


@bp.post("/new")
@signed_in_only
@limited("change")
def add() -> Response | tuple[str, int]:
    """Save a new address."""
    form = _form()
    if address := address_form.checked(form):
        try:
            addresses.add(current_user.customer_id, address, is_default=bool(form.is_default.data))
        except InvalidInput as refusal:
            form.refuse(refusal.problems)
        else:
            return _back(_("Guardamos la dirección."))
    return _page(form, ""), 422


@bp.get("/<address_id>")
@signed_in_only
def edit(address_id: str) -> str:
    """Show the form to edit an address."""
    row, form = addresses.get(current_user.customer_id, address_id), _form(is_filled=False)
    address_form.fill(form, row.address)
    form.is_default.data = row.is_default
    return _page(form, row.id)


@bp.post("/<address_id>")
@signed_in_only
@limited("change")
def save(address_id: str) -> Response | tuple[str, int]:
    """Save an edited address."""
    row, form = addresses.get(current_user.customer_id, address_id), _form()
    if address := address_form.checked(form):
        addresses.edit(current_user.customer_id, row.id, address, is_default=bool(form.is_default.data))
        return _back(_("Guardamos la dirección."))
    return _page(form, row.id), 422


@bp.post("/<address_id>/default")
@signed_in_only
@limited("change")
def make_default(address_id: str) -> Response:
    """Make an address the default of the checkout."""
    addresses.make_default(current_user.customer_id, address_id)
    return _back(_("Esta es ahora tu dirección principal."))


@bp.post("/<address_id>/remove")
@signed_in_only
@limited("change")
def remove(address_id: str) -> Response:
    """Remove an address."""
    addresses.remove(current_user.customer_id, address_id)
    return _back(_("Quitamos la dirección."))


def _form(*, is_filled: bool = True) -> SavedAddressForm:
    form = SavedAddressForm() if is_filled else SavedAddressForm(formdata=None)
    address_form.set_departments(form)
    return form


def _page(form: SavedAddressForm, address_id: str) -> str:
    return render_template("account/address.html", form=form, address_id=address_id)


def _back(message: str) -> Response:
    flash(message, "good")
    return redirect(url_for(".show"), 303)
