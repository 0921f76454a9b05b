"""One way to declare an operation: who may call it, what it reads, answers and refuses, and how often."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import flask_smorest

from storefront.api.examples import EXAMPLES
from storefront.api.idempotency import Proved, idempotent
from storefront.api.json_parser import Parser
from storefront.api.schema import Answer, Body
from storefront.api.tokens import signed_in
from storefront.limits import limited

F = TypeVar("F", bound=Callable[..., Any])
Who = Literal["anyone", "customer", "refresh token"]
Schema = type[Answer] | type[Body]

_KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "The same key and body within 24 hours give the same answer.",
}
_NAMES = {
    400: "BAD_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 409: "CONFLICT", 410: "GONE", 413: "CONTENT_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL_SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE",
}  # fmt: skip


class Door(flask_smorest.Blueprint):  # type: ignore[misc]
    """A group of operations under one prefix."""

    ARGUMENTS_PARSER = Parser()

    def operation(
        self,
        method: str,
        rule: str,
        *,
        limit: str,
        who: Who = "customer",
        body: Schema | None = None,
        query: Schema | None = None,
        answer: Schema | None = None,
        status: int = 200,
        refuses: tuple[int, ...] = (),
        once: bool | Proved = False,
    ) -> Callable[[F], F]:
        """Declare a view as an operation; whoever reads the call knows all about it.

        From the outside in: the token, the address's and body's check, the limit, the key, the work.
        """

        def decorate(view: F) -> F:
            asked, answered = EXAMPLES.get(view.__name__, (None, None))
            guarded: Any = self.response(status, answer, example=answered)(view)
            if once:
                guarded = idempotent(guarded, once if isinstance(once, Proved) else None)
            guarded = limited(limit)(guarded)
            if body and "coupon_code" in body._declared_fields:
                guarded = limited("code")(guarded)
            if body:
                guarded = self.arguments(body, example=asked)(guarded)
            if query:
                guarded = self.arguments(query, location="query")(guarded)
            if who == "customer":
                guarded = signed_in(guarded)
            for refused in sorted({*refuses, *_usual(who, body, query, once)}):
                guarded = self.alt_response(refused, _NAMES[refused])(guarded)
            guarded = self.doc(security=[] if who == "anyone" else [{"bearer": []}], operationId=view.__name__)(guarded)
            guarded.who = who
            parameters = [_KEY_PARAMETER] if once else None
            self.add_url_rule(rule, view.__name__, guarded, methods=[method], parameters=parameters)
            return view

        return decorate


def _usual(who: Who, body: Schema | None, query: Schema | None, once: bool | Proved) -> set[int]:
    """Return the statuses that follow from what the operation is."""
    found = {429, 500, 503}
    if who != "anyone":
        found.add(401)
    if body:
        found |= {400, 413, 415}
    if query:
        found.add(400)
    if once:
        found |= {400, 409}
    return found
