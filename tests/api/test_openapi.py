"""The document: valid, complete, the same as its committed copy, and shown by a page of our own."""

import json
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from config import ROOT
from storefront.api.problems import PROBLEM
from tests.api.conftest import Phone

COPY = ROOT / "docs" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(stranger: Phone) -> dict[str, Any]:
    """Return the served document."""
    found: dict[str, Any] = stranger.get("/api/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def resolved(document: dict[str, Any], part: Any) -> Any:
    while isinstance(part, dict) and "$ref" in part:
        node: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            node = node[name]
        part = node
    return part


def test_the_committed_copy_is_the_served_document(document: dict[str, Any]) -> None:
    assert json.loads(COPY.read_text(encoding="utf-8")) == document, "write it: flask --app wsgi openapi-write"


def test_every_address_of_the_api_is_described(app: Flask, document: dict[str, Any]) -> None:
    described = {(method.upper(), path) for method, path, _ in operations(document)}
    served = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint.split(".")[0] != "api_docs"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served


def test_every_operation_tells_everything(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    seen = set()
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"].endswith("."), where
        assert operation["operationId"] not in seen, where
        seen.add(operation["operationId"])
        assert "security" in operation, where
        statuses = set(operation["responses"])
        assert "500" in statuses, where
        if operation["security"]:
            assert "401" in statuses, where
        if "{" in path and not path.startswith("/api/cart/items"):
            assert "404" in statuses, where
        if "requestBody" in operation and "webhook" not in path:
            assert {"400", "413", "415"} <= statuses, where
        for status, response in operation["responses"].items():
            whole = resolved(document, response)
            assert whole["description"], where
            if status[0] in "45":
                assert list(whole["content"]) == [PROBLEM], where
                assert whole["content"][PROBLEM]["example"]["code"], where


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert resolved(document, part) is not None
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(document)


def test_every_schema_is_a_schema_and_every_example_fits(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("type") == "object", name
    for method, path, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *(resolved(document, r) for r in operation["responses"].values())]
        for body in bodies:
            for content in body.get("content", {}).values():
                if "example" in content:
                    whole = {**content["schema"], "components": document["components"]}
                    errors = list(Draft202012Validator(whole).iter_errors(content["example"]))
                    assert not errors, f"{method} {path}: {errors[0].message}"


def test_the_page_loads_only_what_is_ours(stranger: Phone) -> None:
    response = stranger.get("/api/docs")
    text = response.get_data(as_text=True)
    assert response.status_code == 200
    assert "https://" not in text.replace("https://www.w3.org", "")
    policy = response.headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "unsafe-eval" not in policy
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "init.js"):
        assert f"/static/vendor/swagger-ui/{name}" in text
        file = stranger.get(f"/static/vendor/swagger-ui/{name}")
        assert file.status_code == 200
        file.close()


def test_only_the_page_of_the_document_may_write_styles(stranger: Phone) -> None:
    assert "unsafe-inline" not in stranger.get("/api/openapi.json").headers["Content-Security-Policy"]
