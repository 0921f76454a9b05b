"""The errors of the API, in Stripe's words."""

from __future__ import annotations

from typing import Any

DOCS = "https://docs.stripe.com/error-codes/"


class ApiError(Exception):
    """One error response; `executed` says that work had begun, so the response is stored under an idempotency key.

    `identifier` is the id of an object that is not there.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        identifier: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.executed = executed
        self.identifier = identifier

    def body(self) -> dict[str, Any]:
        """Return the JSON that Stripe sends for this error."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error |= {"code": self.code, "doc_url": DOCS + self.code.replace("_", "-")}
        if self.param:
            error["param"] = self.param
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A parameter is wrong: nothing was done, and no response is stored under an idempotency key."""
    return ApiError(message, param=param, code=code)


def refused(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """The request is valid, but the state of an object forbids it."""
    return ApiError(message, param=param, code=code, executed=True)


def no_such(kind: str, identifier: str, param: str) -> ApiError:
    """The named object does not exist: 404 where the address names it, 400 where a parameter does."""
    message = f"No such {kind}: '{identifier}'"
    return ApiError(message, status=404, code="resource_missing", param=param, identifier=identifier)


def not_supported(what: str, param: str | None = None) -> ApiError:
    """Stripe supports this and the simulator does not; it says so instead of ignoring it."""
    return invalid(f"The simulator does not play {what}.", param)
