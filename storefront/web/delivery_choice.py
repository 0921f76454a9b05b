"""Which way of delivery a page ticks, and what its buyer is told when the price of it changes."""

from storefront.enums import Method
from storefront.i18n import translate as _
from storefront.services import carts
from storefront.services.accounts import addresses
from storefront.web.forms import ShippingForm


def preselected(options: tuple[carts.PricedShippingOption, ...]) -> str:
    """Return the cheapest available delivery method, or pickup."""
    deliveries = [option for option in options if option.is_available and option.method != Method.PICKUP]
    return str(min(deliveries, key=lambda option: option.price_minor).method) if deliveries else Method.PICKUP


def method_to_an_address(view: carts.CartView, method: str | None) -> str | None:
    """Return the method to tick among those to an address; who picks up and thinks again starts with the usual one."""
    if method != Method.PICKUP:
        return method
    likely = preselected(view.offers)
    return str(Method.STANDARD) if likely == Method.PICKUP else likely


def method_within_reach(view: carts.CartView, method: str | None) -> str | None:
    """Return the chosen method, or the usual one where it does not reach the cart's municipality and another does."""
    likely = preselected(view.offers)
    reaches = any(option.is_available for option in view.offers if option.method == method)
    is_refused = method and not reaches and view.address and view.address.city
    return likely if is_refused and likely != Method.PICKUP else method


def place_of(form: ShippingForm) -> addresses.Address | None:
    """Return the municipality in the form, for the prices to it; None while it names none."""
    return addresses.place_address((form.city.data or "")[:80], form.department.data or "")


def seen_total(form: ShippingForm, address: addresses.Address, now: carts.CartView) -> int | None:
    """Return the total that the page showed; where it already had the prices of this municipality, that of now."""
    if form.seen_total.data is None and form.seen_place.data == address.municipality_code:
        return now.quote.total_minor
    seen: int | None = form.seen_total.data
    return seen


def named_method(text: str) -> Method:
    """Return the method of this name, or raise `ValueError`."""
    return Method(text)


def changes_of(shown: carts.CartView, now: carts.CartView, seen_minor: int | None) -> list[str]:
    """Return messages for the review: the chosen method has another price now, or no coupon.

    `seen_minor` is the total that the page showed after it had asked for the prices of the municipality.
    """
    before, option = shown.offer_by(now.shipping_method), now.offer
    if option is None:
        return []
    changes = []
    total_before = before.total_minor if seen_minor is None and before else seen_minor
    if total_before != option.total_minor:
        changes.append(_("Actualizamos el envío con tu dirección. Revisa el nuevo total y continúa."))
    helps_elsewhere = any(other.uses_coupon for other in now.offers if other.is_available)
    if now.has_idle_coupon and helps_elsewhere and shown.shipping_method != now.shipping_method:
        changes.append(
            _(
                "Con este envío tu cupón %(code)s no descuenta nada y no se gasta. Revisa el total y continúa.",
                code=now.coupon_code,
            )
        )
    return changes
