"""`flask staff`: the first owner of a new shop, and everybody who comes after."""

import re

import pytest
from flask import Flask

from storefront.enums import StaffRole
from storefront.services.accounts import authentication
from storefront.services.admin import staff
from tests import factories as make
from tests.cli.conftest import Run
from tests.factories import COFFEE
from tests.fakes import FakeGateway, KeepingMailer

EMAIL, PASSWORD = "eva@example.com", "caballo verde 88"


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
        ("password123", 1, "Error: That password is widely known; choose another."),
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


def test_a_command_in_the_name_of_somebody_asks_what_their_role_permits(
    shop: Flask, gateway: FakeGateway, run: Run
) -> None:
    """Whoever has the machine may note any name; an address of the staff counts as that person."""
    staff.add(EMAIL, StaffRole.WAREHOUSE, password=PASSWORD)
    make.pay(gateway, started := make.begin((COFFEE, 1)))
    number, ship = started.order_number, ("--carrier", "tcc", "--guide", "1")
    refused = run("orders", "ship", number, *ship, "--as", "EVA@example.com")
    assert refused.exit_code == 1
    assert "Your role (Warehouse) lets you see this, but not change it." in refused.output
    stranger = run("orders", "refund", number, "--as", "nobody@example.com")
    assert stranger.exit_code == 1
    assert "nobody@example.com does not work in the shop" in stranger.output
    assert make.state_of(started) == ("confirmed", "paid")
    assert run("orders", "ship", number, *ship, "--as", "staff@example.com").output == f"{number} shipped\n"
    assert "staff staff@example.com" in run("orders", "show", number).output


def test_every_command_that_says_who_does_it_asks_for_the_right(shop: Flask, run: Run) -> None:
    staff.add(EMAIL, StaffRole.ACCOUNTANT, password=PASSWORD)
    orders = shop.cli.commands["orders"].commands  # type: ignore[attr-defined]
    asking = [name for name, one in orders.items() if any("--as" in option.opts for option in one.params)]
    assert {"ship", "ready", "deliver", "return", "refund", "cancel", "close-withdrawal", "reissue"} <= set(asking)
    more = {
        "ship": ("--carrier", "tcc", "--guide", "1"),
        "close-withdrawal": ("1", "--note", "x"),
        "settle": ("--note", "x"),
        "restock": ("--line", "whey-protein-2lb:1"),
    }
    for name in asking:
        done = run("orders", name, "2026-11-0001", *more.get(name, ()), "--as", EMAIL)
        assert (done.exit_code, "not_permitted role=accountant" in done.output) == (1, True), name
