"""What staff see first: what a new shop still lacks, the money of the day, and what waits for somebody."""

from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storefront.services.admin.permissions import Permission
from storefront.services.customer_requests import handling
from storefront.services.customers import data_requests
from storefront.services.jobs import consistency
from storefront.services.mail import mail_delivery
from storefront.services.orders import today as desk
from storefront.services.payments import webhook_events
from storefront.services.stock import listing as stock
from storefront.web.admin import bp
from storefront.web.admin.access import may, may_use, requires


@bp.get("/")
@requires(Permission.ORDERS)
def today() -> str | Response:
    """Show the day; a link to the list of orders, which was here before, leads to it."""
    if request.args:
        return redirect(f"{url_for('.orders_list')}?{urlencode(request.args)}", 301)
    opening = consistency.missing_steps() if may(Permission.CATALOGUE) else ()
    return render_template("staff/today.html", opening=opening, **_boxes())


def _boxes() -> dict[str, Any]:
    """Return what the role works with, one statement for each box; the others are None."""
    return {
        "figures": desk.figures() if may(Permission.FIGURES) else None,
        "waiting": desk.to_prepare(),
        "decisions": desk.to_decide() if may(Permission.MONEY) else None,
        "requests": handling.waiting() if may_use(".requests_list") else None,
        "data_requests": data_requests.count_open() if may_use(".close_data_request") else None,
        "low": stock.running_low() if may_use(".stock_list") else None,
        "mails": mail_delivery.count_given_up() if may_use(".retry_mail") else None,
        "events": webhook_events.count_failed() if may_use(".retry_event") else None,
    }
