"""Targets of redirects, limited to the shop's own paths."""

import unicodedata
from urllib.parse import urlsplit

from flask import request, url_for


def own_path(target: str | None) -> str | None:
    """Return a path of this shop, or None for anything that could lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if len(target) > 500 or any(unicodedata.category(char).startswith(("C", "Z")) for char in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else target


def next_path(default: str) -> str:
    """Return the `next` path of form or query, if it is a path of this shop."""
    return own_path(request.form.get("next") or request.args.get("next")) or default


def address_of_this_page() -> str:
    """Return a path that shows this page again: a form's answer is shown again by the page that holds the form."""
    if request.method in {"GET", "HEAD"}:
        here = request.full_path.removesuffix("?")
    else:
        came_from = urlsplit(request.referrer or "")
        here = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return own_path(here) or url_for("catalogue.home")
