"""The globals of templates: filters, labels, and the current user."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Flask, g, request
from flask_login import AnonymousUserMixin, current_user
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from storefront import clock, i18n
from storefront.markup import render, with_own_links
from storefront.money import format_money, whole_pesos
from storefront.security import request_id
from storefront.services import shop_texts as kept_texts
from storefront.settings import Banner, ShopTexts, contact, seller, settings
from storefront.web import fragment_cache
from storefront.web.assets import asset, keep_for_ever
from storefront.web.current_user import cart_count
from storefront.web.language_addresses import in_language
from storefront.web.links import list_links
from storefront.web.pages import around
from storefront.web.pictures import picture_srcset, picture_url, sharing_url
from storefront.web.redirects import address_of_this_page
from storefront.web.seo import product_facts

_LABELS = (
    "access_label", "audit_action_label", "audit_changes", "audit_object_label",
    "block_kind_label", "data_request_label",
    "card_label", "carrier_label", "cause_label", "mail_label", "note_label",
    "cell_message", "choices_label", "count_label", "date_range_label", "device_label",
    "dispute_label", "document_label", "event_code_label", "event_label", "job_label", "place_label", "price_label",
    "explain", "field_message", "format_label", "period_label", "span_label", "hold_label", "is_ended_by_charge",
    "kind_label", "method_label", "wait_label",
    "contact_hours", "hours_label", "pickup_address", "pickup_hours", "zone_label",
    "next_charge_label", "notice_label", "number_label", "order_status_label", "order_tab_label", "paid_label",
    "plan_outlook_label", "plan_status_label", "plan_tab_label", "plan_tone", "shipment_label",
    "shipping_problem_label", "slip_size_label",
    "size_label", "standing_of", "state_label", "stock_label",
    "stock_reason_label",
    "role_label", "time_label", "trial_label",
    "exception_label", "not_an_invoice", "payment_label", "phone_label", "tax_label", "return_state_label",
    "average_label", "stars_text", "review_status_label", "review_status_tone",
    "coupon_kind_label", "coupon_status_label", "coupon_status_tone", "coupon_worth_label",
    "request_kind_label", "request_status_label",
    "return_label", "opening_label", "shop_part_label", "text_page_label",
    "text_page_description", "product_status_label", "product_status_tone",
)  # fmt: skip

_INSIDE_AMOUNTS = re.compile(r"(?<=\d) (?=(?:g|kg|lb|ml|L|cm|mm|km|min)\b|[ap]\.)|(?<= [ap]\.) (?=m\.)")
_WITHOUT_BANNER = frozenset({"staff", "checkout", "payment"})


def register(app: Flask) -> None:
    """Add filters and globals to Jinja; an undefined name is an error, never an empty text."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["money"] = money
    app.jinja_env.filters["date"] = day
    app.jinja_env.filters["markup"] = written
    app.jinja_env.filters["unbroken"] = unbroken
    app.jinja_env.globals["asset"] = asset
    # Flask-Babel's own functions would look up the catalogue for each text.
    app.jinja_env.install_gettext_callables(_text, _plural, newstyle=True)  # type: ignore[attr-defined]
    for name in _LABELS:
        app.jinja_env.globals[name] = getattr(i18n, name)
    app.jinja_env.globals["in_language"] = in_language
    app.jinja_env.globals["list_links"] = list_links
    app.jinja_env.globals["page_numbers"] = around
    app.jinja_env.globals["product_facts"] = product_facts
    for function in (picture_url, picture_srcset, sharing_url):
        app.jinja_env.globals[function.__name__] = function
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


def money(amount_minor: int, whole: bool = False) -> str:
    """Format an amount in minor units; `whole` rounds a contained tax to the peso."""
    return format_money(whole_pesos(amount_minor) if whole else amount_minor, i18n.current_language())


def day(value: date | str, style: str = "day") -> str:
    """Format a date; ``full`` has the year."""
    return i18n.date_label(value, style)


def unbroken(text: str) -> str:
    """Return a text whose amounts and times, such as `2 lb` and `5 p. m.`, stay in one line each."""
    return _INSIDE_AMOUNTS.sub("\N{NO-BREAK SPACE}", text)


def written(text: str, words: Mapping[str, str]) -> Markup:
    """Return a text that staff wrote as HTML, with the words in braces filled in."""
    language = i18n.current_language()
    return render(with_own_links(text, lambda path: in_language(path, language)), words, request.script_root)


def _layout_variables() -> dict[str, Any]:
    """Return the variables of every page's layout; an error page of status 5xx gets them without a query."""
    is_degraded = bool(g.get("is_degraded"))
    texts = kept_texts.last() if is_degraded else kept_texts.current()
    return {
        "language": i18n.current_language(),
        "shop": settings(),
        "seller": seller(texts),
        "contact": contact(texts),
        "site_banner": _banner(texts),
        "current_user": AnonymousUserMixin() if is_degraded else current_user,
        "cart_count": 0 if is_degraded else cart_count(),
        "here": address_of_this_page(),
        "request_id": request_id(),
    }


def _banner(texts: ShopTexts) -> Banner | None:
    """Return the notice that the page shows; staff's pages and the steps of the checkout have none."""
    banner = texts.banner
    is_shown = banner is not None and request.blueprint not in _WITHOUT_BANNER and banner.is_shown(clock.now())
    return banner if is_shown else None
