"""The customer's orders: list, show, cancel, pay again, return."""

from typing import TYPE_CHECKING, Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.cart import cart_fields
from storefront.api.deserializers import language, return_urls_of, shopper
from storefront.api.schema import camel
from storefront.api.schemas.account import MessageSchema
from storefront.api.schemas.checkout import ReturnUrlsSchema, StartedSchema
from storefront.api.schemas.orders import (
    FindOrderSchema,
    ListOrdersSchema,
    OrderSchema,
    OrdersSchema,
    ReorderedSchema,
    WithdrawnSchema,
    WithdrawSchema,
)
from storefront.api.tokens import current_customer
from storefront.errors import InvalidInput
from storefront.i18n import current_language, notice_label
from storefront.i18n import translate as _
from storefront.ids import new_id
from storefront.services import checkout
from storefront.services.accounts import order_lookup
from storefront.services.carts import reorders
from storefront.services.orders import own_orders, own_returns

if TYPE_CHECKING:
    from storefront.domain.order import Order

bp = ApiBlueprint("orders-api", __name__, url_prefix="/api/orders", description="The customer's own orders.")


@bp.operation("GET", "", limit="read", query=ListOrdersSchema, response=OrdersSchema)
def list_orders(query: dict[str, Any]) -> dict[str, Any]:
    """List the customer's orders, newest first."""
    page = own_orders.list_for(current_customer().customer_id, **query)
    return {"items": page.items, "page": page.page, "limit": page.limit, "total": page.total}


@bp.operation("GET", "/<order_id>", limit="read", response=OrderSchema, refuses=(404,))
def get_order(order_id: str) -> "Order":
    """Show one order, by its id or number."""
    return own_orders.get(shopper(), order_id)


@bp.operation(
    "POST", "/lookup", access="anyone", limit="lookup", body=FindOrderSchema, response=MessageSchema, status=202
)
def find_order(body: dict[str, Any]) -> dict[str, str]:
    """Have the link to an order mailed to the e-mail that it was placed with; the answer is the same for any number."""
    try:
        order_lookup.request_link(body["order_number"], body["email"], current_language())
    except InvalidInput as refusal:
        raise InvalidInput({camel(name): code for name, code in refusal.problems.items()}) from None
    return {"message": _("Si hay un pedido con ese número y ese correo, te enviamos un enlace para abrirlo.")}


@bp.operation("POST", "/<order_id>/cancel", limit="checkout", response=OrderSchema, refuses=(400, 404))
def cancel_order(order_id: str) -> "Order":
    """Cancel an unpaid order; Stripe is asked first, then everything is released."""
    order = own_orders.get(shopper(), order_id)
    checkout.cancel(shopper(), order.public_id)
    return own_orders.get(shopper(), order_id)


@bp.operation(
    "POST",
    "/<order_id>/pay",
    limit="checkout",
    body=ReturnUrlsSchema,
    response=StartedSchema,
    status=201,
    refuses=(404,),
    idempotency=True,
)
def pay_order(body: dict[str, Any], order_id: str) -> checkout.PlacedOrder:
    """Open a new payment page for an unpaid order; the old one is closed first."""
    urls = return_urls_of(body)
    return checkout.retry(shopper(), own_orders.get(shopper(), order_id).public_id, **urls)


@bp.operation(
    "POST",
    "/<order_id>/reorder",
    limit="change",
    response=ReorderedSchema,
    refuses=(404,),
    idempotency=True,
)
def reorder(order_id: str) -> dict[str, Any]:
    """Put an order's goods into the cart at today's prices, as many as there are; `messages` tell what was left out."""
    outcome = reorders.buy_again(shopper(), own_orders.get(shopper(), order_id), language=language())
    messages = [{"code": note.code, "message": notice_label(note.code, note.data)} for note in outcome.notices]
    return {"added": outcome.added, "messages": messages, "cart": cart_fields()}


@bp.operation(
    "POST",
    "/<order_id>/withdrawal",
    limit="change",
    body=WithdrawSchema,
    response=WithdrawnSchema,
    status=201,
    refuses=(404,),
    idempotency=True,
)
def withdraw(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Give bought units back; an order that was not sent yet is cancelled, and its money is on its way at once.

    What began with the buyer's consent, such as downloads, stays, and so does its price.
    """
    cancellation = own_returns.rights_of(own_orders.get(shopper(), order_id)).cancellation
    if "lines" not in body or cancellation is not None:
        own_returns.cancel_order(shopper(), order_id, units=_units(body) if "lines" in body else None)
        amount = cancellation.amount_minor if cancellation else None
        return {"refund_amount": amount, "order": own_orders.get(shopper(), order_id)}
    try:
        row = own_returns.request_return(shopper(), order_id, units=_units(body), reason=body["reason"], key=new_id())
    except InvalidInput as refusal:
        raise InvalidInput(_by_place(body, refusal)) from None
    request = own_returns.get(shopper(), order_id, row.sequence)
    payload = {"withdrawal_number": request.number, "refund_due_on": request.withdrawal.refund_due_on}
    return payload | {"order": own_orders.get(shopper(), order_id)}


def _units(body: dict[str, Any]) -> dict[int, int]:
    """Return the units by line id; the service refuses ids that are not of this order."""
    units: dict[int, int] = {}
    for place, line in enumerate(body["lines"]):
        if not (line["line_id"].isascii() and line["line_id"].isdigit()):
            raise InvalidInput({f"lines[{place}].lineId": "not_returnable"})
        units[int(line["line_id"])] = units.get(int(line["line_id"]), 0) + line["quantity"]
    return units


def _by_place(body: dict[str, Any], refusal: InvalidInput) -> dict[str, str]:
    """Return the problems by the line's position in the body; a line that is not in the body counts as `lines`."""
    places = {f"line-{line['line_id']}": f"lines[{place}].quantity" for place, line in enumerate(body["lines"])}
    return {
        places.get(name, "lines" if name.startswith("line-") else name): code for name, code in refusal.problems.items()
    }
