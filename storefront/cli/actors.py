"""The staff member in whose name a command runs."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from storefront.observability.pseudonyms import pseudonym
from storefront.observability.security_log import note
from storefront.services.admin import permissions
from storefront.services.admin.permissions import Permission


def as_staff(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--as` to a command, and refuse a staff member whose role does not permit changes.

    A plain name is only recorded in the history: who can run commands on this machine can reach its database anyway.
    """

    @click.option("--as", "staff", default=_user, help="Who does it: a name, or an address of the staff.")
    @wraps(command)
    def checked(*arguments: Any, staff: str, **options: Any) -> None:
        if "@" in staff:
            permissions.require_of_email(staff, Permission.CHANGE)
        command(*arguments, staff=f"staff {staff}", **options)
        note(f"command_{command.__name__}", "done", account=pseudonym("account", staff.lower()))

    return checked


def _user() -> str:
    return os.environ.get("USER", "cli")
