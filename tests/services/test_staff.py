"""Who works in the shop: people come, get another role, leave, and there is always an owner."""

import re
from datetime import timedelta

import pytest
import sqlalchemy
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.staff import Permission
from storefront.enums import StaffRole
from storefront.errors import InvalidCredentials, InvalidInput, LastOwner, NotStaff, WeakPassword
from storefront.services.accounts import api_logins, authentication, erasure, recovery, user_agents
from storefront.services.admin import permissions, staff
from storefront.services.admin.staff import Added, Member
from storefront.services.audit import Actor
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.fakes import KeepingMailer

EMAIL, PASSWORD, OTHER_PASSWORD = "eva@example.com", "caballo verde 88", "guayaba-en-bicicleta"
OWNER = "staff@example.com"  # the seed's


def registered(email: str = EMAIL) -> str:
    """Open a customer's account, whose address nobody has confirmed, and return the login's secret."""
    names = {"first_name": "Eva", "last_name": "Ruiz", "language": "es"}
    return authentication.register(email=email, password=PASSWORD, **names).secret


def role_of(email: str) -> StaffRole | None:
    db.session.rollback()
    return db.session.scalar(db.select(Customer.staff_role).where(Customer.email == email))


def visitor(email: str = EMAIL, password: str = PASSWORD) -> authentication.SignedInCustomer:
    """Sign in and return who that is."""
    person = authentication.recognise(authentication.log_in(email=email, password=password).secret)
    assert person is not None
    return person


def links(mailer: KeepingMailer, email: str = EMAIL) -> list[str]:
    """Deliver the mail that is due and return the links of the invitations to an address."""
    mail_delivery.deliver_due()
    sent = [message for message in mailer.emails_sent if message.to == email and "equipo" in message.subject]
    return [
        found[1]
        for message in sent
        if (found := re.search(r"http://localhost/reset-password\?token=(\S+)", message.text))
    ]


def test_nobody_s_role_permits_nothing() -> None:
    assert not any(permissions.permits(None, permission) for permission in Permission)


def test_the_table_of_customers_refuses_what_is_no_role(shop: Flask) -> None:
    make.customer()
    for change in ("staff_role = 'boss'", f"staff_role = NULL, staff_disabled_at = '{clock.now()}'"):
        with pytest.raises(sqlalchemy.exc.IntegrityError), transaction():
            db.session.execute(sqlalchemy.text(f"UPDATE customers SET {change}"))


def test_somebody_new_gets_an_account_and_chooses_a_password_by_mail(shop: Flask, mailer: KeepingMailer) -> None:
    added = staff.add(f" {EMAIL.upper()} ", StaffRole.WAREHOUSE, staff=Actor("ana"))
    assert added == Added(
        email=EMAIL, role=StaffRole.WAREHOUSE, former_role=None, has_new_account=True, is_confirmed=False, link=None
    )
    with pytest.raises(InvalidCredentials):
        authentication.log_in(email=EMAIL, password="")
    (token,) = links(mailer)
    recovery.reset_password(token, PASSWORD)
    person = visitor()
    assert (person.staff_role, person.is_verified) == (StaffRole.WAREHOUSE, True)
    with pytest.raises(InvalidInput):
        recovery.reset_password(token, OTHER_PASSWORD)
    assert links(mailer) == [token], "one mail, once"


def test_the_mail_speaks_the_language_that_was_chosen_and_names_the_role(shop: Flask, mailer: KeepingMailer) -> None:
    staff.add(EMAIL, StaffRole.ACCOUNTANT, language="en", staff=Actor("ana"))
    mail_delivery.deliver_due()
    (message,) = mailer.emails_sent
    assert message.subject == "You were given access to the FitAiid team"
    for words in ("the role “Accounting”", "expires in 48 hours", "http://localhost/staff/"):
        assert words in message.text
    assert '<html lang="en">' in message.html


def test_a_printed_link_works_once_and_for_two_days(shop: Flask, mailer: KeepingMailer) -> None:
    first, second = (staff.add(EMAIL, StaffRole.OWNER, with_link=True, staff=Actor("ana")).link or "" for _ in range(2))
    assert first.startswith("http://localhost/reset-password?token=")
    tokens = [link.rpartition("=")[2] for link in (first, second)]
    with time_machine.travel(clock.now() + timedelta(hours=47, minutes=59)):
        assert all(recovery.is_link_good(token, "reset") for token in tokens)
    with time_machine.travel(clock.now() + timedelta(hours=48, minutes=1)):
        assert not recovery.is_link_good(tokens[0], "reset")
    recovery.reset_password(tokens[0], PASSWORD)
    assert not any(recovery.is_link_good(token, "reset") for token in tokens), "the others are void with it"
    assert links(mailer) == [], "whoever has chosen a password is not asked to by a mail that comes later"


def test_adding_twice_changes_nothing_and_mails_once(shop: Flask, mailer: KeepingMailer) -> None:
    staff.add(EMAIL, StaffRole.SUPPORT, staff=Actor("ana"))
    again = staff.add(EMAIL, StaffRole.SUPPORT, staff=Actor("ana"))
    assert (again.former_role, again.has_new_account) == (StaffRole.SUPPORT, False)
    assert len(links(mailer)) == 1
    assert staff.list_members() == [
        Member(EMAIL, StaffRole.SUPPORT, "not confirmed"), Member(OWNER, StaffRole.OWNER, "active")
    ]  # fmt: skip


def test_a_customer_who_confirmed_the_address_keeps_password_and_login(shop: Flask, mailer: KeepingMailer) -> None:
    secret = registered()
    confirm(EMAIL)
    added = staff.add(EMAIL, StaffRole.MANAGER, staff=Actor("ana"))
    assert (added.has_new_account, added.former_role, added.is_confirmed) == (False, None, True)
    kept = authentication.recognise(secret)
    assert kept is not None
    permissions.require(kept, Permission.ORDERS)
    assert visitor().staff_role == StaffRole.MANAGER
    assert links(mailer) == []


def confirm(email: str) -> None:
    with transaction():
        db.session.execute(db.update(Customer).where(Customer.email == email).values(email_verified_at=clock.now()))


def test_who_registered_with_somebody_else_s_address_gets_no_right_by_it(shop: Flask, mailer: KeepingMailer) -> None:
    """A stranger opens an account with the future owner's address, and waits for the shop to make it the owner's."""
    strangers = registered()
    staff.add(EMAIL, StaffRole.OWNER, staff=Actor("ana"))
    for person in (authentication.recognise(strangers), visitor()):
        assert person is not None
        with pytest.raises(permissions.NotPermitted):
            permissions.require(person, Permission.ORDERS)
    (token,) = links(mailer)
    recovery.reset_password(token, OTHER_PASSWORD)
    assert authentication.recognise(strangers) is None
    with pytest.raises(InvalidCredentials):
        visitor()
    permissions.require(visitor(password=OTHER_PASSWORD), Permission.TEAM)


def test_a_password_can_be_set_without_mail(shop: Flask, mailer: KeepingMailer) -> None:
    secret = registered()
    added = staff.add(EMAIL, StaffRole.OWNER, password=OTHER_PASSWORD, staff=Actor("ana"))
    assert (added.is_confirmed, added.link) == (True, None)
    assert authentication.recognise(secret) is None
    permissions.require(visitor(password=OTHER_PASSWORD), Permission.TEAM)
    assert links(mailer) == []


@pytest.mark.parametrize("password", ["", "corta", "password123", "x" * 129])
def test_a_weak_password_is_refused_and_nobody_is_added(shop: Flask, password: str) -> None:
    with pytest.raises(WeakPassword):
        staff.add(EMAIL, StaffRole.OWNER, password=password, staff=Actor("ana"))
    assert [member.email for member in staff.list_members()] == [OWNER]


@pytest.mark.parametrize("email", ["", "eva", "eva@", "eva@@example.com", "eva@example", "a" * 250 + "@example.com"])
def test_what_is_no_address_is_refused(shop: Flask, email: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        staff.add(email, StaffRole.OWNER, staff=Actor("ana"))
    assert set(refusal.value.problems) == {"email"}


def test_a_role_is_changed_for_those_who_work_here(shop: Flask) -> None:
    registered()
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(NotStaff):
            staff.change_role(email, StaffRole.OWNER, staff=Actor("ana"))
        with pytest.raises(NotStaff):
            staff.disable(email, staff=Actor("ana"))
    staff.add(EMAIL, StaffRole.SUPPORT, staff=Actor("ana"))
    assert staff.change_role(EMAIL.upper(), StaffRole.MANAGER, staff=Actor("ana")) == StaffRole.SUPPORT
    assert staff.change_role(EMAIL, StaffRole.MANAGER, staff=Actor("ana")) == StaffRole.MANAGER
    assert role_of(EMAIL) == StaffRole.MANAGER


def test_who_is_disabled_is_out_at_once_everywhere(shop: Flask, mailer: KeepingMailer) -> None:
    staff.add(EMAIL, StaffRole.OWNER, password=PASSWORD, staff=Actor("ana"))
    browser, phone = (
        authentication.log_in(email=EMAIL, password=PASSWORD, caller=user_agents.Caller(door))
        for door in ("web", "api")
    )
    assert staff.disable(EMAIL, staff=Actor("ana")) is True
    assert authentication.recognise(browser.secret) is None
    with pytest.raises(api_logins.TokenRefused):
        api_logins.recognise(phone.login_id, phone.customer_id)
    with pytest.raises(permissions.NotFound):
        permissions.require(visitor(), Permission.ORDERS)
    assert staff.disable(EMAIL, staff=Actor("ana")) is False
    with pytest.raises(NotStaff):
        staff.change_role(EMAIL, StaffRole.MANAGER, staff=Actor("ana"))
    with pytest.raises(NotStaff):
        permissions.require_of_email(EMAIL, Permission.ORDERS)
    assert staff.list_members()[0] == Member(EMAIL, StaffRole.OWNER, "disabled")
    assert staff.add(EMAIL, StaffRole.MANAGER, staff=Actor("ana")).former_role is None
    assert visitor().staff_role == StaffRole.MANAGER


def test_who_was_disabled_before_the_mail_left_is_not_invited(shop: Flask, mailer: KeepingMailer) -> None:
    staff.add(EMAIL, StaffRole.SUPPORT, staff=Actor("ana"))
    staff.disable(EMAIL, staff=Actor("ana"))
    assert links(mailer) == []
    assert [mail.error for mail in make.outbox()] == [""]


def see_that_the_owner_stays() -> None:
    """Try every way there is: another role, the same command that adds, disabling, and closing one's account."""
    for leave in (
        lambda: staff.change_role(OWNER, StaffRole.MANAGER, staff=Actor("ana")),
        lambda: staff.add(OWNER, StaffRole.MANAGER, staff=Actor("ana")),
        lambda: staff.disable(OWNER, staff=Actor("ana")),
    ):
        with pytest.raises(LastOwner):
            leave()
    owner_id = str(db.session.scalar(db.select(Customer.id).where(Customer.email == OWNER)))
    with pytest.raises(InvalidInput) as refusal:
        erasure.erase(owner_id, password="demo-Passw0rd!")
    assert refusal.value.problems == {"password": "last_owner"}


def test_the_last_owner_stays(shop: Flask) -> None:
    staff.add(EMAIL, StaffRole.MANAGER, password=PASSWORD, staff=Actor("ana"))
    see_that_the_owner_stays()
    assert staff.list_members()[1] == Member(OWNER, StaffRole.OWNER, "active")
    staff.change_role(EMAIL, StaffRole.OWNER, staff=Actor("ana"))
    staff.disable(OWNER, staff=Actor("ana"))
    with pytest.raises(LastOwner):
        staff.disable(EMAIL, staff=Actor("ana"))


@pytest.mark.parametrize("was_registered", [False, True])
def test_an_owner_whose_address_nobody_confirmed_replaces_nobody(shop: Flask, was_registered: bool) -> None:
    if was_registered:
        registered()
    staff.add(EMAIL, StaffRole.OWNER, staff=Actor("ana"))
    see_that_the_owner_stays()
    staff.disable(EMAIL, staff=Actor("ana"))
    assert staff.list_members() == [
        Member(EMAIL, StaffRole.OWNER, "disabled"),
        Member(OWNER, StaffRole.OWNER, "active"),
    ]


def test_the_only_owner_stays_though_the_address_is_not_confirmed(shop: Flask) -> None:
    with transaction():
        db.session.execute(sqlalchemy.update(Customer).where(Customer.email == OWNER).values(email_verified_at=None))
    with pytest.raises(LastOwner):
        staff.disable(OWNER, staff=Actor("ana"))


def test_an_owner_who_is_not_the_last_may_close_the_account(shop: Flask) -> None:
    staff.add(EMAIL, StaffRole.OWNER, password=PASSWORD, staff=Actor("ana"))
    erasure.erase(visitor().customer_id, password=PASSWORD)
    assert [member.email for member in staff.list_members()] == [OWNER]
