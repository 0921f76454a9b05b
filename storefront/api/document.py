"""The OpenAPI 3.1 document, generated from the operations."""

import http
from collections.abc import Sequence
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask

from storefront.api.blueprint import ApiBlueprint
from storefront.api.problems import PROBLEM
from storefront.api.schemas.common import ProblemSchema

_ABOUT = """Everything a page of the shop can do. Money is an integer in centavos of COP (200 000 pesos are `20000000`);
times are UTC. `Accept-Language: es|en` chooses the language of texts, never of `code`.

Every body is `application/json` of at most 64 KB; unknown fields are refused. Errors are
`application/problem+json` with a machine word in `code`. POSTs that name an `Idempotency-Key` take one:
the answer is kept for 24 hours once the work has begun, except after 429, 500 and 503, when the same key may be
tried again and reaches the same order. While the first request runs, the key is answered with 409 and `Retry-After`;
if its process died, the key is free after 12 seconds.

Products and categories have an `ETag`: sent again with `If-None-Match`, what has not changed is answered with 304 and
no body. A client asks each time, so that it shows no old price and no old stock."""


_WEBHOOK: dict[str, Any] = {
    "operationId": "stripe_webhook",
    "summary": "Take an event of Stripe.",
    "description": "Stripe proves itself by its signature over the raw body; whatever is signed gets 200.",
    "tags": ["checkout-api"],
    "security": [],
    "parameters": [{"in": "header", "name": "Stripe-Signature", "required": True, "schema": {"type": "string"}}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {
        "200": {
            "description": "OK",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"received": {"type": "boolean"}},
                        "required": ["received"],
                    }
                }
            },
        },
        "400": {"$ref": "#/components/responses/BAD_REQUEST"},
        "413": {"$ref": "#/components/responses/CONTENT_TOO_LARGE"},
        "500": {"$ref": "#/components/responses/INTERNAL_SERVER_ERROR"},
        "503": {"$ref": "#/components/responses/SERVICE_UNAVAILABLE"},
    },
}
_CODES = {
    400: ("invalid_request", "Write a whole number between 1 and 100."),
    401: ("token_expired", "The access token has expired."),
    404: ("not_found", "We cannot find what you are looking for."),
    409: ("idempotency_conflict", "This key belongs to another request."),
    410: ("download_limit_reached", "You have used all the downloads of this file."),
    413: ("invalid_request", "The body may have up to 64 KB."),
    415: ("invalid_request", "Send the body as JSON."),
    429: ("rate_limited", "Too many requests; wait as long as Retry-After says."),
    500: ("payment_provider_error", "The payment page could not be opened."),
    503: ("service_unavailable", "The shop does not respond right now; wait as long as Retry-After says."),
}


_WITH_RETRY_AFTER = (409, 429, 500, 503)
"""Statuses that say when to come back: always with 429 and 503, with 409 and 500 where waiting helps."""


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest's OpenAPI generator, with problem details (RFC 9457) as error responses.

    It is created at the first request for the document, which most processes never get.
    """

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        app.config.update(API_TITLE="FitAiid", API_VERSION="1.0.0", OPENAPI_VERSION="3.1.0")
        options: dict[str, Any] = {
            "info": {"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
            "servers": [{"url": "/"}],
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name_of),
        }
        super().__init__(app, spec_kwargs=options)
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        self.spec.components.security_scheme("bearer", bearer)

    def document(self, blueprints: Sequence[ApiBlueprint]) -> dict[str, Any]:
        """Return the OpenAPI document; the webhook, which is no operation of the API's blueprints, is added by hand."""
        for blueprint in blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        content: dict[str, Any] = self.spec.to_dict()
        content["paths"]["/api/checkout/webhook"] = {"post": _WEBHOOK}
        return content

    def _register_error_handlers(self) -> None:
        """Register nothing: `storefront.api.problems` handles errors."""

    def _register_pagination_header(self) -> None:
        """Register nothing: pagination is in the body."""

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            content = {PROBLEM: {"schema": ProblemSchema, "example": _example(status)}}
            response: dict[str, Any] = {"description": status.phrase, "content": content}
            if status in _WITH_RETRY_AFTER:
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}}
            if status == 401:
                response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
            self.spec.components.response(_response_name(status), response, lazy=True)


def _example(status: http.HTTPStatus) -> dict[str, Any]:
    code, detail = _CODES.get(status, ("internal_error", status.phrase))
    return {
        "type": f"/api/docs#{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "instance": "/api/checkout/create-session",
        "code": code,
        "errors": [{"field": "items[0].quantity", "message": detail}] if status == 400 else [],
        "requestId": "5f0c7d0b2a9e4c1d8b3a6f70",
    }


def _response_name(status: http.HTTPStatus) -> str:
    # Python 3.13 renamed it; the document does not depend on who generates it.
    return "CONTENT_TOO_LARGE" if status == 413 else status.name


def _name_of(schema: Any) -> str:
    name = schema.__name__ if isinstance(schema, type) else type(schema).__name__
    return str(name.removesuffix("Schema"))
