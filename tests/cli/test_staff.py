"""`flask staff`: the first owner of a new shop, and everybody who comes after."""

import re

import click
import pytest
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord
from storefront.domain.staff import PERMISSIONS, Permission
from storefront.enums import StaffRole
from storefront.services import audit
from storefront.services.accounts import authentication
from storefront.services.admin import staff
from storefront.services.audit import Actor, Filters
from tests import factories as make
from tests.cli.conftest import Run
from tests.factories import COFFEE, DUMBBELL
from tests.fakes import FakeGateway, KeepingMailer

EMAIL, PASSWORD = "eva@example.com", "caballo verde 88"
OTHER = "luis@example.com"


def test_the_first_owner_chooses_a_password_by_the_link_in_the_mail(
    shop: Flask, run: Run, mailer: KeepingMailer
) -> None:
    done = run("staff", "add", EMAIL, "--role", "owner")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "eva@example.com is owner now, with a new account.",
        "The worker mails a link to choose a password; `flask mail deliver` sends it now.",
        "The role counts once the address is confirmed, which choosing the password does.",
    ]
    assert run("mail", "deliver").output == "1 sent\n"
    (letter,) = mailer.emails_sent
    found = re.search(r"http://localhost/reset-password\?token=\S+", letter.text)
    assert found
    choose_password(shop, found[0])
    assert run("staff", "list").output == (
        "owner       active         eva@example.com\nowner       active         staff@example.com\n2 people\n"
    )


def choose_password(shop: Flask, link: str) -> None:
    """Follow a link as a browser would, choose a password, sign in, and open the staff's pages."""
    shop.config["WTF_CSRF_ENABLED"] = False
    client, path = shop.test_client(), link.removeprefix("http://localhost")
    assert "Elige una contraseña nueva" in client.get(path).text
    form = {"token": path.rpartition("=")[2], "password": PASSWORD}
    assert client.post("/reset-password", data=form).status_code == 303
    assert client.post("/login?next=/staff/", data={"email": EMAIL, "password": PASSWORD}).location == "/staff/"
    page = client.get("/staff/")
    assert page.status_code == 200
    assert "Tu rol: Propietario." in page.text
    assert client.get(path).status_code == 410


def test_a_link_is_printed_when_asked(shop: Flask, run: Run) -> None:
    done = run("staff", "add", EMAIL, "--role", "owner", "--print-link")
    assert done.exit_code == 0
    assert done.output.splitlines()[-2] == "This link sets a password, too; it works once, for 48 hours:"
    choose_password(shop, done.output.splitlines()[-1])


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_comes_by_standard_input(shop: Flask, run: Run, mailer: KeepingMailer, end: str) -> None:
    done = run("staff", "add", EMAIL, "--role", "manager", "--password-stdin", input=PASSWORD + end)
    assert (done.exit_code, done.output.splitlines()) == (0, [
        "eva@example.com is manager now, with a new account.",
        "The password is set, and every earlier login of the account has ended.",
    ])  # fmt: skip
    assert authentication.log_in(email=EMAIL, password=PASSWORD)
    assert run("mail", "deliver").output == "0 sent\n"


@pytest.mark.parametrize(
    ("password", "code", "words"),
    [
        ("corta", 1, "Error: Use a password of 8 characters or more. (invalid_request reason=too_short minimum=8)"),
        ("", 1, "Error: Use a password of 8 characters or more."),
        ("password123", 1, "Error: That password is too common; choose another."),
        (b"caballo verde \xff", 2, "Error: The password on standard input is not UTF-8 text."),
    ],
)
def test_a_bad_password_is_refused_with_a_sentence(
    shop: Flask, run: Run, password: str | bytes, code: int, words: str
) -> None:
    done = run("staff", "add", EMAIL, "--role", "owner", "--password-stdin", input=password)
    assert done.exit_code == code
    assert words in done.output
    assert run("staff", "list").output.endswith("\n1 person\n")


def test_who_has_an_account_already_keeps_the_password_and_it_is_said(shop: Flask, run: Run) -> None:
    names = {"first_name": "Eva", "last_name": "Ruiz", "language": "es"}
    authentication.register(email=EMAIL, password=PASSWORD, **names)
    unconfirmed = run("staff", "add", EMAIL, "--role", "support")
    first, second, _ = unconfirmed.output.splitlines()
    assert first == "eva@example.com had an account already, which is support now."
    assert second.startswith("The worker mails a link")
    assert authentication.log_in(email=EMAIL, password=PASSWORD)
    again = run("staff", "add", EMAIL, "--role", "support")
    assert (again.exit_code, again.output.splitlines()[0]) == (0, "eva@example.com is support already.")
    moved = run("staff", "add", "staff@example.com", "--role", "owner")
    assert moved.output == "staff@example.com is owner already.\nThe account keeps its password.\n"


def test_a_role_is_changed_and_access_ends(shop: Flask, run: Run) -> None:
    run("staff", "add", EMAIL, "--role", "support")
    for words, sentence in (
        (("role", EMAIL, "manager"), "is manager now and was support."),
        (("role", EMAIL, "manager"), "is manager already; nothing changed."),
        (("add", EMAIL, "--role", "owner"), "is owner now and was manager."),
        (("disable", EMAIL), "is disabled, and every login of theirs has ended."),
        (("disable", EMAIL), "was disabled already; nothing changed."),
    ):
        done = run("staff", *words)
        assert (done.exit_code, done.output.splitlines()[0]) == (0, f"eva@example.com {sentence}")
    assert "owner       disabled       eva@example.com\n" in run("staff", "list").output


def test_a_refusal_is_a_sentence_and_an_exit_code(shop: Flask, run: Run) -> None:
    last = "Error: The shop would be left without an active owner; name another one first. (last_owner email="
    for words, code, sentence in (
        (("disable", "staff@example.com"), 1, last),
        (("role", "staff@example.com", "manager"), 1, last),
        (("add", "staff@example.com", "--role", "support"), 1, last),
        (("disable", "nobody@example.com"), 1, "Error: nobody@example.com does not work in the shop or is disabled."),
        (("role", "nobody@example.com", "owner"), 1, "Error: nobody@example.com does not work in the shop"),
        (("add", "nobody", "--role", "owner"), 1, "Error: Enter a valid email"),
        (("add", EMAIL), 2, "Missing option '--role'"),
        (("add", EMAIL, "--role", "boss"), 2, "'boss' is not one of 'owner', 'manager', 'warehouse'"),
        (("role", EMAIL, "boss"), 2, "'boss' is not one of"),
        (("add", EMAIL, "--role", "owner", "--print-link", "--password-stdin"), 2, "Choose one of --print-link and"),
    ):
        done = run("staff", *words)
        assert done.exit_code == code, words
        assert sentence in done.output, words
    assert staff.list_members() == [staff.Member("staff@example.com", StaffRole.OWNER, "active")]


def test_access_comes_back_and_a_lost_phone_is_forgotten(shop: Flask, run: Run) -> None:
    run("staff", "add", EMAIL, "--role", "support", "--password-stdin", input=PASSWORD)
    (eva,) = [member.person_id for member in staff.list_members() if member.email == EMAIL]
    make.second_factor(eva)
    for words, sentence in (
        (("enable", EMAIL), "eva@example.com was not disabled; nothing changed."),
        (("disable", EMAIL), "eva@example.com is disabled, and every login of theirs has ended."),
        (("enable", EMAIL), "eva@example.com works here again."),
        (("reset-2fa", EMAIL), "eva@example.com has no second factor any more, and every login of theirs has ended."),
        (("reset-2fa", EMAIL), "eva@example.com had no second factor; nothing changed."),
        (("require-2fa", "on"), "Everybody who works here must have a second factor."),
        (("require-2fa", "off"), "Everybody who works here may have a second factor."),
    ):
        done = run("staff", *words)
        assert (done.exit_code, done.output) == (0, f"{sentence}\n")
    for words in (("enable", OTHER), ("reset-2fa", OTHER)):
        refused = run("staff", *words)
        assert refused.exit_code == 1
        assert "luis@example.com does not work in the shop" in refused.output


def test_a_command_in_the_name_of_somebody_asks_what_their_role_permits(
    shop: Flask, gateway: FakeGateway, run: Run
) -> None:
    """Whoever has the machine may note any name; an address of the staff counts as that person."""
    staff.add(EMAIL, StaffRole.ACCOUNTANT, password=PASSWORD, staff=Actor("ana"))
    make.pay(gateway, started := make.begin((COFFEE, 1)))
    number, ship = started.order_number, ("--carrier", "tcc", "--guide", "1")
    refused = run("orders", "ship", number, *ship, "--as", "EVA@example.com")
    assert refused.exit_code == 1
    assert "Your role (Accounting) does not permit this." in refused.output
    stranger = run("orders", "refund", number, "--as", "nobody@example.com")
    assert stranger.exit_code == 1
    assert "nobody@example.com does not work in the shop" in stranger.output
    assert make.state_of(started) == ("confirmed", "paid")
    assert run("orders", "ship", number, *ship, "--as", "staff@example.com").output == f"{number} shipped\n"
    assert "staff staff@example.com" in run("orders", "show", number).output


READING = {
    "orders": {"list", "show", "overdue", "withdrawals", "reconcile", "expire"},
    "events": {"list", "show"},
    "mail": {"preview"},
    "staff": {"list"},
    "products": {"export"},
}
"""Commands that change nothing in the name of a person: they show something, or do what the worker does by itself."""


def undeclared(app: Flask) -> set[str]:
    """Return the commands of these groups that declare no permission."""
    return {
        f"{group} {name}"
        for group, reading in READING.items()
        for name, command in app.cli.commands[group].commands.items()  # type: ignore[attr-defined]
        if name not in reading and not isinstance(getattr(command.callback, "permission", None), Permission)
    }


def test_every_changing_command_declares_its_permission(shop: Flask) -> None:
    assert undeclared(shop) == set()
    missing = {group: names - set(shop.cli.commands[group].commands) for group, names in READING.items()}  # type: ignore[attr-defined]
    assert not any(missing.values())


def test_control_a_command_without_permission_is_found(shop: Flask) -> None:
    group = shop.cli.commands["orders"]
    command = click.Command("forgotten", callback=lambda: None)
    group.add_command(command)  # type: ignore[attr-defined]
    try:
        assert undeclared(shop) == {"orders forgotten"}
    finally:
        del group.commands["forgotten"]  # type: ignore[attr-defined]


ORDER, EVENT = "2026-11-0001", "evt_1"
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {
        "ship": (ORDER, "--carrier", "tcc", "--guide", "1"), "ready": (ORDER,), "deliver": (ORDER,),
        "return": (ORDER,), "refund": (ORDER,), "accept-payment": (ORDER,), "reject-payment": (ORDER,),
        "repeat-refund": (ORDER,),
        "settle": (ORDER, "--note", "x"), "restock": (ORDER, "--line", "whey-protein-2lb:1"), "cancel": (ORDER,),
        "end-plan": (ORDER,), "close-withdrawal": (ORDER, "1", "--note", "x"), "reissue": (ORDER,),
    },
    "events": {"replay": (EVENT,), "ignore": (EVENT, "--note", "x")},
    "mail": {"deliver": ("--retry",)},
    "staff": {"add": (OTHER, "--role", "owner"), "role": (OTHER, "owner"), "disable": (OTHER,), "enable": (OTHER,),
              "reset-2fa": (OTHER,), "require-2fa": ("on",)},
}  # fmt: skip
"""What each changing command is given besides its name."""


@pytest.mark.parametrize("role", list(StaffRole))
def test_every_command_asks_for_the_permission_of_whoever_it_is_done_for(
    shop: Flask, run: Run, role: StaffRole
) -> None:
    staff.add(EMAIL, role, password=PASSWORD, staff=Actor("ana"))
    for group, commands in WORDS.items():
        declared = shop.cli.commands[group].commands  # type: ignore[attr-defined]
        assert set(commands) == set(declared) - READING[group]
        for name, words in commands.items():
            if name == "disable":
                staff.add(OTHER, StaffRole.SUPPORT, staff=Actor("ana"))
            done = run(group, name, *words, "--as", EMAIL)
            is_refused = f"not_permitted role={role}" in done.output
            assert is_refused == (declared[name].callback.permission not in PERMISSIONS[role]), (group, name)


def test_every_change_by_command_is_in_the_audit(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    """Under the address that `--as` names, else under the name of whoever sits at the machine."""
    make.pay(gateway, started := make.begin((DUMBBELL, 2)))
    number = started.order_number
    slug = f"{DUMBBELL}:1"
    dead = make.outbox()[0].id
    with transaction():
        db.session.execute(db.update(OutboxMail).where(OutboxMail.id == dead).values(dead_at=clock.now(), tries=20))
        for key in ("evt_a", "evt_b"):
            row = {"type": "charge.updated", "state": "failed", "payload": {"id": key}, "error": "x"}
            db.session.add(EventRecord(id=key, **row, created_at=clock.now(), received_at=clock.now()))
    steps: list[tuple[tuple[str, ...], str]] = [
        (("orders", "ship", number, "--carrier", "tcc", "--guide", "1"), "shipped"),
        (("orders", "deliver", number), "delivered"),
        (("orders", "refund", number, "--line", slug, "--no-restock"), "refunded"),
        (("orders", "restock", number, "--line", slug), "restocked"),
        (("orders", "return", number), "returned"),
        (("orders", "settle", number, "--note", "x"), "settled"),
        (("events", "ignore", "evt_b", "--note", "x"), "ignored"),
        (("mail", "deliver", "--retry"), "retried"),
        (("staff", "add", OTHER, "--role", "support"), "added"),
        (("staff", "role", OTHER, "manager"), "role_changed"),
        (("staff", "disable", OTHER), "disabled"),
    ]
    for n, (words, _action) in enumerate(steps):
        done = run(*words, *(("--as", "staff@example.com") if n % 2 else ()))
        assert done.exit_code == 0, done.output
    entries = audit.latest(Filters()).items[::-1]
    assert [entry.action for entry in entries] == [action for _, action in steps]
    assert {(entry.actor_name, entry.actor_id is None) for entry in entries} == {
        ("eva", True), ("staff@example.com", False)
    }  # fmt: skip
