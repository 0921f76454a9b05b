"""The back office: orders and failed operations. Guests are redirected to the login, customers get 404."""

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
    """Require a staff role that permits the request: guests go to the login, customers get 404."""
    if not current_user.is_authenticated:
        return send_to_login()
    is_reading = request.method in _READING
    permissions.require(current_user, Permission.VIEW if is_reading else Permission.CHANGE)
    return None


@bp.context_processor
def rights() -> dict[str, bool]:
    """Return for templates whether the role permits changes."""
    is_here = current_user.is_authenticated
    return {"may_change": is_here and permissions.permits(current_user.staff_role, Permission.CHANGE)}


# Importing the modules registers their routes on the blueprint.
from storefront.web.admin import operations, orders, returns  # noqa: E402

__all__ = ["bp", "operations", "orders", "returns"]
