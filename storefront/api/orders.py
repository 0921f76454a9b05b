"""The customer's orders: looking, giving up, trying again."""

from typing import TYPE_CHECKING, Any

from storefront.api.door import Door
from storefront.api.reading import return_urls_of, shopper
from storefront.api.schemas.checkout import ReturnUrlsSchema, StartedSchema
from storefront.api.schemas.orders import ListOrdersSchema, OrderSchema, OrdersSchema
from storefront.api.tokens import customer
from storefront.services import checkout, orders

if TYPE_CHECKING:
    from storefront.domain.order import Order

bp = Door("orders-api", __name__, url_prefix="/api/orders", description="The customer's own orders.")


@bp.operation("GET", "", limit="read", query=ListOrdersSchema, answer=OrdersSchema)
def list_orders(asked: dict[str, Any]) -> dict[str, Any]:
    """List the customer's orders, newest first."""
    found = orders.list_for(customer().customer_id, **asked)
    return {"items": found.items, "page": found.page, "limit": found.limit, "total": found.total}


@bp.operation("GET", "/<order_id>", limit="read", answer=OrderSchema, refuses=(404,))
def get_order(order_id: str) -> "Order":
    """Show one order, by its id or number."""
    return orders.get(shopper(), order_id)


@bp.operation("POST", "/<order_id>/cancel", limit="checkout", answer=OrderSchema, refuses=(400, 404))
def cancel_order(order_id: str) -> "Order":
    """Cancel an unpaid order; Stripe is asked first, then everything is released."""
    order = orders.get(shopper(), order_id)
    checkout.cancel(shopper(), order.public_id)
    return orders.get(shopper(), order_id)


@bp.operation(
    "POST",
    "/<order_id>/pay",
    limit="checkout",
    body=ReturnUrlsSchema,
    answer=StartedSchema,
    status=201,
    refuses=(404,),
    once=True,
)
def pay_order(body: dict[str, Any], order_id: str) -> checkout.Started:
    """Open a new payment page for an unpaid order; the old one is closed first."""
    urls = return_urls_of(body)
    return checkout.retry(shopper(), orders.get(shopper(), order_id).public_id, **urls)
