"""The demonstration's mailbox: every email that the shop sent."""

from flask import Blueprint, Response, render_template, request

from storefront.errors import NotFound
from storefront.i18n import current_language
from storefront.i18n.babel import LANGUAGES
from storefront.services.mail import mail_delivery, previews
from storefront.services.mail.mail_delivery import RenderedEmail

bp = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


@bp.get("")
def emails() -> str:
    """List the sent emails, newest first."""
    return render_template("dev/mailbox.html", emails=mail_delivery.kept_emails(), templates=previews.templates())


@bp.get("/previews/<template>")
def preview(template: str) -> str:
    """Show an email of an example order, as text."""
    return render_template("dev/preview.html", template=template, email=_preview(template))


@bp.get("/previews/<template>/html")
def preview_html(template: str) -> Response:
    """Show an email of an example order as HTML."""
    return _sandboxed(_preview(template).html)


@bp.get("/<name>")
def email(name: str) -> str:
    """Show the text of an email."""
    return render_template("dev/email.html", email=_find(name))


@bp.get("/<name>/html")
def email_html(name: str) -> Response:
    """Show the HTML of an email as a sandboxed page, without scripts and with an opaque origin."""
    return _sandboxed(_find(name).html)


def _sandboxed(html: str) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


def _preview(template: str) -> RenderedEmail:
    language = request.args.get("language", "")
    return previews.preview(template, language if language in LANGUAGES else current_language())


def _find(name: str) -> mail_delivery.KeptEmail:
    stored_email = next((stored for stored in mail_delivery.kept_emails() if stored.name == name), None)
    if stored_email is None:
        raise NotFound()
    return stored_email
