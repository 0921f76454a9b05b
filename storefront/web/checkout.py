"""The checkout: delivery address and method, then the review, then the payment page."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.client_addresses import client_address
from storefront.enums import Method
from storefront.errors import (
    AccountNeeded,
    ConsentRequired,
    DatabaseUnavailable,
    EmptyCart,
    InvalidInput,
    PaymentProviderError,
    ShippingUnavailable,
    ShopError,
    TooManyHolds,
)
from storefront.i18n import current_language, explain
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services import carts, checkout
from storefront.services.accounts import addresses
from storefront.web import address_form
from storefront.web.current_user import remember_count, remember_order, shopper
from storefront.web.forms import EmailForm, ReviewForm, ShippingForm
from storefront.web.payment import cancel_url, success_url

bp = Blueprint("checkout", __name__, url_prefix="/checkout")
_REFUSED = {PaymentProviderError: 503, TooManyHolds: 429}


@bp.get("/shipping")
def shipping() -> str | Response:
    """Show the form for recipient, address and delivery method; only the e-mail if nothing ships."""
    view = _cart()
    if redirection := _cart_redirect(view):
        return redirection
    if not view.needs_shipping and current_user.is_authenticated:
        return redirect(url_for(".review"), 303)
    return _shipping_page(view, _filled_form(view))


@bp.post("/shipping")
@limited("change")
def save_shipping() -> Response | tuple[str, int]:
    """Save address and method, and continue to the review; a price that they change is shown first."""
    view = _cart()
    if redirection := _cart_redirect(view):
        return redirection
    form = _empty_form(view)
    if not isinstance(form, ShippingForm):
        return _save_email(view, form)
    address = _checked_address(form)
    if address is None:
        return _shipping_page(view, form), 422
    try:
        carts.set_shipping(shopper(), email=_typed_email(form), address=address, method=form.method.data)
    except ShippingUnavailable as refusal:
        form.say("method", explain(refusal))
        return _shipping_page(carts.view(shopper(), current_language(), to=address), form), 422
    if changes := _changes(view, carts.view(shopper(), current_language())):
        for message in changes:
            flash(message, "info")
        return redirect(url_for(".shipping"), 303)
    return redirect(url_for(".review"), 303)


@bp.get("/review")
def review() -> str | Response:
    """Show the whole order before the payment."""
    view = _cart()
    return _step_redirect(view) or _review_page(view, ReviewForm(formdata=None))


@bp.post("/review")
@limited("checkout")
def pay() -> Response | tuple[str, int]:
    """Place the order and redirect to the payment page."""
    view, form = _cart(), ReviewForm()
    if redirection := _step_redirect(view):
        return redirection
    if not form.validate():
        return _review_page(view, form), 422
    try:
        placed_order = checkout.begin(_purchase(view, form))
    except EmptyCart as refusal:
        flash(explain(refusal), "warn")
        return redirect(url_for("cart.show"), 303)
    except AccountNeeded as refusal:
        flash(explain(refusal), "warn")
        return redirect_to_account()
    except DatabaseUnavailable:
        raise  # the review could not be shown either
    except ShopError as refusal:
        return _refused(form, refusal)
    remember_order(placed_order.order_id)
    return redirect(placed_order.checkout_url, 303)


def redirect_to_account() -> Response:
    """Send a guest to sign in and back to the review, and a customer to where the address is confirmed."""
    if not current_user.is_authenticated:
        return redirect(url_for("account.login", next=url_for("checkout.review")), 303)
    return redirect(url_for("profile.show"), 303)


def _cart() -> carts.CartView:
    view = carts.view(shopper(), current_language())
    remember_count(view.count)
    return view


def _empty_form(view: carts.CartView) -> EmailForm | ShippingForm:
    """Return the form this cart needs; a signed-in customer's e-mail is known."""
    form = ShippingForm() if view.needs_shipping else EmailForm()
    if current_user.is_authenticated:
        del form.email
    if isinstance(form, ShippingForm):
        address_form.set_departments(form)
        form.method.choices = [(method, method) for method in Method]
    return form


def _filled_form(view: carts.CartView) -> EmailForm | ShippingForm:
    """Return the form filled from the cart and the customer's profile."""
    form = _empty_form(view)
    if not current_user.is_authenticated:
        form.email.data = view.email or ""
    if not isinstance(form, ShippingForm):
        return form
    address_form.fill(form, _known_address(view))
    form.method.data = view.shipping_method or _preselected(view.offers)
    return form


def _known_address(view: carts.CartView) -> Mapping[str, str]:
    """Return the saved address that was picked, else that of the cart, the default address and the profile."""
    is_customer = current_user.is_authenticated
    if is_customer and (picked := request.args.get("address")):
        return addresses.get(current_user.customer_id, picked).address
    saved = view.address.to_dict() if view.address else {}
    default: Mapping[str, str] = (current_user.address if is_customer else None) or {}
    contact, place = saved or default, saved if saved.get("street") else default
    if is_customer and not contact:
        contact = {name: getattr(current_user, name) or "" for name in ("first_name", "last_name", "phone")}
    return {**place, **{name: contact.get(name, "") for name in ("first_name", "last_name", "phone")}}


def _preselected(options: tuple[carts.PricedShippingOption, ...]) -> str:
    """Return the cheapest available delivery method, or pickup."""
    deliveries = [option for option in options if option.is_available and option.method != Method.PICKUP]
    return str(min(deliveries, key=lambda option: option.price_minor).method) if deliveries else Method.PICKUP


def _shipping_page(view: carts.CartView, form: EmailForm) -> str:
    method = form.method.data if isinstance(form, ShippingForm) else None
    has_saved = current_user.is_authenticated and view.needs_shipping
    return render_template(
        "checkout/shipping.html",
        cart=view,
        form=form,
        chosen=next((option for option in view.offers if option.method == method), None),
        place=view.address.city if view.address else "",
        saved=addresses.list_for(current_user.customer_id) if has_saved else [],
    )


def _changes(shown: carts.CartView, now: carts.CartView) -> list[str]:
    """Return messages for the review: the chosen method has another price now, or no coupon."""
    before, option = shown.offer_by(now.shipping_method), now.offer
    if option is None:
        return []
    changes = []
    if before is None or before.total_minor != option.total_minor:
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


def _typed_email(form: EmailForm) -> str | None:
    return str(form.email.data) if "email" in form else None


def _email(view: carts.CartView) -> str | None:
    """Return the email address of the order, if it is known."""
    return str(current_user.email) if current_user.is_authenticated else view.email


def _save_email(view: carts.CartView, form: EmailForm) -> Response | tuple[str, int]:
    if not form.validate():
        return _shipping_page(view, form), 422
    carts.set_shipping(shopper(), email=_typed_email(form), address=None, method=None)
    return redirect(url_for(".review"), 303)


def _checked_address(form: ShippingForm) -> addresses.Address | None:
    """Return the validated address, or None with the problems as errors of the fields."""
    is_chosen = form.method.data in tuple(Method)
    address = address_form.checked(form, is_pickup=form.method.data == Method.PICKUP)
    if not is_chosen:
        form.refuse({"method": "required"})
    return address if is_chosen else None


def _cart_redirect(view: carts.CartView) -> Response | None:
    """Return a redirect to the cart if it has problems, or to the login if a guest's cart has a plan; else None."""
    if not view.can_check_out:
        return redirect(url_for("cart.show"), 303)
    if view.plan is not None and not current_user.is_authenticated:
        flash(_("Para comprar un plan necesitas una cuenta: inicia sesión o crea una. Tu carrito te espera."), "info")
        return redirect(url_for("account.login", next=url_for(".shipping")), 303)
    return None


def _step_redirect(view: carts.CartView) -> Response | None:
    """Return a redirect to the first incomplete step, if there is one."""
    if redirection := _cart_redirect(view):
        return redirection
    lacks_place = view.needs_shipping and (view.address is None or view.offer is None)
    if lacks_place or (not current_user.is_authenticated and not view.email):
        return redirect(url_for(".shipping"), 303)
    return None


def _purchase(view: carts.CartView, form: ReviewForm) -> checkout.Purchase:
    seen = form.expected_total.data
    return checkout.Purchase(
        shopper=shopper(),
        email=_email(view) or "",
        language=current_language(),
        success_url=success_url(),
        cancel_url=cancel_url(),
        notes=form.notes.data or "",
        digital_consent=bool(form.consent.data),
        # A form that does not say what it showed is treated as having shown something else.
        expected_total_minor=-1 if seen is None else seen,
        expected_delivery=form.expected_delivery.data,
        network=client_address() or None,
    )


def _refused(form: ReviewForm, refusal: ShopError) -> tuple[str, int]:
    """Show the review again with new prices, the error, and the typed values."""
    status = next((code for kind, code in _REFUSED.items() if isinstance(refusal, kind)), 422)
    if isinstance(refusal, ConsentRequired):
        form.say("consent", explain(refusal))
    elif isinstance(refusal, InvalidInput) and "customerNotes" in refusal.problems:
        form.refuse({"notes": "too_long"})
    else:
        return _review_page(_cart(), form, refusal), status
    return _review_page(_cart(), form), status


def _review_page(view: carts.CartView, form: ReviewForm, refusal: ShopError | None = None) -> str:
    form.expected_total.data = view.quote.total_minor
    window = view.offer.window if view.offer else None
    form.expected_delivery.data = window.latest.isoformat() if window else ""
    return render_template(
        "checkout/review.html",
        cart=view,
        form=form,
        email=_email(view),
        refusal=refusal or view.coupon_problem,
    )
