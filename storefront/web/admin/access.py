"""Who may use a page of the back office: each view declares its permission, and what declares none is nobody's."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g
from flask_login import current_user

from storefront.errors import NotFound
from storefront.services.admin import permissions
from storefront.services.admin.permissions import Actor, Permission

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: Permission) -> Callable[[View], View]:
    """Return a decorator that declares the permission of a view; it goes next to the function."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def permission_of(endpoint: str) -> Permission | None:
    """Return what an endpoint requires, None if it declares nothing."""
    return getattr(current_app.view_functions.get(endpoint), "permission", None)


def let_in(endpoint: str) -> Permission:
    """Remember who acts and return what the endpoint requires, or raise an error for whoever may not use it."""
    permission = permission_of(endpoint)
    if permission is None:
        raise NotFound(endpoint=endpoint)
    g.actor = permissions.require(current_user, permission)
    return permission


def actor() -> Actor:
    """Return the member of the staff who made this request."""
    member: Actor = g.actor
    return member


def may(permission: str) -> bool:
    """Return whether the role of this request's user has a permission."""
    return permissions.permits(current_user.staff_role, Permission(permission))


def may_use(endpoint: str) -> bool:
    """Return whether the role of this request's user permits an endpoint of the back office."""
    permission = permission_of(f"staff{endpoint}")
    return permission is not None and permissions.permits(current_user.staff_role, permission)
