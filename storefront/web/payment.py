"""Return from the payment page: success, cancellation, and another try to pay."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront import clock
from storefront.enums import OrderStanding
from storefront.errors import (
    AccountNeeded,
    CheckoutBlocked,
    NotFound,
    PaymentProviderError,
    PriceChanged,
    ProductUnavailable,
    ShippingUnavailable,
    WrongState,
)
from storefront.i18n import explain, standing_of
from storefront.limits import limited
from storefront.services import carts, checkout
from storefront.services.orders import own_orders
from storefront.services.payments import session_status
from storefront.settings import settings
from storefront.web.current_user import remember_count, remember_order, shopper
from storefront.web.forms import GuestAccountForm
from storefront.web.library import files_of

bp = Blueprint("payment", __name__, url_prefix="/checkout")
_LONGEST_ID = 200
WAITING = (OrderStanding.PENDING, OrderStanding.PROCESSING_PAYMENT)


def success_url() -> str:
    """Return where the payment page sends a buyer who paid; the provider fills in its session's id."""
    return settings().BASE_URL + url_for("payment.success") + "?session_id={CHECKOUT_SESSION_ID}"


def cancel_url() -> str:
    """Return where the payment page sends a buyer who turned back."""
    return settings().BASE_URL + url_for("payment.cancelled")


@bp.get("/success")
def success() -> str:
    """Show the payment's state; the page may be reloaded, and updates itself once it is paid.

    Another browser and an unknown session id get the same page, which reveals nothing.
    """
    session_id = request.args.get("session_id", "")
    try:
        settled = session_status.settle_session(shopper(), session_id[:_LONGEST_ID])
    except NotFound:
        return render_template("checkout/elsewhere.html")
    order = own_orders.get(shopper(), settled.public_id)
    standing = standing_of(order, order.history)
    if order.is_paid:
        remember_count(carts.count(shopper()))
    return render_template(
        "checkout/success.html",
        order=order,
        standing=standing,
        is_waiting=standing.key in WAITING,
        is_payable=checkout.can_reopen(order, clock.now()),
        files=files_of(order),
        form=GuestAccountForm(formdata=None),
    )


@bp.get("/cancel")
def cancelled() -> str:
    """Show the page for a cancelled payment, with a button to pay again."""
    return _cancel_page()


@bp.post("/retry")
@limited("checkout")
def retry() -> Response | tuple[str, int]:
    """Open a new payment page for an order that is not paid yet."""
    order_id = request.form.get("order", "")[:40]
    try:
        placed_order = checkout.retry(shopper(), order_id, success_url=success_url(), cancel_url=cancel_url())
    except (AccountNeeded, CheckoutBlocked) as refusal:
        return _cancel_page(explain(refusal), is_payable=False), 422
    except PaymentProviderError as refusal:
        return _cancel_page(explain(refusal)), 503
    except (PriceChanged, ProductUnavailable, ShippingUnavailable) as refusal:
        return _cancel_page(explain(refusal), is_payable=False), 422
    except WrongState as refusal:
        # Paid, cancelled or under review meanwhile: its page tells which.
        order = own_orders.get(shopper(), order_id)
        if refusal.data.get("reason"):
            flash(explain(refusal), "warn")
        return redirect(url_for("account.order", number=order.number), 303)
    remember_order(placed_order.order_id)
    return redirect(placed_order.checkout_url, 303)


def _cancel_page(problem: str = "", *, is_payable: bool = True) -> str:
    order = own_orders.find_unpaid(shopper())
    return render_template(
        "checkout/cancel.html",
        order=order,
        problem=problem,
        is_payable=is_payable and order is not None and checkout.can_reopen(order, clock.now()),
    )
