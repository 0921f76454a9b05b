"""The blueprints of the website: HTML pages and forms with CSRF tokens; no page needs JavaScript."""

from flask import Flask

from storefront import security
from storefront.extensions import babel, csrf, login_manager
from storefront.web import (
    account,
    addresses,
    admin,
    caching,
    cart,
    catalogue,
    checkout,
    devices,
    downloads,
    errors,
    feeds,
    help,
    language,
    language_addresses,
    library,
    long_forms,
    mailbox,
    media,
    order_lookup,
    payment,
    privacy,
    profile,
    receipts,
    recovery,
    requests,
    returns,
    reviews,
    site,
    stock_alerts,
    styleguide,
    subscriptions,
    templating,
    uploads,
)
from storefront.web.current_user import load_user, send_to_login
from storefront.web.origin import refuse_foreign_forms
from storefront.web.session_cookie import SessionCookie


def register(app: Flask) -> None:
    """Give the app its pages, with everything that pages need."""
    app.session_interface = SessionCookie()
    babel.init_app(app, locale_selector=language.choose_language)
    long_forms.register(app)
    app.before_request(security.refuse_too_many_fields)  # before the form's token is looked for
    uploads.register(app)
    csrf.init_app(app)
    app.before_request(refuse_foreign_forms)
    # Without Flask-Login's own context processor, which would query the user on error pages too.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None
    login_manager.user_loader(load_user)
    login_manager.unauthorized_handler(send_to_login)
    security.register(app)
    templating.register(app)
    caching.register(app)
    errors.register(app)
    devices.register(app)
    for module in (
        catalogue, cart, checkout, payment, account, recovery, library, subscriptions, downloads, help, site, admin,
        profile, addresses, devices, privacy, receipts, returns, media, order_lookup, reviews, stock_alerts, requests,
        feeds,
    ):  # fmt: skip
        app.register_blueprint(module.bp)
    if app.extensions["settings"].IS_DEMO:
        app.register_blueprint(mailbox.bp)
        app.register_blueprint(styleguide.bp)
    language_addresses.register(app)
