"""The staff's pages: orders and what failed. Guests are sent to sign in; for everybody else there is nothing here."""

from flask import Blueprint
from werkzeug.wrappers import Response

from storefront.errors import NotFound
from storefront.web.visitor import send_to_login, visitor

bp = Blueprint("staff", __name__, url_prefix="/staff")


@bp.before_request
def let_staff_in() -> Response | None:
    """Let nobody in who does not work here, and tell customers nothing of these pages."""
    person = visitor()
    if person is None:
        return send_to_login()
    if not person.is_staff:
        raise NotFound()
    return None


# The routes are written where they belong; importing them hangs them on the door.
from storefront.web.staff import care, orders, returns  # noqa: E402

__all__ = ["bp", "care", "orders", "returns"]
