"""The address form of checkout and account: filling, validation, and messages."""

from collections.abc import Mapping
from difflib import get_close_matches

from storefront.i18n import phone_label
from storefront.i18n import translate as _
from storefront.services.accounts import addresses
from storefront.web.forms import AddressForm
from storefront.web.person_names import join_name, split_name


def set_departments(form: AddressForm) -> None:
    """Set the choices of the department field."""
    form.department.choices = [("", _("Elige…")), *addresses.departments()]


def fill(form: AddressForm, address: Mapping[str, str]) -> None:
    """Fill the fields from an address."""
    form.full_name.data = join_name(address)
    form.phone.data = phone_label(address.get("phone", ""))
    form.street.data, form.zip_code.data = address.get("street", ""), address.get("zip_code", "")
    form.city.data, form.department.data = address.get("city", ""), address.get("municipality_code", "")[:2]


def checked(form: AddressForm, *, is_pickup: bool = False) -> addresses.Address | None:
    """Return the validated address, or None with the problems as errors of the fields."""
    form.validate()
    first, last = split_name(form.full_name.data)
    try:
        address = addresses.check_address(
            first_name=first,
            last_name=last,
            phone=form.phone.data,
            street=", ".join(part for part in (form.street.data, form.complement.data) if part),
            city=form.city.data,
            department=form.department.data or "",
            zip_code=form.zip_code.data,
            is_pickup=is_pickup,
        )
    except addresses.InvalidAddress as refusal:
        _refuse(form, refusal.problems)
        return None
    return None if form.problems else address


def _refuse(form: AddressForm, problems: Mapping[str, str]) -> None:
    """Add the problems of an address as errors of the form's fields."""
    codes = dict(problems)
    first, last = codes.pop("first_name", ""), codes.pop("last_name", "")
    if first or last:
        is_half = last == "required" and not first
        codes["full_name"] = "last_name_required" if is_half else first or last
    form.refuse(codes)
    if codes.get("city") in {"unknown_city", "city_not_in_department"}:
        _suggest_cities(form)


def _suggest_cities(form: AddressForm) -> None:
    names = [place.name for place in addresses.municipalities_of(form.department.data or "")]
    by_key = {name.casefold(): name for name in names}
    close = get_close_matches(form.city.data.casefold(), by_key, n=3, cutoff=0.6)
    if close:
        names = [by_key[key] for key in close]
        problem = form.city.errors[0]
        form.say("city", _("%(problem)s. ¿Querías decir %(cities)s?", problem=problem, cities=", ".join(names)))
