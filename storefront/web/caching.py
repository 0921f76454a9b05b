"""Pages that a browser may cache, if it revalidates them each time."""

from flask import Flask, Response, request

from storefront.web.language_addresses import language_of

# Not the product's page: its form has a single-use token, which must not come back from a browser's history.
_CACHEABLE = frozenset({"catalogue.home", "help.about", "help.contact", "help.privacy", "help.returns", "help.terms"})


def register(app: Flask) -> None:
    """Allow the private caching of public pages."""
    app.after_request(_allow_private_cache)


def _allow_private_cache(response: Response) -> Response:
    # The header shows the cart and whether somebody is signed in: private, and checked each time.
    if request.endpoint in _CACHEABLE and not request.query_string and response.status_code == 200:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.add("Cookie")
        if language_of(request.path) is None:
            response.vary.add("Accept-Language")
    return response
