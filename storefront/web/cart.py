"""The cart: its lines, their quantities, and its coupon."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from storefront.enums import FunnelStep
from storefront.errors import CouponRejected, EmptyCart, InvalidInput, OutOfStock, ProductUnavailable, VariantRequired
from storefront.i18n import current_language, explain
from storefront.i18n import translate as _
from storefront.limits import limited, note_refusal
from storefront.services import carts
from storefront.step_counting import count_step
from storefront.web.catalogue import product_page
from storefront.web.current_user import is_staff, remember_cart, remember_count, shopper
from storefront.web.form_tokens import MAX_TOKEN
from storefront.web.forms import CouponForm, LineQuantityForm, QuantityForm
from storefront.web.redirects import next_path

bp = Blueprint("cart", __name__, url_prefix="/cart")
_REFUSALS = (OutOfStock, ProductUnavailable, InvalidInput, VariantRequired)


@bp.get("")
def show() -> str:
    """Show the cart."""
    return _page()


@bp.post("/items")
@limited("change")
def add() -> Response | tuple[str, int]:
    """Add units of a product to the cart."""
    key, form = request.form.get("product", "")[:80], QuantityForm()
    if not form.validate():
        return product_page(key, form), 422
    units = form.quantity.data or 0
    submission = f"{form.once.data[:MAX_TOKEN]}:{key}:{units}" if form.once.data else ""
    try:
        remember_cart(carts.add(shopper(), key, units, language=current_language(), submission=submission))
    except _REFUSALS as refusal:
        form.say("quantity", explain(refusal))
        return product_page(key, form), 422
    session["added"] = units
    return redirect(next_path(url_for(".show")), 303)


@bp.post("/items/<variant_id>")
@limited("change")
def change(variant_id: str) -> Response | tuple[str, int]:
    """Set the quantity of a line; zero or the remove button removes it, and the page offers to undo that."""
    form = LineQuantityForm()
    is_removed = "remove" in request.form
    if not is_removed and not form.validate():
        return _page(wrong=(variant_id, form)), 422
    units = 0 if is_removed else form.quantity.data or 0
    line = _line(variant_id) if units == 0 else None
    try:
        remember_cart(carts.set_quantity(shopper(), variant_id, units, language=current_language()))
    except _REFUSALS as refusal:
        form.say("quantity", explain(refusal))
        return _page(wrong=(variant_id, form)), 422
    if line is not None:
        session["removed"] = {"product": line.variant_id, "name": line.name, "quantity": line.quantity}
    elif units:
        flash(_("Cambiamos la cantidad."), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/coupon")
def coupon() -> str:
    """Show the cart with the coupon's field open."""
    return _page(coupon_form=CouponForm(formdata=None))


@bp.post("/coupon")
@limited("coupon")
@limited("code")
def apply_coupon() -> Response | tuple[str, int]:
    """Apply a coupon to the cart."""
    form = CouponForm()
    if not form.validate():
        return _page(coupon_form=form), 422
    try:
        carts.apply_coupon(shopper(), form.code.data)
    except (CouponRejected, EmptyCart) as refusal:
        note_refusal(refusal)
        form.say("code", explain(refusal))
        return _page(coupon_form=form), 422
    flash(_("Aplicamos el cupón."), "good")
    return redirect(next_path(url_for(".show")), 303)


@bp.post("/coupon/remove")
def remove_coupon() -> Response:
    """Remove the coupon from the cart."""
    carts.remove_coupon(shopper())
    flash(_("Quitamos el cupón."), "good")
    return redirect(next_path(url_for(".show")), 303)


def _page(*, wrong: tuple[str, QuantityForm] | None = None, coupon_form: CouponForm | None = None) -> str:
    """Return the cart's page; `wrong` is a line whose quantity was refused, with its form."""
    view = carts.view(shopper(), current_language())
    remember_count(view.count)
    if request.method == "GET" and view.lines:
        count_step(FunnelStep.CART, is_staff=is_staff())
    wrong_line, wrong_form = wrong or (None, None)
    problems = [("quantity-" + wrong_line, wrong_form.problems[0][1])] if wrong_line and wrong_form else []
    return render_template(
        "cart/cart.html",
        cart=view,
        wrong_line=wrong_line,
        wrong_form=wrong_form,
        coupon_form=coupon_form or CouponForm(formdata=None),
        coupon_open=coupon_form is not None,
        problems=problems + (coupon_form.problems if coupon_form else []),
        added=session.pop("added", None),
        removed=session.pop("removed", None),
    )


def _line(variant_id: str) -> carts.CartLineView | None:
    view = carts.view(shopper(), current_language())
    return next((line for line in view.lines if line.variant_id == variant_id), None)
