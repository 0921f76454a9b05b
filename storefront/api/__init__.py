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
    app.extensions["api_errors"] = problems.error_response
    tokens.register(app)
    claims.register(app)
    blueprints = [module.bp for module in (checkout, auth, account, devices, catalogue, cart, orders, library)]
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)
    docs.register(app, blueprints)
