"""The staff's pages: orders and what failed. Guests are sent to sign in; for customers there is nothing here."""

from flask import Blueprint, request
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.services.admin import permissions
from storefront.services.admin.permissions import Permission
from storefront.web.current_user import send_to_login

bp = Blueprint("staff", __name__, url_prefix="/staff")
_READING = ("GET", "HEAD", "OPTIONS")


@bp.before_request
def let_staff_in() -> Response | None:
    """Let nobody in who does not work here, tell customers nothing of these pages, and refuse what a role may not."""
    if not current_user.is_authenticated:
        return send_to_login()
    is_reading = request.method in _READING
    permissions.require(current_user, Permission.VIEW if is_reading else Permission.CHANGE)
    return None


@bp.context_processor
def rights() -> dict[str, bool]:
    """Tell the pages whether to offer what changes something."""
    is_here = current_user.is_authenticated
    return {"may_change": is_here and permissions.permits(current_user.staff_role, Permission.CHANGE)}


# The routes are written where they belong; importing them hangs them on the door.
from storefront.web.admin import operations, orders, returns  # noqa: E402

__all__ = ["bp", "operations", "orders", "returns"]
