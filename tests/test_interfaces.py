"""What a shopper can do on pages, an app can do by the API: every page and every operation is in one table.

A new page without its operation, or a new operation that no page has, fails here until it is mapped or has its reason.
"""

import pytest
from flask import Flask

from tests.conftest import build

BOTH: dict[str, tuple[str, ...]] = {
    "account.buy_again": ("orders-api.reorder",),
    "account.create_account": ("auth-api.register",),
    # The API has no order's secret: it opens the account, and the mail's link hands the order over.
    "account.create_account_of_guest": ("auth-api.register", "auth-api.verify_email"),
    "account.login": ("auth-api.login",),
    "account.logout": ("auth-api.logout",),
    "account.order": ("orders-api.get_order",),
    "account.orders_list": ("orders-api.list_orders",),
    "account.register": ("auth-api.register",),
    "account.sign_in_with_password": ("auth-api.login",),
    "addresses.add": ("addresses-api.add_address",),
    "addresses.edit": ("addresses-api.list_addresses",),
    "addresses.make_default": ("addresses-api.change_address",),
    "addresses.new": ("addresses-api.add_address",),
    "addresses.remove": ("addresses-api.remove_address",),
    "addresses.save": ("addresses-api.change_address",),
    "addresses.show": ("addresses-api.list_addresses",),
    "cart.add": ("cart-api.set_quantity",),
    "cart.apply_coupon": ("cart-api.put_coupon", "checkout-api.apply_coupon"),
    "cart.change": ("cart-api.set_quantity", "cart-api.remove_item"),
    "cart.coupon": ("cart-api.put_coupon",),
    "cart.remove_coupon": ("cart-api.remove_coupon",),
    "cart.show": ("cart-api.show_cart", "checkout-api.calculate_shipping"),
    "catalogue.home": ("catalogue-api.list_products", "catalogue-api.list_categories", "catalogue-api.suggest"),
    "catalogue.product": ("catalogue-api.get_product",),
    "catalogue.reviews": ("reviews-api.list_reviews",),
    "checkout.methods": ("checkout-api.calculate_shipping",),
    "checkout.pay": ("checkout-api.create_session",),
    "checkout.review": ("cart-api.show_cart",),
    "checkout.save_shipping": ("cart-api.put_shipping",),
    "checkout.shipping": ("cart-api.show_cart", "checkout-api.calculate_shipping"),
    "devices.end": ("devices-api.end_device",),
    "devices.end_others": ("devices-api.logout_others", "devices-api.logout_all"),
    "devices.show": ("devices-api.list_devices",),
    "help.about": ("texts-api.get_text",),
    "help.contact": ("texts-api.show_shop",),
    "help.privacy": ("texts-api.get_text",),
    "help.returns": ("texts-api.get_text",),
    "help.terms": ("texts-api.get_text",),
    "help.terms_version": ("texts-api.get_text",),
    "library.download": ("library-api.make_download_link",),
    "library.show": ("library-api.show_library",),
    "order_lookup.send_link": ("orders-api.find_order",),
    "order_lookup.show": ("orders-api.find_order",),
    "payment.cancelled": ("orders-api.list_orders", "orders-api.cancel_order"),
    "payment.retry": ("orders-api.pay_order",),
    "payment.success": ("checkout-api.session_status",),
    "privacy.erase": ("account-api.close_account",),
    "privacy.export": ("account-api.my_data",),
    "privacy.show": ("account-api.my_data",),
    "profile.change_password": ("account-api.change_password",),
    "profile.save": ("account-api.change_me",),
    "profile.show": ("account-api.me",),
    "receipts.pdf": ("receipts-api.get_receipt_pdf",),
    "receipts.show": ("receipts-api.get_receipt",),
    "recovery.choose": ("auth-api.reset_password",),
    "recovery.confirm": ("auth-api.verify_email",),
    "recovery.forgot": ("auth-api.forgot_password",),
    "recovery.resend": ("auth-api.resend_verification",),
    "recovery.save": ("auth-api.reset_password",),
    "recovery.send_link": ("auth-api.forgot_password",),
    "recovery.verify": ("auth-api.verify_email",),
    "requests.received": ("requests-api.file_request",),
    "requests.send": ("requests-api.file_request",),
    "requests.show": ("requests-api.file_request",),
    "reviews.ask_to_stop": ("reviews-api.stop_review_mails",),
    "reviews.of_order": ("reviews-api.list_reviewable_lines",),
    "reviews.own_list": ("reviews-api.list_own_reviews", "reviews-api.list_reviewable_lines"),
    "reviews.remove": ("reviews-api.remove_own_review",),
    "reviews.send": ("reviews-api.write_review", "reviews-api.change_own_review"),
    "reviews.show_form": ("reviews-api.write_review", "reviews-api.list_reviewable_lines"),
    "reviews.stop": ("reviews-api.stop_review_mails",),
    "site.language": ("account-api.change_me",),
    "site.municipalities": ("places-api.list_municipalities",),
    "stock_alerts.ask": ("stock-alerts-api.ask_for_stock_alert",),
    "stock_alerts.end": ("stock-alerts-api.end_stock_alert",),
    "stock_alerts.show": ("stock-alerts-api.ask_for_stock_alert",),
    "subscriptions.cancel": ("library-api.cancel_subscription",),
    "subscriptions.card": ("library-api.open_billing_portal",),
    "subscriptions.resume": ("library-api.resume_subscription",),
    "subscriptions.show": ("library-api.list_subscriptions",),
    "withdrawals.cancel": ("orders-api.withdraw",),
    "withdrawals.receipt": ("returns-api.show_withdrawal",),
    "withdrawals.send": ("orders-api.withdraw",),
    "withdrawals.show_form": ("returns-api.show_withdrawal",),
}
"""By page, the operations that do the same."""

PAGES_ONLY = {
    "account.code": "the second factor of staff, to whom the API gives nothing more than to others",
    "account.sign_in_with_code": "the second factor of staff",
    "catalogue.recent": "cards that the page of a product shows of what its browser remembers",
    "catalogue.preview": "staff's signed link to a draft, which is no product for shoppers yet",
    "downloads.download": "the file itself, at the address that the API's download link names",
    "feeds.google": "for price comparisons",
    "feeds.manifest": "for browsers",
    "health.healthz": "for machines",
    "health.readyz": "for machines",
    "media.picture": "a picture, at the address that the API names",
    "site.favicon": "for browsers",
    "site.robots": "for search engines",
    "site.sitemap": "for search engines",
    "site.sitemap_pages": "for search engines",
    "site.sitemap_products": "for search engines",
    "static": "for browsers",
    "stock_alerts.confirm": "the button behind a link in a mail",
    "metrics.numbers": "for machines",
}
"""By page, why the API has nothing like it."""

API_ONLY = {
    "api_docs.docs": "the description of the API",
    "api_docs.openapi": "the description of the API",
    "auth-api.refresh": "pages have no tokens",
    "webhooks.stripe": "Stripe's",
}
"""By operation, why no page does it."""


def endpoints(app: Flask) -> tuple[set[str], set[str]]:
    """Return the endpoints of pages, without staff's, and those of the API."""
    rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("staff.")]
    operations = {rule.endpoint for rule in rules if rule.rule.startswith("/api/")}
    return {rule.endpoint for rule in rules} - operations, operations


def faults(app: Flask) -> list[str]:
    """Return what is missing in the tables, or in them and gone."""
    pages, operations = endpoints(app)
    mapped = {operation for found in BOTH.values() for operation in found}
    return [
        *(f"{page} has neither an operation nor a reason" for page in sorted(pages - set(BOTH) - set(PAGES_ONLY))),
        *(f"{name} has neither a page nor a reason" for name in sorted(operations - mapped - set(API_ONLY))),
        *(f"{name} is gone" for name in sorted({*BOTH, *PAGES_ONLY} - pages)),
        *(f"{name} is gone" for name in sorted({*mapped, *API_ONLY} - operations)),
        *(f"{name} is in two tables" for name in sorted({*BOTH} & {*PAGES_ONLY} | mapped & {*API_ONLY})),
    ]


def test_whatever_a_page_can_do_an_app_can_do(app: Flask) -> None:
    assert faults(app) == []


@pytest.mark.parametrize("path", ["/forgotten", "/api/forgotten"])
def test_what_is_in_no_table_is_found(sqlite_url: str, path: str) -> None:
    app = build(sqlite_url)
    app.add_url_rule(path, "forgotten", lambda: "")
    assert any(fault.startswith("forgotten has neither") for fault in faults(app))
