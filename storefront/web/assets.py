"""URLs of static files with a hash of their content, so that browsers may cache them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, current_app, request, url_for


def asset(path: str) -> str:
    """Return the URL of a static file with its content's hash."""
    return _address(current_app.static_folder or "", request.script_root if request else "", path)


@cache
def _address(folder: str, _root: str, path: str) -> str:
    version = _version(Path(folder) / path) if folder else ""
    return url_for("static", filename=path, v=version) if version else url_for("static", filename=path)


def keep_for_ever(response: Response) -> Response:
    """Set `Cache-Control: immutable` for a static file requested with its hash."""
    if request.endpoint == "static" and request.args.get("v") and response.status_code in {200, 304}:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@cache
def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else ""
