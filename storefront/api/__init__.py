"""The JSON API: blueprints with the same use cases as the pages."""

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
    """Register the API's blueprints. They read no cookies, so they need no CSRF tokens."""
    app.extensions["api_errors"] = problems.error_response
    tokens.register(app)
    claims.register(app)
    blueprints = [module.bp for module in (checkout, auth, account, devices, catalogue, cart, orders, library)]
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)
    docs.register(app, blueprints)
