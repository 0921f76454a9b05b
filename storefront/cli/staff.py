"""Commands for staff members: add, list, change role, disable and enable, second factor."""

import sys

import click

from storefront.cli.actors import as_staff
from storefront.cli.errors import ShopGroup
from storefront.enums import StaffRole
from storefront.observability.pseudonyms import pseudonym
from storefront.observability.security_log import note
from storefront.services.admin import staff as members
from storefront.services.admin.permissions import Actor, Permission

staff = ShopGroup("staff", help="The people who work in the shop: add, list, roles, access, second factor.")

_ROLES = [str(role) for role in StaffRole]  # of members, click would take the names
_email = click.argument("email")


@staff.command("add")
@_email
@click.option("--role", required=True, type=click.Choice(_ROLES), help="What the person may do.")
@click.option("--language", type=click.Choice(["es", "en"]), default="es", help="The language of the mail.")
@click.option("--print-link", is_flag=True, help="Print a single-use link to choose a password, too.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of mailing a link.")
@as_staff(Permission.TEAM)
def add(email: str, role: str, language: str, print_link: bool, password_stdin: bool, staff: Actor) -> None:
    """Give somebody access; who has no confirmed account is mailed a link to choose a password."""
    if print_link and password_stdin:
        raise click.UsageError("Choose one of --print-link and --password-stdin.")
    password = _read_password() if password_stdin else None
    added = members.add(email, StaffRole(role), staff=staff, language=language, password=password, with_link=print_link)
    _note("add", email, role)
    click.echo(_outcome(added))
    if password is not None:
        click.echo("The password is set, and every earlier login of the account has ended.")
    elif added.is_confirmed:
        click.echo("The account keeps its password.")
    else:
        click.echo("The worker mails a link to choose a password; `flask mail deliver` sends it now.")
        click.echo("The role counts once the address is confirmed, which choosing the password does.")
    if added.link:
        click.echo("This link sets a password, too; it works once, for 48 hours:")
        click.echo(added.link)


@staff.command("list")
def show_list() -> None:
    """List everybody who works here, with role and state."""
    people = members.list_members()
    for member in people:
        click.echo(f"{member.role:10}  {member.state:13}  {member.email}")
    click.echo("1 person" if len(people) == 1 else f"{len(people)} people")


@staff.command("role")
@_email
@click.argument("role", type=click.Choice(_ROLES))
@as_staff(Permission.TEAM)
def change_role(email: str, role: str, staff: Actor) -> None:
    """Give somebody who works here another role."""
    former_role = members.change_role(email, StaffRole(role), staff=staff)
    _note("role", email, role)
    if former_role == role:
        click.echo(f"{email} is {role} already; nothing changed.")
    else:
        click.echo(f"{email} is {role} now and was {former_role}.")


@staff.command("disable")
@_email
@as_staff(Permission.TEAM)
def disable(email: str, staff: Actor) -> None:
    """End somebody's access and all their logins at once; `flask staff add` gives it back."""
    was_active = members.disable(email, staff=staff)
    _note("disable", email)
    if was_active:
        click.echo(f"{email} is disabled, and every login of theirs has ended.")
    else:
        click.echo(f"{email} was disabled already; nothing changed.")


@staff.command("enable")
@_email
@as_staff(Permission.TEAM)
def enable(email: str, staff: Actor) -> None:
    """Give somebody who was disabled the same role again."""
    was_disabled = members.enable(email, staff=staff)
    _note("enable", email)
    click.echo(f"{email} works here again." if was_disabled else f"{email} was not disabled; nothing changed.")


@staff.command("reset-2fa")
@_email
@as_staff(Permission.TEAM)
def reset_second_factor(email: str, staff: Actor) -> None:
    """Take the second factor of somebody who lost phone and codes away, and end all their logins."""
    had_one = members.reset_second_factor(email, staff=staff)
    _note("reset_2fa", email)
    if had_one:
        click.echo(f"{email} has no second factor any more, and every login of theirs has ended.")
    else:
        click.echo(f"{email} had no second factor; nothing changed.")


@staff.command("require-2fa")
@click.argument("rule", type=click.Choice(["on", "off"]))
@as_staff(Permission.TEAM)
def require_second_factor(rule: str, staff: Actor) -> None:
    """Decide whether everybody who works here must have a second factor; owners must in production."""
    members.require_second_factor(rule == "on", staff=staff)
    everybody = "must have a second factor" if rule == "on" else "may have a second factor"
    click.echo(f"Everybody who works here {everybody}.")


def _note(what: str, email: str, role: str = "") -> None:
    note(f"staff_{what}", "done", account=pseudonym("account", email.strip().lower()), role=role)


def _read_password() -> str:
    """Return standard input without the line's end, which a shell's `echo` adds."""
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise click.UsageError("The password on standard input is not UTF-8 text.") from None
    return text.rstrip("\r\n")


def _outcome(added: members.Added) -> str:
    if added.has_new_account:
        return f"{added.email} is {added.role} now, with a new account."
    if added.former_role == added.role:
        return f"{added.email} is {added.role} already."
    if added.former_role is not None:
        return f"{added.email} is {added.role} now and was {added.former_role}."
    return f"{added.email} had an account already, which is {added.role} now."
