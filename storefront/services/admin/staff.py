"""Staff: their accounts, their roles, and the end of their access.

The shop always keeps an owner who confirmed the address: whoever would take the last one away is refused, in whatever
order rivals come.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, select

from storefront import clock
from storefront.database import db, insert_once, transaction, upsert
from storefront.domain import outbox
from storefront.domain.customer import Customer, Login, is_last_owner, normalise_email
from storefront.domain.second_factor import SecondFactor, TeamRule
from storefront.enums import AuditAction, AuditObject, StaffRole
from storefront.errors import LastOwner, NotStaff
from storefront.ids import new_id
from storefront.services import audit
from storefront.services.accounts import email_addresses, passwords, recovery, second_factors
from storefront.services.audit import Actor

INVITATION = "staff_invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of an address that was added to the staff.

    `former_role` is None for somebody who did not work here; `link` is the address to choose a password, if one
    was asked for.
    """

    email: str
    role: StaffRole
    former_role: StaffRole | None
    has_new_account: bool
    is_confirmed: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here; `state` is `active`, `disabled`, or `not confirmed` while the address is not."""

    email: str
    role: StaffRole
    state: str
    person_id: str = field(default="", compare=False)
    has_second_factor: bool = field(default=False, compare=False)


def add(
    email: str,
    role: StaffRole,
    *,
    staff: Actor,
    language: str = "es",
    password: str | None = None,
    with_link: bool = False,
) -> Added:
    """Give the account of an address a role, opening one where there is none; a second time changes nothing.

    An account that exists keeps its password. Whoever has not confirmed the address is sent a link that does so by
    choosing a password. A `password` given here replaces the account's, ends its logins and confirms the address:
    whoever may call this vouches for it. Raises `InvalidInput`, `WeakPassword` or `LastOwner`.
    """
    email = email_addresses.check_email(email)
    hashed = None
    if password is not None:
        passwords.check_password(password)
        hashed = passwords.hash_password(password)
    with transaction():
        now = clock.now()
        has_new_account = insert_once(Customer, _new_account(email, language, now), unique="email")
        person, former_role = _lock(email, role)
        person.staff_role, person.staff_disabled_at = role, None
        if hashed is not None:
            recovery.forget_unproved(person.id, now)
            passwords.set_password_hash(person.id, hashed)
            recovery.confirm(person.id, now)
        is_confirmed = hashed is not None or person.email_verified_at is not None
        if not is_confirmed:
            _invite(person, now)
        link = recovery.make_link(person.id, INVITATION, now) if with_link else None
        after = {"role": role, "is_account_new": has_new_account, "is_sign_in_replaced": hashed is not None}
        audit.record(staff, AuditAction.ADDED, AuditObject.STAFF, email, before={"role": former_role}, after=after)
    return Added(
        email=email,
        role=role,
        former_role=former_role,
        has_new_account=has_new_account,
        is_confirmed=is_confirmed,
        link=link,
    )


def list_members() -> list[Member]:
    """Return everybody who works here or was disabled, by address."""
    has_factor = exists().where(SecondFactor.customer_id == Customer.id, SecondFactor.confirmed_at.is_not(None))
    people = select(Customer, has_factor).where(Customer.staff_role.is_not(None)).order_by(Customer.email)
    return [
        Member(person.email, person.staff_role, _state(person), person.id, has_second_factor)
        for person, has_second_factor in db.session.execute(people)
        if person.staff_role
    ]


def _state(person: Customer) -> str:
    if person.staff_disabled_at is not None:
        return "disabled"
    return "active" if person.email_verified_at is not None else "not confirmed"


def change_role(email: str, role: StaffRole, *, staff: Actor) -> StaffRole:
    """Give somebody who works here another role and return the former one; raise `NotStaff` or `LastOwner`."""
    with transaction():
        person, former_role = _lock(normalise_email(email), role)
        if former_role is None:
            raise NotStaff(email=email)
        person.staff_role = role
        if former_role != role:
            roles = {"role": former_role}, {"role": role}
            audit.record(
                staff, AuditAction.ROLE_CHANGED, AuditObject.STAFF, person.email, before=roles[0], after=roles[1]
            )
    return former_role


def disable(email: str, *, staff: Actor) -> bool:
    """End somebody's access and every login at once; False if it had ended. Raises `NotStaff` or `LastOwner`."""
    with transaction():
        person, former_role = _lock(normalise_email(email), None)
        if person.staff_role is None:
            raise NotStaff(email=email)
        if former_role is not None:
            person.staff_disabled_at = clock.now()
            audit.record(staff, AuditAction.DISABLED, AuditObject.STAFF, person.email, before={"role": former_role})
        passwords.revoke(Login.customer_id == person.id)
    return former_role is not None


def enable(email: str, *, staff: Actor) -> bool:
    """Give somebody whose access was ended the same role again; False if it had not. Raises `NotStaff`."""
    with transaction():
        person = _lock_person(normalise_email(email))
        was_disabled = person.staff_disabled_at is not None
        if was_disabled:
            person.staff_disabled_at = None
            roles = {"role": None}, {"role": person.staff_role}
            audit.record(staff, AuditAction.ADDED, AuditObject.STAFF, person.email, before=roles[0], after=roles[1])
    return was_disabled


def reset_second_factor(email: str, *, staff: Actor) -> bool:
    """Take the second factor of somebody who lost phone and codes away, and end every login; False if there was none.

    Raises `NotStaff`.
    """
    with transaction():
        person = _lock_person(normalise_email(email))
        had_one = second_factors.remove(person.id)
        if had_one:
            passwords.revoke(Login.customer_id == person.id)
            second_factors.tell(person.id, "reset")
            states = {"second_factor": "on"}, {"second_factor": "reset"}
            audit.record(staff, AuditAction.CHANGED, AuditObject.STAFF, person.email, before=states[0], after=states[1])
    return had_one


def require_second_factor(is_required: bool, *, staff: Actor) -> bool:
    """Decide whether everybody who works here must have a second factor; return whether that changed."""
    with transaction():
        new = {"id": 1, "is_second_factor_required": is_required}
        rule = db.session.get(TeamRule, 1, with_for_update=True)
        was_required = rule is not None and rule.is_second_factor_required
        db.session.execute(upsert(TeamRule, new, unique="id", again={"is_second_factor_required": is_required}))
        if was_required != is_required:
            states = [{"second_factor": "required" if one else "optional"} for one in (was_required, is_required)]
            audit.record(staff, AuditAction.CHANGED, AuditObject.STAFF, "team", before=states[0], after=states[1])
    return was_required != is_required


def _lock_person(email: str) -> Customer:
    """Return the locked row of somebody who works here or was disabled."""
    statement = select(Customer).where(Customer.email == email, Customer.staff_role.is_not(None))
    person = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if person is None:
        raise NotStaff(email=email)
    return person


def _lock(email: str, role: StaffRole | None) -> tuple[Customer, StaffRole | None]:
    """Return somebody's locked row with the role until now; raise `LastOwner` if `role` left the shop without owner."""
    own_id = db.session.scalar(select(Customer.id).where(Customer.email == email))
    is_last = own_id is not None and is_last_owner(own_id)
    statement = select(Customer).where(Customer.email == email)
    person = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if person is None:
        raise NotStaff(email=email)
    if is_last and role != StaffRole.OWNER:
        raise LastOwner(email=email)
    return person, person.active_role


def _new_account(email: str, language: str, now: datetime) -> dict[str, object]:
    """Return the row of an account that nobody can sign in to before a password is chosen."""
    return {
        "id": new_id(),
        "email": email,
        "password_hash": "",
        "first_name": "",
        "last_name": "",
        "language": language,
        "created_at": now,
    }


def _invite(person: Customer, now: datetime) -> None:
    occasion = int(now.timestamp()) // 300
    key = f"{INVITATION}:{person.id}:{occasion}"
    outbox.enqueue(
        key, "staff_invitation", recipient=person.email, language=person.language, now=now, role=person.staff_role
    )
