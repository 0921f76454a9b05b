"""The customer's cart, which the browser and the app share."""

from typing import TYPE_CHECKING, Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import address_of, document_of, language, shopper
from storefront.api.schemas.cart import CartSchema, CartShippingSchema, CouponCodeSchema, QuantitySchema
from storefront.api.tokens import current_customer
from storefront.enums import FunnelStep
from storefront.i18n import explain, notice_label
from storefront.i18n import translate as _
from storefront.services import carts
from storefront.step_counting import count_step

if TYPE_CHECKING:
    from storefront.domain.cart import Cart

bp = ApiBlueprint("cart-api", __name__, url_prefix="/api/cart", description="The customer's cart.")


@bp.operation("GET", "", limit="read", response=CartSchema)
def show_cart() -> dict[str, Any]:
    """Show the cart, priced anew, with what changed since the last look."""
    shown = cart_fields()
    if shown["lines"]:
        count_step(FunnelStep.CART, is_staff=current_customer().staff_role is not None)
    return shown


@bp.operation("PUT", "/items/<product_id>", limit="change", body=QuantitySchema, response=CartSchema, refuses=(404,))
def set_quantity(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Set the units of a product; 0 takes it out."""
    return cart_fields(carts.set_quantity(shopper(), product_id, body["quantity"], language=language()).cart)


@bp.operation("DELETE", "/items/<product_id>", limit="change", response=CartSchema)
def remove_item(product_id: str) -> dict[str, Any]:
    """Take a product out; what is not inside changes nothing."""
    return cart_fields(carts.set_quantity(shopper(), product_id, 0).cart)


@bp.operation("PUT", "/coupon", limit="coupon", body=CouponCodeSchema, response=CartSchema)
def put_coupon(body: dict[str, Any]) -> dict[str, Any]:
    """Put a coupon on the cart."""
    return cart_fields(carts.apply_coupon(shopper(), body["coupon_code"]))


@bp.operation("DELETE", "/coupon", limit="change", response=CartSchema)
def remove_coupon() -> dict[str, Any]:
    """Take the coupon off."""
    carts.remove_coupon(shopper())
    return cart_fields()


@bp.operation("PUT", "/shipping", limit="change", body=CartShippingSchema, response=CartSchema)
def put_shipping(body: dict[str, Any]) -> dict[str, Any]:
    """Say where the cart goes and how."""
    method = body["shipping_method"]
    address = address_of(body["shipping_address"], method=method, field="shippingAddress")
    carts.set_shipping(
        shopper(),
        email=current_customer().email,
        address=address,
        method=method,
        document=document_of(body.get("buyer_document")),
        forgets_document=body.get("buyer_document", ...) is None,
    )
    count_step(FunnelStep.ADDRESS, is_staff=current_customer().staff_role is not None)
    return cart_fields()


def cart_fields(cart: "Cart | None" = None) -> dict[str, Any]:
    """Return the fields of a `CartSchema`; a cart that the request changed is not read again."""
    view = carts.view_of(cart, shopper(), language()) if cart else carts.view(shopper(), language())
    return {
        "lines": view.lines,
        "count": view.count,
        "coupon": _coupon(view),
        "shipping_method": view.shipping_method,
        "shipping_address": view.address,
        "buyer_document": view.document,
        "shipping_options": view.offers,
        "needs_shipping": view.needs_shipping,
        "needs_consent": view.needs_consent,
        "needs_document": view.needs_document,
        "can_check_out": view.can_check_out,
        "amount_to_free_shipping": view.to_free_shipping_minor,
        "quote": view.quote,
        "messages": [{"code": n.code, "message": notice_label(n.code, n.data)} for n in view.notices],
    }


def _coupon(view: carts.CartView) -> dict[str, Any] | None:
    if view.coupon_code is None:
        return None
    problem = view.coupon_problem
    idle = _("El cupón no descuenta nada en esta compra y no se gasta.") if view.has_idle_coupon else ""
    return {
        "coupon_code": view.coupon_code,
        "valid": problem is None,
        "code": problem.code if problem else None,
        "message": explain(problem) if problem else idle,
    }
