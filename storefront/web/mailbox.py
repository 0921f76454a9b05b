"""The demonstration's mailbox: every mail the shop sent, to read in the browser."""

from flask import Blueprint, Response, render_template

from storefront.errors import NotFound
from storefront.services import mailroom

bp = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


@bp.get("")
def letters() -> str:
    """List the kept mails, newest first."""
    return render_template("dev/mailbox.html", letters=mailroom.kept_letters())


@bp.get("/<name>")
def letter(name: str) -> str:
    """Show one mail's text."""
    return render_template("dev/letter.html", letter=_find(name))


@bp.get("/<name>/html")
def letter_html(name: str) -> Response:
    """Show one mail as a mail program would: a page of its own without scripts and without our origin."""
    response = Response(_find(name).html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


def _find(name: str) -> mailroom.KeptLetter:
    found = next((kept for kept in mailroom.kept_letters() if kept.name == name), None)
    if found is None:
        raise NotFound()
    return found
