"""Who does what a command changes."""

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
    """Give a command that changes something `--as`, and refuse somebody of the staff whose role may not change it.

    A plain name is only a note for the history: whoever runs commands on this machine can reach its database.
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
