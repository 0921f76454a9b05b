"""The globals of templates: filters, labels, and the current user."""

from datetime import date
from typing import Any

from flask import Flask, g
from flask_login import AnonymousUserMixin, current_user
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context

from storefront import i18n
from storefront.money import format_money
from storefront.security import request_id
from storefront.settings import settings
from storefront.web import fragment_cache
from storefront.web.assets import asset, keep_for_ever
from storefront.web.current_user import cart_count
from storefront.web.links import list_links
from storefront.web.pages import around
from storefront.web.redirects import address_of_this_page
from storefront.web.seo import product_facts

_LABELS = (
    "access_label", "card_label", "carrier_label", "date_range_label", "device_label", "dispute_label",
    "event_code_label", "event_label", "price_label",
    "explain", "field_message", "format_label", "hold_label", "is_ended_by_charge", "kind_label", "method_label",
    "next_charge_label", "notice_label", "order_status_label", "paid_label",
    "plan_status_label", "plan_tone", "shipment_label", "size_label", "standing_of", "state_label", "stock_label",
    "role_label", "time_label", "trial_label",
    "exception_label", "not_an_invoice", "payment_label", "phone_label", "tax_label", "return_state_label",
    "return_label",
)  # fmt: skip


def register(app: Flask) -> None:
    """Add filters and globals to Jinja; an undefined name is an error, never an empty text."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["money"] = money
    app.jinja_env.filters["date"] = day
    app.jinja_env.globals["asset"] = asset
    # Flask-Babel's own functions would look up the catalogue for each text.
    app.jinja_env.install_gettext_callables(_text, _plural, newstyle=True)  # type: ignore[attr-defined]
    for name in _LABELS:
        app.jinja_env.globals[name] = getattr(i18n, name)
    app.jinja_env.globals["list_links"] = list_links
    app.jinja_env.globals["page_numbers"] = around
    app.jinja_env.globals["product_facts"] = product_facts
    fragment_cache.register(app)
    app.context_processor(_layout_variables)
    app.after_request(keep_for_ever)


@pass_context
def _text(context: Context, text: str) -> str:
    """Return a text in the template's variable `language`, or the user's language."""
    return i18n.source_text(text, context.get("language"))


@pass_context
def _plural(context: Context, one: str, many: str, number: int) -> str:
    """Return the singular or the plural of a text in the template's language."""
    return i18n.source_number(one, many, number, context.get("language"))


def money(amount_minor: int) -> str:
    """Format an amount in minor units."""
    return format_money(amount_minor, i18n.current_language())


def day(value: date | str, style: str = "day") -> str:
    """Format a date; ``full`` has the year."""
    return i18n.date_label(value, style)


def _layout_variables() -> dict[str, Any]:
    """Return the variables of every page's layout; an error page of status 5xx gets them without a query."""
    is_degraded = bool(g.get("is_degraded"))
    return {
        "language": i18n.current_language(),
        "shop": settings(),
        "current_user": AnonymousUserMixin() if is_degraded else current_user,
        "cart_count": 0 if is_degraded else cart_count(),
        "here": address_of_this_page(),
        "request_id": request_id(),
    }
