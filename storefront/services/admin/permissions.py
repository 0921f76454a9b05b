"""The check of permissions that every staff page and staff command makes first."""

from sqlalchemy import select

from storefront.database import db
from storefront.domain.customer import Customer, normalise_email
from storefront.domain.second_factor import TeamRule
from storefront.domain.staff import CONFIRMED, HAS_REFUND_LIMIT, PERMISSIONS, Permission
from storefront.enums import StaffRole
from storefront.errors import NotFound, NotPermitted, NotStaff, RoleForbids
from storefront.services.accounts.authentication import SignedInCustomer
from storefront.services.audit import Actor
from storefront.settings import settings


def require(person: SignedInCustomer, permission: Permission) -> Actor:
    """Return who acts; raise `NotFound` for somebody who is not staff and `RoleForbids` where the role forbids it.

    A role counts for a confirmed address only: `NotPermitted`. Anybody can register with an address that is not theirs,
    and giving that account a role would otherwise give it to whoever knows its password.
    """
    if person.staff_role is None:
        raise NotFound()
    if not person.is_verified:
        raise NotPermitted(reason="unverified")
    _require_of_role(person.staff_role, permission)
    return _actor(person.email, person.customer_id, person.staff_role)


def require_of_email(email: str, permission: Permission) -> Actor:
    """Return who acts; raise `NotStaff` unless somebody with this address works here, else as `require`."""
    person = db.session.scalar(select(Customer).where(Customer.email == normalise_email(email)))
    if person is None or person.active_role is None:
        raise NotStaff(email=email)
    _require_of_role(person.active_role, permission)
    return _actor(person.email, person.id, person.active_role)


def permits(role: StaffRole | None, permission: Permission) -> bool:
    """Return whether a role permits something; nobody's role permits nothing."""
    return role is not None and permission in PERMISSIONS[role]


def is_second_factor_required(role: StaffRole) -> bool:
    """Return whether somebody of a role must have a second factor: owners of a real shop, others as they decide."""
    if role == StaffRole.OWNER and settings().OWNERS_NEED_SECOND_FACTOR:
        return True
    return is_second_factor_rule_on()


def is_second_factor_rule_on() -> bool:
    """Return whether an owner decided that everybody must have a second factor."""
    return bool(db.session.scalar(select(TeamRule.is_second_factor_required)))


def is_confirmation_needed(permission: Permission) -> bool:
    """Return whether a change with this permission takes a proof of a moment ago of who makes it."""
    return permission in CONFIRMED


def _require_of_role(role: StaffRole, permission: Permission) -> None:
    if not permits(role, permission):
        raise RoleForbids(role=role)


def _actor(email: str, customer_id: str, role: StaffRole) -> Actor:
    limit_minor = settings().SUPPORT_REFUND_LIMIT_MINOR if role in HAS_REFUND_LIMIT else None
    return Actor(email, customer_id, limit_minor)


__all__ = [
    "Actor",
    "Permission",
    "StaffRole",
    "is_confirmation_needed",
    "is_second_factor_required",
    "is_second_factor_rule_on",
    "permits",
    "require",
    "require_of_email",
]
