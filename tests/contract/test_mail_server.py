"""What a mail server may do, and what the shop makes of it, over a real connection."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from storefront.errors import MailUnavailable
from storefront.extensions import mail
from storefront.gateways import mail as gateway
from storefront.gateways.mail import Letter, SmtpMailer
from tests.campaigns.processes import free_port
from tests.conftest import build


@dataclass
class Server:
    """Answers each recipient, or each mail, as it is told; `None` hangs up."""

    recipients: list[str | None] = field(default_factory=list)
    mails: list[str | None] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, responses: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = name
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.recipients.pop(0) if self.recipients else "250 OK"
        if answer is None:
            server.transport.abort()
        elif answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer or ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.arrived += envelope.rcpt_tos
        answer = self.mails.pop(0) if self.mails else "250 OK"
        if answer is None:
            server.transport.abort()
        return answer or ""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(port: int) -> Iterator[Server]:
    made = Server()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture
def mailer(sqlite_url: str, port: int) -> Iterator[SmtpMailer]:
    """Return the real mailer of a shop whose mail server is at the port."""
    app: Flask = build(sqlite_url, MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_USE_TLS=False)
    with app.app_context():
        yield SmtpMailer(mail)


def letter(to: str = "ana@example.com") -> Letter:
    """Return a letter."""
    return Letter(
        message_id=f"<{to}>", sender="FitAiid <hola@fitaiid.example>", to=to, subject="Hola", text="a", html="b"
    )


def test_several_letters_leave_over_one_connection(server: Server, mailer: SmtpMailer) -> None:
    with mailer.connect() as connection:
        for n in range(3):
            connection.send(letter(f"{n}@example.com"))
    assert (server.arrived, server.connections) == ([f"{n}@example.com" for n in range(3)], 1)


@pytest.mark.parametrize("answer", ["451 try again later", "550 no such person"])
def test_a_refused_letter_does_not_end_the_connection(server: Server, mailer: SmtpMailer, answer: str) -> None:
    server.recipients = [answer]
    with mailer.connect() as connection:
        with pytest.raises(OSError, match=answer[4:]):
            connection.send(letter())
        connection.send(letter("eva@example.com"))
    assert server.arrived == ["eva@example.com"]


@pytest.mark.parametrize("answer", ["421 closing for repair", None])
def test_a_server_that_hangs_up_ends_the_connection(server: Server, mailer: SmtpMailer, answer: str | None) -> None:
    server.recipients = [answer]
    with mailer.connect() as connection, pytest.raises(MailUnavailable) as refusal:
        connection.send(letter())
    assert refusal.value.data["reason"].startswith("SMTP")


def test_a_server_that_hangs_up_after_it_took_the_letter_leaves_a_doubt(server: Server, mailer: SmtpMailer) -> None:
    server.mails = [None]
    with mailer.connect() as connection, pytest.raises(MailUnavailable):
        connection.send(letter())
    assert server.arrived == ["ana@example.com"]


def test_nobody_at_the_port_is_no_mail_for_anybody(mailer: SmtpMailer) -> None:
    with pytest.raises(MailUnavailable) as refusal, mailer.connect():
        pass
    assert refusal.value.data["reason"].startswith("ConnectionRefusedError")


@contextmanager
def listening(port: int, greeting: bytes) -> Iterator[None]:
    """Take a connection, say this much, and then nothing more."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(10)
        kept: list[socket.socket] = []

        def take() -> None:
            line, _ = listener.accept()
            line.sendall(greeting)
            kept.append(line)

        thread = threading.Thread(target=take)
        thread.start()
        yield
        thread.join()
        for line in kept:
            line.close()


@pytest.mark.parametrize("greeting", [b"", b"220 mail.example\r\n"])
def test_a_silent_server_is_given_up_soon(
    mailer: SmtpMailer, port: int, greeting: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.3)
    with listening(port, greeting), pytest.raises(MailUnavailable), mailer.connect() as connection:
        connection.send(letter())
