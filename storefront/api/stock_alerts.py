"""Alerts of sold-out variants; nothing is told of who waits for what."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schemas.account import MessageSchema
from storefront.api.schemas.stock_alerts import StockAlertSchema
from storefront.api.tokens import find_customer
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.services.accounts.email_addresses import check_email
from storefront.services.stock import alerts

bp = ApiBlueprint("stock-alerts-api", __name__, url_prefix="/api", description="Telling when something is back.")


@bp.operation(
    "POST",
    "/products/<product_id>/stock-alert",
    access="anyone",
    limit="alert",
    body=StockAlertSchema,
    response=MessageSchema,
    status=202,
    refuses=(404,),
)
def ask_for_stock_alert(body: dict[str, Any], product_id: str) -> dict[str, str]:
    """Have an address told once when a sold-out variant is back; it gets a mail to confirm that first.

    With an access token and the account's own confirmed address nothing is left to confirm.
    """
    email = check_email(body["email"])
    alerts.ask(product_id, body["variant_id"], email, current_language(), is_proved=_is_own(email))
    return {"message": _("Si hace falta, te enviamos un correo para confirmarlo.")}


@bp.operation(
    "DELETE",
    "/products/<product_id>/stock-alert",
    access="anyone",
    limit="alert",
    body=StockAlertSchema,
    response=MessageSchema,
    status=202,
    refuses=(404,),
)
def end_stock_alert(body: dict[str, Any], product_id: str) -> dict[str, str]:
    """End an alert: at once with an access token and the account's own address, else by the link of a mail to it."""
    email = check_email(body["email"])
    alerts.ask_to_end(product_id, body["variant_id"], email, current_language(), is_proved=_is_own(email))
    return {"message": _("Si hace falta, te enviamos un correo para confirmarlo.")}


def _is_own(email: str) -> bool:
    customer = find_customer()
    return customer is not None and customer.is_verified and customer.email == email
