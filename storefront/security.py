"""Headers of every response, and the id under which a request is logged."""

import re
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from storefront.settings import settings

STRIPE_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")
"""Where buyers pay, and where they change the card of a plan."""

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}


_RETRY_AFTER = {429: "60", 503: "10"}
"""Seconds after which to come back, where nobody knows it better: an outage is short, an unpaid order is not."""


def register(app: Flask) -> None:
    """Give every response of the app its headers, errors and JSON included."""
    app.before_request(_refuse_nul)
    app.after_request(_secure)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def refuse_too_many_fields() -> None:
    """Refuse more fields in an address or a form than any page has, before they are read.

    Werkzeug counts those of `multipart/form-data` only. A form that cannot be taken is shown again with its fields.
    """
    most = g.get("most_fields", current_app.config["MAX_FORM_PARTS"])
    if request.query_string.count(b"&") >= most:
        raise BadRequest
    is_page = not request.path.startswith("/api/")
    if is_page and request.mimetype == _FORMS[0] and request.get_data().count(b"&") >= most:
        raise RequestEntityTooLarge


def _refuse_nul() -> None:
    """Answer an address with a NUL as one that does not exist: no text of ours has any, and PostgreSQL takes none.

    The same in a field of a page is a bad request.
    """
    if "\0" in request.path:
        raise NotFound
    if request.path.startswith("/api/"):
        return  # which names the parameter that is wrong
    values = request.args if request.mimetype not in _FORMS else request.values
    if any("\0" in value for _, value in values.items(multi=True)):
        raise BadRequest


def request_id() -> str:
    """Return the id of this request: the caller's if it is harmless, else a new one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)
    return str(g.request_id)


def csp_nonce() -> str:
    """Return this response's nonce, which lets our own scripts run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def _secure(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    for name, value in _FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", policy())
    # JPEGs are the pictures that mails and other sites show; pages have WebP.
    origin = "cross-origin" if response.mimetype == "image/jpeg" else "same-origin"
    response.headers.setdefault("Cross-Origin-Resource-Policy", origin)
    if settings().BASE_URL.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if wait := _RETRY_AFTER.get(response.status_code):
        response.headers.setdefault("Retry-After", wait)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def policy() -> str:
    """Return the Content-Security-Policy of this response."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{csp_nonce()}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"form-action {_form_targets()}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def _form_targets() -> str:
    """Return where forms may lead: a browser checks the redirect after a form too, so Stripe's pages are named.

    Under another host name of the shop, an order that costs nothing leads to the page under BASE_URL.
    """
    addresses = [*STRIPE_PAGES, settings().STRIPE_API_BASE]
    if request.headers.get("Host") != urlsplit(settings().BASE_URL).netloc:
        addresses.append(settings().BASE_URL)
    return " ".join(["'self'", *(_origin(address) for address in addresses if address)])


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
