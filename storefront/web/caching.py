"""Which pages a browser may keep, as long as it asks each time whether they changed."""

from flask import Flask, Response, request

# Not the product's page: its form has a one-time key, which must not come back from a browser's history.
_CACHEABLE = frozenset({"catalogue.home", "help.contact", "help.privacy", "help.returns", "help.terms"})


def register(app: Flask) -> None:
    """Let pages that everybody may see be kept by the one browser they were made for."""
    app.after_request(_allow_private_cache)


def _allow_private_cache(response: Response) -> Response:
    # The header shows the cart and whether somebody is signed in: private, and checked each time.
    if request.endpoint in _CACHEABLE and not request.query_string and response.status_code == 200:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.update(("Cookie", "Accept-Language"))
    return response
