"""What of an order can be given back, and what was asked for."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import shopper
from storefront.api.schemas.returns import RightsSchema
from storefront.i18n import return_label, return_state_label
from storefront.services.orders import admin_returns, own_orders, own_returns

bp = ApiBlueprint(
    "returns-api", __name__, url_prefix="/api/orders/<order_id>", description="What of an order can be given back."
)


@bp.operation("GET", "/withdrawal", limit="read", response=RightsSchema, refuses=(404,))
def show_withdrawal(order_id: str) -> dict[str, Any]:
    """Show until when each line can be given back, whether the order can be cancelled, and the requests so far."""
    order = own_orders.get(shopper(), order_id)
    rights = own_returns.rights_of(order)
    cancellation = rights.cancellation
    return {
        "can_cancel": rights.can_cancel,
        "cancellation_amount": cancellation.amount_minor if cancellation else None,
        "can_withdraw": rights.can_ask,
        "lines": _lines(rights),
        "requests": [_request(request) for request in admin_returns.list_for(order)],
    }


def _lines(rights: own_returns.Rights) -> list[dict[str, Any]]:
    return [
        {
            "line_id": line_id,
            "state": right.state,
            "quantity": right.units if right.is_open else 0,
            "until": right.until,
            "message": return_label(right),
        }
        for line_id, right in rights.by_line.items()
    ]


def _request(request: admin_returns.Request) -> dict[str, Any]:
    row = request.withdrawal
    return {
        "withdrawal_number": request.number,
        "status": row.state,
        "message": return_state_label(row.state),
        "requested_at": row.asked_at,
        "refund_due_on": request.refund_due_on,
        "lines": [{"line_id": line.id, "quantity": units} for line, units in request.goods],
        "reason": row.reason,
        "note": row.note,
    }
