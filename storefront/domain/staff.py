"""Roles of the people who work in the shop, and what each role permits."""

from collections.abc import Mapping
from enum import StrEnum

from storefront.enums import StaffRole


class Permission(StrEnum):
    """The permissions that staff pages and commands require."""

    VIEW = "view"
    CHANGE = "change"


PERMISSIONS: Mapping[StaffRole, frozenset[Permission]] = {
    StaffRole.OWNER: frozenset({Permission.VIEW, Permission.CHANGE}),
    StaffRole.MANAGER: frozenset({Permission.VIEW}),
    StaffRole.WAREHOUSE: frozenset({Permission.VIEW}),
    StaffRole.SUPPORT: frozenset({Permission.VIEW}),
    StaffRole.ACCOUNTANT: frozenset({Permission.VIEW}),
}
"""The one table of rights; every role but the owner's may only look until it is given rights of its own."""
