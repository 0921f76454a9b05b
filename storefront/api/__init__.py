"""The JSON door: everything a page can do, a phone can do."""

from flask import Flask

from storefront.api import (
    account,
    auth,
    cart,
    catalogue,
    checkout,
    claims,
    devices,
    docs,
    library,
    orders,
    problems,
    tokens,
)
from storefront.extensions import csrf


def register(app: Flask) -> None:
    """Add the JSON door. It reads no cookies, so it needs no CSRF tokens."""
    app.extensions["api_errors"] = problems.answer
    tokens.register(app)
    claims.register(app)
    interfaces = [module.bp for module in (checkout, auth, account, devices, catalogue, cart, orders, library)]
    for interface in interfaces:
        app.register_blueprint(interface)
        csrf.exempt(interface)
    docs.register(app, interfaces)
