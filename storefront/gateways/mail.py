"""Sending one mail: over SMTP, or into a folder that the demonstration shows."""

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Protocol

from flask_mail import Connection, Mail, Message

from storefront import failpoints
from storefront.clock import now
from storefront.errors import MailUnavailable

PATIENCE = 6
"""Seconds that a mail server may take for one answer; a whole mail takes less than the mailroom's lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A finished mail; `message_id` is the same on every try, so that a repetition can be recognised."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetter:
    """A mail of the demonstration's mailbox."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    text: str = field(repr=False)
    html: str = field(repr=False)


class MailConnection(Protocol):
    """An open connection to what takes letters."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over; returning means that it was accepted.

        Raises `MailUnavailable` when the connection is of no use any more, anything else about this letter alone.
        """


class Mailer(Protocol):
    """Something that takes letters."""

    def connect(self) -> AbstractContextManager[MailConnection]:
        """Open a connection for several letters, or raise `MailUnavailable`."""


class SmtpMailer:
    """Flask-Mail over SMTP; it refuses line breaks in headers by itself."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def connect(self) -> "_SmtpConnection":
        """Return a connection that opens when it is entered."""
        return _SmtpConnection(self._mail.connect().mail)


class _SmtpConnection(Connection):
    """A connection that gives up on a silent server, and forgives one that hangs up after it took the mail."""

    def __enter__(self) -> "_SmtpConnection":
        try:
            self.host = self.configure_host()
        except OSError as error:  # smtplib's own errors are of this kind, too
            raise MailUnavailable(reason=_words(error)) from error
        return self

    def __exit__(self, *_error: object) -> None:
        # Whether the mail was taken is known by now; a failed goodbye must not have it sent again.
        with suppress(smtplib.SMTPException, OSError):
            if self.host is not None:
                self.host.quit()

    def send(self, letter: Letter) -> None:  # type: ignore[override]
        """Send over SMTP."""
        message = Message(
            subject=letter.subject,
            recipients=[letter.to],
            body=letter.text,
            html=letter.html,
            sender=letter.sender,
            extra_headers={"Auto-Submitted": "auto-generated"},
        )
        message.msgId = letter.message_id
        try:
            with failpoints.around("the mail"):
                super().send(message)
        except OSError as error:
            if self.host is not None and self.host.sock is None:  # lost, or ended by the server: smtplib closed it
                raise MailUnavailable(reason=_words(error)) from error
            raise

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypted to the server that its certificate names, and log in."""
        host = smtplib.SMTP(self.mail.server, self.mail.port, timeout=PATIENCE)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class FolderMailer:
    """Keeps each mail as a file, for shops without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self) -> AbstractContextManager["FolderMailer"]:
        """Return itself: a folder needs no connection."""
        return nullcontext(self)

    def send(self, letter: Letter) -> None:
        """Write the mail; the same message replaces itself, as a mailbox would show it once."""
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = letter.message_id
        message["From"], message["To"], message["Subject"] = letter.sender, letter.to, letter.subject
        message["Date"] = format_datetime(now())
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        self._folder.mkdir(parents=True, exist_ok=True)
        name = letter.message_id.strip("<>").split("@")[0]
        (self._folder / f"{name}.eml").write_bytes(message.as_bytes())

    def letters(self) -> Sequence[KeptLetter]:
        """Return all kept mails, newest first."""
        files = sorted(self._folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [_read(path) for path in files]


def _read(path: Path) -> KeptLetter:
    from email import message_from_bytes

    message = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return KeptLetter(
        name=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
    )
