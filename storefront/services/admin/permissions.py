"""The check of permissions that every staff page and staff command makes first."""

from sqlalchemy import select

from storefront.database import db
from storefront.domain.customer import Customer, normalise_email
from storefront.domain.staff import PERMISSIONS, Permission
from storefront.enums import StaffRole
from storefront.errors import NotFound, NotPermitted, NotStaff
from storefront.services.accounts.authentication import SignedInCustomer


def require(person: SignedInCustomer, permission: Permission) -> None:
    """Raise `NotFound` for somebody who is not staff, and `NotPermitted` where the role does not permit it.

    A role counts for a confirmed address only. Anybody can register with an address that is not theirs, and
    giving that account a role would otherwise give it to whoever knows its password.
    """
    if person.staff_role is None:
        raise NotFound()
    if not person.is_verified:
        raise NotPermitted(reason="unverified")
    _require_of_role(person.staff_role, permission)


def require_of_email(email: str, permission: Permission) -> None:
    """Raise `NotStaff` unless somebody with this address works here, and `NotPermitted` as `require` does."""
    person = db.session.scalar(select(Customer).where(Customer.email == normalise_email(email)))
    if person is None or person.active_role is None:
        raise NotStaff(email=email)
    _require_of_role(person.active_role, permission)


def permits(role: StaffRole | None, permission: Permission) -> bool:
    """Return whether a role permits something; nobody's role permits nothing."""
    return role is not None and permission in PERMISSIONS[role]


def _require_of_role(role: StaffRole, permission: Permission) -> None:
    if not permits(role, permission):
        raise NotPermitted(role=role)


__all__ = ["Permission", "StaffRole", "permits", "require", "require_of_email"]
