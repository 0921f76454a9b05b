"""The JSON API: blueprints with the same use cases as the pages."""

from flask import Flask

from storefront.api import (
    account,
    addresses,
    auth,
    cart,
    catalogue,
    checkout,
    devices,
    docs,
    idempotency,
    library,
    orders,
    places,
    problems,
    receipts,
    requests,
    returns,
    reviews,
    stock_alerts,
    texts,
)
from storefront.extensions import csrf


def register(app: Flask) -> None:
    """Register the API's blueprints. They read no cookies, so they need no CSRF tokens."""
    app.extensions["api_errors"] = problems.error_response
    idempotency.register(app)
    modules = (
        checkout,
        auth,
        account,
        addresses,
        devices,
        catalogue,
        places,
        cart,
        orders,
        receipts,
        returns,
        library,
        reviews,
        stock_alerts,
        requests,
        texts,
    )
    blueprints = [module.bp for module in modules]
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)
    docs.register(app, blueprints)
