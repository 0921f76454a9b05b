"""A blueprint whose operations declare access, schemas, statuses, rate limit and idempotency in one call."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import flask_smorest

from storefront.api.examples import EXAMPLES
from storefront.api.idempotency import Unstored, idempotent
from storefront.api.json_parser import Parser
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.tokens import signed_in
from storefront.limits import limited

F = TypeVar("F", bound=Callable[..., Any])
Access = Literal["anyone", "customer", "refresh token"]
Schema = type[ResponseSchema] | type[RequestSchema]

_KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "The same key and body within 24 hours give the same answer.",
}
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_NAMES = {
    400: "BAD_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 409: "CONFLICT", 410: "GONE", 413: "CONTENT_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL_SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE",
}  # fmt: skip


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A group of operations under one prefix."""

    ARGUMENTS_PARSER = Parser()

    def operation(
        self,
        method: str,
        rule: str,
        *,
        limit: str,
        access: Access = "customer",
        body: Schema | None = None,
        query: Schema | None = None,
        response: Schema | None = None,
        media_type: str | None = None,
        status: int = 200,
        refuses: tuple[int, ...] = (),
        idempotency: bool | Unstored = False,
    ) -> Callable[[F], F]:
        """Register a view as an operation of the API.

        `media_type` is that of a file, which is sent instead of JSON.
        A request passes, in this order: access token, query and body validation, rate limit, idempotency key, view.
        """

        def decorate(view: F) -> F:
            request_example, response_example = EXAMPLES.get(view.__name__, (None, None))
            sent: Any = response if media_type is None else _FILE
            guarded: Any = self.response(status, sent, content_type=media_type, example=response_example)(view)
            if idempotency:
                guarded = idempotent(guarded, idempotency if isinstance(idempotency, Unstored) else None)
            guarded = limited(limit)(guarded)
            if body and "coupon_code" in body._declared_fields:
                guarded = limited("code")(guarded)
            if body:
                guarded = self.arguments(body(), example=request_example)(guarded)
            if query:
                guarded = self.arguments(query(), location="query")(guarded)
            if access == "customer":
                guarded = signed_in(guarded)
            for refused_status in sorted({*refuses, *_usual(access, body, query, idempotency)}):
                guarded = self.alt_response(refused_status, _NAMES[refused_status])(guarded)
            guarded = self.doc(security=[] if access == "anyone" else [{"bearer": []}], operationId=view.__name__)(
                guarded
            )
            if idempotency:
                guarded = self.doc(parameters=[_KEY_PARAMETER])(guarded)
            guarded.access = access
            self.add_url_rule(rule, view.__name__, guarded, methods=[method])
            return view

        return decorate


def _usual(access: Access, body: Schema | None, query: Schema | None, idempotency: bool | Unstored) -> set[int]:
    """Return the error statuses that follow from the operation's declaration."""
    statuses = {429, 500, 503}
    if access != "anyone":
        statuses.add(401)
    if body:
        statuses |= {400, 413, 415}
    if query:
        statuses.add(400)
    if idempotency:
        statuses |= {400, 409}
    return statuses
