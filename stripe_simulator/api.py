"""The API at /v1: authentication, faults, idempotency, validation, response."""

from __future__ import annotations

import base64
import binascii
import socket
import time
from typing import Any

from flask import Flask, Response, current_app, jsonify, request

from . import forms, idempotency, schema
from .errors import ApiError
from .expansion import expand
from .faults import STORED
from .ids import new_id
from .operations import Operation, find_operation
from .records import Json
from .settings import API_VERSION
from .simulator import Simulator

FAULT_RESPONSES = {
    "500": ApiError("An unknown error occurred.", status=500, kind="api_error"),
    "429": ApiError("Request rate limit exceeded.", status=429, code="rate_limit", kind="invalid_request_error"),
    "500-kept": ApiError("An unknown error occurred.", status=500, kind="api_error", executed=True),
    "409": ApiError(
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing "
        "it.",
        status=409,
        code="lock_timeout",
    ),
}


def register(app: Flask, simulator: Simulator) -> None:
    """Route every path below /v1 to the table of operations."""

    @app.route("/v1/", defaults={"path": ""}, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    @app.route("/v1/<path:path>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    def v1(path: str) -> Response:
        request_id = new_id("req_", 14)
        fault = None
        try:
            authenticate(request.headers.get("Authorization", ""))
            fault = simulator.api_faults.take()
            if fault in FAULT_RESPONSES and fault not in STORED:
                raise FAULT_RESPONSES[fault]
            status, body, replayed = ApiRequest(simulator, request_id, fault).respond()
        except ApiError as error:
            status, body, replayed = error.status, error.body(), False
        if fault in ("timeout", "drop"):
            return cut_connection(simulator, simulator.settings.hold_seconds if fault == "timeout" else 0)
        return build_response(status, body, request_id, replayed)


def authenticate(header: str) -> None:
    """Accept test keys only, as a Bearer token or as the user name of Basic authentication."""
    scheme, _, value = header.partition(" ")
    key = value.strip() if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[0]
        except (binascii.Error, ValueError):
            key = value
    if not key:
        raise ApiError("You did not provide an API key.", status=401)
    if not key.startswith("sk_test_") or len(key) <= len("sk_test_"):
        raise ApiError(f"Invalid API Key provided: {key[:8]}****", status=401)


def cut_connection(simulator: Simulator, seconds: float) -> Response:
    """Wait, then close the connection without a response; the work was done."""
    simulator.stopping.wait(seconds)
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionResetError("The simulator cut the connection on purpose.")
    connection.shutdown(socket.SHUT_RDWR)
    return current_app.response_class(b"", status=500)


def build_response(status: int, body: Json, request_id: str, replayed: bool) -> Response:
    """Return the response with the headers that Stripe sends."""
    response = jsonify(body)
    response.status_code = status
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    key = request.headers.get("Idempotency-Key")
    if key and request.method == "POST":
        response.headers["Idempotency-Key"] = key
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


class ApiRequest:
    """One request of the API."""

    def __init__(self, simulator: Simulator, request_id: str, fault: str | None = None) -> None:
        self.simulator = simulator
        self.fault = fault
        self.request_id = request_id
        self.key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        self.fields = forms.pairs(request.query_string) + self._form()

    def _form(self) -> list[tuple[str, str]]:
        raw = request.get_data()
        if raw and request.mimetype != "application/x-www-form-urlencoded":
            raise ApiError("Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
        return forms.pairs(raw)

    def respond(self) -> tuple[int, Json, bool]:
        """Return status, body, and whether this is the stored response of an earlier request."""
        operation, names = find_operation(request.method, request.path)
        if self.key:
            fingerprint = forms.fingerprint(request.method, request.path, self.fields)
            with self.simulator.store.transaction() as connection:
                earlier = idempotency.claim(connection, self.key, fingerprint, self.simulator.now())
            if earlier:
                return *earlier, True
        try:
            time.sleep(self.simulator.api_faults.latency_ms / 1000)
            return 200, self._execute(operation, names), False
        except ApiError as error:
            return self._store_failure(error), error.body(), False
        except Exception:
            current_app.logger.exception("The simulator failed")
            broken = ApiError("The simulator failed; its log says why.", status=500, kind="api_error", executed=True)
            return self._store_failure(broken), broken.body(), False

    def _execute(self, operation: Operation, names: dict[str, str]) -> Json:
        """Validate the request and do its work; the response is stored under its key in the same transaction."""
        params: dict[str, Any] = schema.read(operation.rules, forms.nested(self.fields), "")
        paths = params.pop("expand", [])
        if self.fault == "500-kept":
            raise FAULT_RESPONSES[self.fault]
        try:
            with self.simulator.unit_of_work(self.request_id, self.key) as work:
                body = expand(work, operation.handler(work, params, **names), paths)
                if self.key:
                    idempotency.store(work.connection, self.key, 200, body)
        except ApiError as error:
            if error.code == "resource_missing" and error.identifier not in names.values():
                error.status = 400  # a parameter names the missing object, not the address
            raise
        if self.fault == "500-done":
            raise FAULT_RESPONSES["500-kept"]
        return body

    def _store_failure(self, error: ApiError) -> int:
        if self.key:
            with self.simulator.store.transaction() as connection:
                if error.executed:
                    idempotency.store(connection, self.key, error.status, error.body())
                else:
                    idempotency.release(connection, self.key)
        return error.status
