"""The OpenAPI document at /api/openapi.json, and an interactive page at /api/docs."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click
from flask import Blueprint, Flask, Response, current_app, make_response, render_template

from storefront.api.blueprint import ApiBlueprint
from storefront.api.document import Api
from storefront.security import policy

bp = Blueprint("api_docs", __name__, url_prefix="/api")
_STYLE_SELF = "style-src 'self'"


def register(app: Flask, blueprints: Sequence[ApiBlueprint]) -> None:
    """Serve the OpenAPI document of these blueprints."""
    app.extensions["openapi"] = cache(lambda: Api(app).document(blueprints))
    app.register_blueprint(bp)
    app.cli.add_command(write)


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    content: dict[str, Any] = current_app.extensions["openapi"]()
    return content


@bp.get("/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI document."""
    response = Response(_text(), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/docs")
def docs() -> Response:
    """Show the document in a viewer, which writes inline styles; only this page's policy allows them."""
    response = make_response(render_template("api/docs.html"))
    response.headers["Content-Security-Policy"] = policy().replace(_STYLE_SELF, f"{_STYLE_SELF} 'unsafe-inline'")
    return response


@click.command("openapi-write")
@click.argument("path", default="docs/openapi.json")
def write(path: str) -> None:
    """Write the OpenAPI document to a file, for the copy that is kept with the code."""
    Path(path).write_text(_text(), encoding="utf-8")


def _text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
