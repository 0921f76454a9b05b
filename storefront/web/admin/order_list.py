"""The list of orders in the back office: tabs, search, filters, and the same list as a file."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response

from storefront import clock
from storefront.enums import Method, OrderStatus, OrderTab, SlipSize
from storefront.i18n import field_message
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import Page
from storefront.services.orders import listing, order_csv
from storefront.text import clean
from storefront.web.admin import bp
from storefront.web.admin.access import requires
from storefront.web.admin.days import day_of
from storefront.web.pages import around, requested_page

_FILTERS = ("tab", "q", "status", "method", "first", "last")
_ATTENTION = "attention"
"""What the tab of orders to decide about was called while it was a status."""


@bp.get("/orders")
@requires(Permission.ORDERS)
def orders_list() -> Response | tuple[str, int]:
    """List orders, newest first, filtered by the query string; with `open` in it, one that is found alone is opened."""
    page = listing.find(wanted_of(request.args)[1])
    if request.args.get("open") and len(page.items) == page.total == 1:
        return redirect(url_for(".order", reference=page.items[0].number), 303)
    return _list_page(page)


def list_page(slips: Collection[str] = (), problem: str = "") -> tuple[str, int]:
    """Return the list of the query string; `slips` are ticked numbers, and `problem` what is wrong with them."""
    return _list_page(listing.find(wanted_of(request.args)[1]), slips, problem)


def _list_page(page: Page[Any], slips: Collection[str] = (), problem: str = "") -> tuple[str, int]:
    given, _wanted, problems = wanted_of(request.args)
    filters = {name: text for name, text in given.items() if text}
    shown = render_template(
        "staff/orders.html",
        page=page,
        given=given,
        filters=filters,
        problems=problems,
        tabs=tuple(OrderTab),
        statuses=tuple(OrderStatus),
        methods=tuple(Method),
        pages=around(page.page, page.pages),
        link=lambda page: f"{url_for('.orders_list')}?{urlencode({'page': page, **filters})}",
        most=listing.MOST_COUNTED,
        ticked=slips,
        slip_problem=problem,
        slip_sizes=tuple(SlipSize),
        chosen_size=request.form.get("size", SlipSize.LABEL),
    )
    return shown, 422 if problems or problem else 200


@bp.get("/orders/export.csv")
@requires(Permission.FIGURES)
def export_orders() -> FlaskResponse:
    """Send the orders of a list as a file, in parts."""
    parts = stream_with_context(order_csv.export(wanted_of(request.args)[1]))
    page = FlaskResponse(parts, mimetype="text/csv")
    page.headers["Content-Disposition"] = f'attachment; filename="pedidos-{clock.day_of(clock.now())}.csv"'
    return page


def wanted_of(query: Mapping[str, str]) -> tuple[dict[str, str], listing.Wanted, dict[str, str]]:
    """Return what the query string says, what that asks for, and what is wrong with it; nonsense filters nothing."""
    given = {name: clean(query.get(name, ""))[:100] for name in _FILTERS}
    if given["status"] == _ATTENTION:
        given |= {"tab": OrderTab.TO_DECIDE, "status": ""}
    for name, known in (("tab", OrderTab), ("status", OrderStatus), ("method", Method)):
        given[name] = given[name] if given[name] in list(known) else ""
    days, problems = {}, {}
    for name in ("first", "last"):
        try:
            days[name] = day_of(given[name])
        except ValueError:
            problems[name] = field_message("invalid", "day")
            given[name] = ""
    wanted = listing.Wanted(
        tab=OrderTab(given["tab"] or OrderTab.ALL),
        text=given["q"],
        status=OrderStatus(given["status"]) if given["status"] else None,
        method=Method(given["method"]) if given["method"] else None,
        first_day=days.get("first"),
        last_day=days.get("last"),
        page=requested_page(),
    )
    return given, wanted, problems
