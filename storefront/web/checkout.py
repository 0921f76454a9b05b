"""The checkout: delivery address and method, then the review, then the payment page."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.client_addresses import client_address
from storefront.enums import FunnelStep, Method
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
from storefront.services.accounts import addresses, documents
from storefront.services.accounts.email_addresses import likely_address
from storefront.step_counting import count_step
from storefront.web import address_form, document_form
from storefront.web.current_user import is_staff, remember_count, remember_order, shopper
from storefront.web.delivery_choice import (
    changes_of,
    method_to_an_address,
    method_within_reach,
    named_method,
    place_of,
    preselected,
    seen_total,
)
from storefront.web.forms import ContactForm, ReviewForm, ShippingForm
from storefront.web.payment import cancel_url, success_url

bp = Blueprint("checkout", __name__, url_prefix="/checkout")
_REFUSED = {PaymentProviderError: 503, TooManyHolds: 429}


@bp.get("/shipping")
def shipping() -> str | Response:
    """Show the form for recipient, address and delivery method; only e-mail and document if nothing ships."""
    view = _cart()
    if redirection := _cart_redirect(view):
        return redirection
    count_step(FunnelStep.ADDRESS, is_staff=is_staff())
    asks_document = _lacks_document(view) or "document" in request.args
    if not view.needs_shipping and current_user.is_authenticated and not asks_document:
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
    address, document = _checked_address(form), document_form.checked(form)
    if address is None or form.problems or _has_questions(form):
        return _shipping_page(view, form), 422
    try:
        _keep(form, document, address, form.method.data)
    except ShippingUnavailable as refusal:
        form.say("method", explain(refusal))
        return _shipping_page(carts.view(shopper(), current_language(), to=address), form), 422
    now = carts.view(shopper(), current_language())
    if _lacks_document(now):
        return _document_missing(now, form)
    if changes := changes_of(view, now, seen_total(form, address, now)):
        for message in changes:
            flash(message, "info")
        return redirect(url_for(".shipping"), 303)
    return redirect(url_for(".review"), 303)


@bp.get("/methods")
@limited("read")
def methods() -> str | tuple[str, int]:
    """Return the ways of delivery to a municipality, for the page that is open; nothing for one that is none."""
    place = addresses.place_address(request.args.get("city", "")[:80], request.args.get("department", "")[:40])
    if place is None:
        return "", 204
    view = carts.view(shopper(), current_language(), to=place)
    wanted = request.args.get("method", type=named_method)
    is_offered = view.offer_by(wanted) is not None
    return render_template(
        "checkout/_methods.html",
        cart=view,
        place=place.city,
        delivery_method=wanted if is_offered else preselected(view.offers),
        refused_method=None if is_offered else wanted,
    )


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


def _empty_form(view: carts.CartView) -> ContactForm | ShippingForm:
    """Return the form this cart needs; a signed-in customer's e-mail is known."""
    form = ShippingForm() if view.needs_shipping else ContactForm()
    if current_user.is_authenticated:
        del form.email
    if isinstance(form, ShippingForm):
        address_form.set_departments(form)
        form.way.choices = [("delivery", ""), (str(Method.PICKUP), "")]
        form.method.choices = [(method, method) for method in Method]
        if form.way.data == Method.PICKUP:
            form.method.data = str(Method.PICKUP)
    return form


def _filled_form(view: carts.CartView) -> ContactForm | ShippingForm:
    """Return the form filled from the cart and the customer's profile."""
    form = _empty_form(view)
    if not current_user.is_authenticated:
        form.email.data = view.email or ""
    profile = current_user.document if current_user.is_authenticated else None
    document_form.fill(form, view.document or profile)
    if not isinstance(form, ShippingForm):
        return form
    address_form.fill(form, _known_address(view))
    form.method.data = view.shipping_method or preselected(view.offers)
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


def _shipping_page(view: carts.CartView, form: ContactForm | ShippingForm) -> str:
    method: str | None = None
    refused: str | None = None
    if isinstance(form, ShippingForm):
        if (typed := place_of(form)) and typed.municipality_code != (view.address and view.address.municipality_code):
            view = carts.view(shopper(), current_language(), to=typed)
        refused = form.method.data
        method = form.method.data = method_within_reach(view, refused)
        form.seen_place.data = view.address.municipality_code if view.address else ""
    place = view.address.city if view.address else ""
    has_saved = current_user.is_authenticated and view.needs_shipping
    return render_template(
        "checkout/shipping.html",
        cart=view,
        form=form,
        chosen=next((o for o in view.offers if o.method == method and (o.is_available or not place)), None),
        delivery_method=method_to_an_address(view, method),
        refused_method=None if method == refused or form.problems else refused,
        place=place,
        saved=addresses.list_for(current_user.customer_id) if has_saved else [],
    )


def _typed_email(form: ContactForm | ShippingForm) -> str | None:
    return str(form.email.data) if "email" in form else None


def _keep(
    form: ContactForm | ShippingForm,
    document: documents.BuyerDocument | None,
    address: addresses.Address | None = None,
    method: Method | None = None,
) -> None:
    """Store what was typed in the cart; an emptied document is forgotten."""
    carts.set_shipping(
        shopper(),
        email=_typed_email(form),
        address=address,
        method=method,
        document=document,
        forgets_document=document is None,
    )


def _email(view: carts.CartView) -> str | None:
    """Return the email address of the order, if it is known."""
    return str(current_user.email) if current_user.is_authenticated else view.email


def _save_email(view: carts.CartView, form: ContactForm) -> Response | tuple[str, int]:
    form.validate()
    document = document_form.checked(form)
    if form.problems or _has_questions(form):
        return _shipping_page(view, form), 422
    _keep(form, document)
    if view.needs_document and document is None:
        return _document_missing(view, form)
    return redirect(url_for(".review"), 303)


def _has_questions(form: ContactForm | ShippingForm) -> bool:
    """Ask once about an e-mail at a domain that looks mistyped, and about a street without a number."""
    has_question = False
    if (email := _typed_email(form)) and (likely := likely_address(email)):
        has_question = form.ask(
            "email", _("¿Quisiste decir %(email)s? Corrígelo, o continúa si está bien.", email=likely)
        )
    if (
        isinstance(form, ShippingForm)
        and form.method.data != Method.PICKUP
        and not any(map(str.isdigit, form.street.data or ""))
    ):
        question = _("¿La dirección tiene número? Agrégalo, o continúa si el mensajero la encuentra así.")
        has_question = form.ask("street", question) or has_question
    return has_question


def _checked_address(form: ShippingForm) -> addresses.Address | None:
    """Return the validated address, or None with the problems as errors of the fields."""
    is_chosen = form.method.data in tuple(Method)
    address = address_form.checked(form, is_pickup=form.method.data == Method.PICKUP)
    if not is_chosen:
        form.refuse({"method": "required"})
    return address if is_chosen else None


def _lacks_document(view: carts.CartView) -> bool:
    return view.needs_document and view.document is None


def _document_missing(view: carts.CartView, form: ContactForm | ShippingForm) -> tuple[str, int]:
    form.refuse({"document_number": "required_for_value"})
    return _shipping_page(view, form), 422


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
    if lacks_place or _lacks_document(view) or (not current_user.is_authenticated and not view.email):
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
        refusal=view.coupon_problem or refusal,  # a coupon that cannot be used is taken off first
    )
