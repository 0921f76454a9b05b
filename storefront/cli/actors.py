"""The staff member in whose name a command runs, and the permission that the command takes."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from storefront.observability.pseudonyms import pseudonym
from storefront.observability.security_log import note
from storefront.services.admin import permissions
from storefront.services.admin.permissions import Actor, Permission


def as_staff(permission: Permission) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds `--as` to a command, and refuses a staff member whose role does not permit it.

    A plain name is only recorded: who can run commands on this machine can reach its database anyway.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @click.option("--as", "staff", default=_user, help="Who does it: a name, or an address of the staff.")
        @wraps(command)
        def checked(*arguments: Any, staff: str, **options: Any) -> None:
            actor = permissions.require_of_email(staff, permission) if "@" in staff else Actor(staff)
            command(*arguments, staff=actor, **options)
            note(f"command_{command.__name__}", "done", account=pseudonym("account", staff.lower()))

        checked.permission = permission  # type: ignore[attr-defined]
        return checked

    return decorate


def _user() -> str:
    return os.environ.get("USER") or "command line"
