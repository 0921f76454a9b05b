"""Error responses: one table from exceptions to statuses, and problem details in the client's language."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from storefront.api.messages import detail_of, field_label, title_of
from storefront.api.schemas.quote import QuoteSchema
from storefront.errors import (
    DatabaseUnavailable,
    DownloadOver,
    EmailTaken,
    FilesUnavailable,
    IdempotencyConflict,
    InvalidCredentials,
    InvalidInput,
    NotFound,
    NotPermitted,
    OutOfStock,
    PaymentProviderError,
    PriceChanged,
    ReturnUrlNotAllowed,
    ShopError,
    TokenRefused,
    TooManyHolds,
    VariantRequired,
    WeakPassword,
)
from storefront.i18n import current_language, explain
from storefront.limits import note_refusal
from storefront.security import request_id

PROBLEM = "application/problem+json"
STATUSES: Mapping[type[ShopError], int] = {
    NotFound: 404,
    NotPermitted: 403,
    DownloadOver: 410,
    InvalidCredentials: 401,
    TokenRefused: 401,
    EmailTaken: 409,
    IdempotencyConflict: 409,
    TooManyHolds: 429,
    PaymentProviderError: 500,
    DatabaseUnavailable: 503,
    FilesUnavailable: 503,
}
"""Every other error is a 400, which the client can correct."""

_CODES = {401: "token_invalid", 404: "not_found", 429: "rate_limited", 503: "service_unavailable"}
_RETRY_AFTER: Mapping[type[ShopError], int] = {
    TooManyHolds: 60,
    PaymentProviderError: 10,
    DatabaseUnavailable: 10,
    FilesUnavailable: 10,
}
_PASSWORD_FIELDS = {"/api/me/password": "newPassword"}


def error_response(error: Exception) -> Response:
    """Return the response for an exception in the API."""
    if isinstance(error, ShopError):
        note_refusal(error)
        return _of_refusal(error)
    if isinstance(error, HTTPException):
        return _of_status(error)
    return problem(500, "internal_error", detail_of(500))


def status_of(error: ShopError) -> int:
    """Return the HTTP status for an error."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)


def problem(status: int, code: str, detail: str, **members: Any) -> Response:
    """Return a problem (RFC 9457)."""
    body = {
        "type": f"/api/docs#{code}",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "errors": [],
        "requestId": request_id(),
        **members,
    }
    response = jsonify(body)
    response.status_code, response.mimetype = status, PROBLEM
    if status == 401:
        response.headers["WWW-Authenticate"] = _challenge(code)
    return response


def _of_refusal(error: ShopError) -> Response:
    response = problem(status_of(error), error.code, _detail(error), **_members(error))
    if wait := _RETRY_AFTER.get(type(error)) or error.data.get("retry_after"):
        response.headers["Retry-After"] = str(wait)
    return response


def _detail(error: ShopError) -> str:
    if isinstance(error, InvalidInput):
        return " ".join(
            dict.fromkeys(field_label(code, path).rstrip(".") + "." for path, code in error.problems.items())
        )
    return explain(error)


def _members(error: ShopError) -> dict[str, Any]:
    """Return the members of the problem beside `detail`."""
    if isinstance(error, InvalidInput):
        return {"errors": [_entry(path, field_label(code, path)) for path, code in error.problems.items()]}
    if isinstance(error, WeakPassword):
        return {"errors": [_entry(_PASSWORD_FIELDS.get(request.path, "password"), explain(error))]}
    if isinstance(error, ReturnUrlNotAllowed):
        return {"errors": [_entry(error.data["field"], explain(error))]}
    if isinstance(error, PriceChanged):
        return {"quote": QuoteSchema().dump(error.data["quote"])}
    if isinstance(error, VariantRequired):
        choices = [_choice(variant) for variant in error.data["variants"]]
        return {"errors": [_entry(error.data["field"], explain(error))], "variants": choices}
    if isinstance(error, OutOfStock):
        return {"shortages": [_shortage(*entry) for entry in error.data["shortages"] if len(entry) == 5]}
    return {}


def _entry(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}


def _shortage(product_id: str, variant_id: str, name: str, quantity: int, available: int) -> dict[str, Any]:
    asked = {"name": name, "quantity": quantity, "available": available}
    return {"productId": product_id, "variantId": variant_id, **asked}


def _choice(variant: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "variantId": variant["variant_id"],
        "sku": variant["sku"],
        "options": variant["options"][current_language()],
        "price": variant["price"],
        "available": variant["available"],
    }


def _of_status(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    code = _CODES.get(status, "internal_error" if status >= 500 else "invalid_request")
    response = problem(status, code, detail_of(status))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _challenge(code: str) -> str:
    """Return the `WWW-Authenticate` challenge for a refused token (RFC 6750)."""
    if code in ("token_missing", "invalid_credentials"):
        return 'Bearer realm="fitaiid"'
    return 'Bearer realm="fitaiid", error="invalid_token"'
