"""The back office: orders, stock, failed operations, the audit. Guests go to the login, customers get 404."""

from collections.abc import Callable

from flask import Blueprint, request
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.web.admin.access import let_in, may, may_use
from storefront.web.admin.second_step import ask_first, keep_form
from storefront.web.current_user import send_to_login

bp = Blueprint("staff", __name__, url_prefix="/staff")


@bp.before_request
def let_staff_in() -> Response | None:
    """Require a staff role that permits the request: guests go to the login, all others get 404.

    What was typed before the session was over is kept for after signing in again.

    Who has a second factor must have given its code, who needs one sets it up before anything else, and what is
    delicate takes a sign-in or a confirmation of a moment ago.
    """
    if not current_user.is_authenticated:
        return keep_form() or send_to_login()
    endpoint = request.endpoint or ""
    return ask_first(endpoint, let_in(endpoint))


@bp.context_processor
def rights() -> dict[str, Callable[[str], bool]]:
    """Return for templates what asks whether the role has a permission, and whether it permits an endpoint."""
    return {"may": may, "may_use": may_use}


# Importing the modules registers their routes on the blueprint.
from storefront.web.admin import (  # noqa: E402
    accounting,
    audit,
    blocks,
    categories,
    coupons,
    customer_data,
    customers,
    delivery,
    figures,
    media,
    operations,
    order_address,
    order_list,
    orders,
    packing_slips,
    parcels,
    plans,
    product_imports,
    products,
    requests,
    returns,
    reviews,
    search,
    security,
    shipping_list,
    stock,
    team,
    texts,
    today,
)

__all__ = [
    "accounting",
    "audit",
    "blocks",
    "bp",
    "categories",
    "coupons",
    "customer_data",
    "customers",
    "delivery",
    "figures",
    "media",
    "operations",
    "order_address",
    "order_list",
    "orders",
    "packing_slips",
    "parcels",
    "plans",
    "product_imports",
    "products",
    "requests",
    "returns",
    "reviews",
    "search",
    "security",
    "shipping_list",
    "stock",
    "team",
    "texts",
    "today",
]
