"""What a mail server may do, and what the shop makes of it, over a real connection."""

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import astuple, dataclass, field, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from storefront.errors import MailRefused, MailUnavailable
from storefront.extensions import mail
from storefront.gateways import email as gateway
from storefront.gateways.email import Patience, RenderedEmail, SmtpMailer
from tests.campaigns.processes import free_port
from tests.conftest import build


@dataclass
class Server:
    """Answers each recipient, or each mail, as it is told; `None` hangs up."""

    recipients: list[str | None] = field(default_factory=list)
    mails: list[str | None] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    connections: int = 0
    slowness: float = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, responses: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = name
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.senders.pop(0) if self.senders else "250 OK"
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.recipients.pop(0) if self.recipients else "250 OK"
        if answer is None:
            server.transport.abort()
        elif answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer or ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.arrived += envelope.rcpt_tos
        self.contents.append(envelope.content)
        await asyncio.sleep(self.slowness)
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


def message(to: str = "ana@example.com") -> RenderedEmail:
    """Return a letter."""
    return RenderedEmail(
        message_id=f"<{to}>", sender="FitAiid <hola@fitaiid.example>", to=to, subject="Hola", text="a", html="b"
    )


def test_several_letters_leave_over_one_connection(server: Server, mailer: SmtpMailer) -> None:
    with mailer.connect() as connection:
        for n in range(3):
            connection.send(message(f"{n}@example.com"))
    assert (server.arrived, server.connections) == ([f"{n}@example.com" for n in range(3)], 1)


def test_a_letter_refused_for_now_does_not_end_the_connection(server: Server, mailer: SmtpMailer) -> None:
    server.recipients = ["451 try again later"]
    with mailer.connect() as connection:
        with pytest.raises(OSError, match="try again later"):
            connection.send(message())
        connection.send(message("eva@example.com"))
    assert server.arrived == ["eva@example.com"]


@pytest.mark.parametrize("answer", ["550 no such person", "554 5.7.1 taken for spam"])
@pytest.mark.parametrize("phase", ["recipients", "mails"])
def test_a_letter_refused_for_good_is_told_apart(server: Server, mailer: SmtpMailer, phase: str, answer: str) -> None:
    setattr(server, phase, [answer])
    with mailer.connect() as connection:
        with pytest.raises(MailRefused) as refusal:
            connection.send(message())
        connection.send(message("eva@example.com"))
    assert refusal.value.data["reason"] == answer
    assert server.arrived[-1] == "eva@example.com"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("550 no such sender", MailUnavailable), ("552 too big for us", MailRefused), ("451 not now", MailUnavailable)],
)
def test_a_refused_sender_is_refused_for_every_letter(
    server: Server, mailer: SmtpMailer, answer: str, meaning: type[Exception]
) -> None:
    server.senders = [answer]
    with mailer.connect() as connection, pytest.raises(meaning):
        connection.send(message())


def test_a_server_that_wants_a_login_says_nothing_of_the_letter(server: Server, mailer: SmtpMailer) -> None:
    server.recipients = ["530 5.7.0 authentication required"]
    with mailer.connect() as connection, pytest.raises(MailUnavailable):
        connection.send(message())


@pytest.mark.parametrize(("data_end", "is_sent"), [(60, True), (0.2, False)])
def test_a_server_that_takes_its_time_over_a_letter_gets_one(
    server: Server, mailer: SmtpMailer, monkeypatch: pytest.MonkeyPatch, data_end: float, is_sent: bool
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", Patience(opening=10, data_end=data_end))
    server.slowness = 1
    with nullcontext() if is_sent else pytest.raises(MailUnavailable), mailer.connect() as connection:
        connection.send(message())
    assert server.arrived == ["ana@example.com"]


def test_the_patience_is_that_of_the_standard() -> None:
    """RFC 5321, section 4.5.3.2, in seconds."""
    assert astuple(gateway.PATIENCE)[1:] == (300, 120, 180, 600)


@pytest.mark.parametrize("text", [".", "a\r\n..b\r\n.c\r\n\r\n"])
def test_dots_and_empty_lines_arrive_as_they_were(server: Server, mailer: SmtpMailer, text: str) -> None:
    with mailer.connect() as connection:
        connection.send(replace(message(), text=text))
    (content,) = server.contents
    plain = message_from_bytes(content, policy=default).get_body(("plain",))
    assert plain is not None
    assert plain.get_content().split() == text.split()


def test_a_server_that_speaks_tls_from_the_first_byte(
    sqlite_url: str, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    made = Server()
    controller = Controller(made, hostname="127.0.0.1", port=port, ssl_context=context)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    controller.start()
    app = build(sqlite_url, MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_USE_TLS=False, MAIL_USE_SSL=True)
    try:
        with app.app_context(), SmtpMailer(mail).connect() as connection:
            connection.send(message())
        monkeypatch.delenv("SSL_CERT_FILE")
        with app.app_context(), pytest.raises(MailUnavailable, match="CERTIFICATE"), SmtpMailer(mail).connect():
            pass
    finally:
        controller.stop()
    assert made.arrived == ["ana@example.com"]


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Return a certificate for this machine's address, and its key."""
    certificate, key = folder / "mail.pem", folder / "mail.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.mark.parametrize("answer", ["421 closing for repair", None])
def test_a_server_that_hangs_up_ends_the_connection(server: Server, mailer: SmtpMailer, answer: str | None) -> None:
    server.recipients = [answer]
    with mailer.connect() as connection, pytest.raises(MailUnavailable) as refusal:
        connection.send(message())
    assert refusal.value.data["reason"].startswith("SMTP")


def test_a_server_that_hangs_up_after_it_took_the_letter_leaves_a_doubt(server: Server, mailer: SmtpMailer) -> None:
    server.mails = [None]
    with mailer.connect() as connection, pytest.raises(MailUnavailable):
        connection.send(message())
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
    monkeypatch.setattr(gateway, "PATIENCE", Patience(opening=0.3))
    with listening(port, greeting), pytest.raises(MailUnavailable), mailer.connect() as connection:
        connection.send(message())
