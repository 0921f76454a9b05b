"""Sending one mail: over SMTP, or into a folder that the demonstration shows."""

import re
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
from typing import Any, Protocol

from flask_mail import Connection, Mail, Message

from storefront.clock import now
from storefront.errors import MailRefused, MailUnavailable


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a mail server may take for each phase, from RFC 5321, section 4.5.3.2.

    Whoever hangs up after the text was handed over does not know whether it was taken and sends it again, so a slow
    server would get one copy after another. Only the opening, in which nothing is handed over, is given up sooner.
    """

    opening: float = 10
    command: float = 300
    data_begin: float = 120
    data_text: float = 180
    data_end: float = 600


PATIENCE = Patience()
PERMANENT = range(500, 600)
_GO_AHEAD, _TOO_BIG = 354, 552
ABOUT_US = frozenset({530, 534, 535, 538})
"""Refusals that ask for another login: about the shop's settings, and not about a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedEmail:
    """A finished mail; `message_id` is the same on every try, so that a repetition can be recognised."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEmail:
    """A mail of the demonstration's mailbox."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    text: str = field(repr=False)
    html: str = field(repr=False)


class MailConnection(Protocol):
    """An open connection to a mail server or a folder."""

    def send(self, email: RenderedEmail) -> None:
        """Send the email; returning means that it was accepted.

        Raises `MailUnavailable` when the connection is of no use any more, `MailRefused` when this email will never
        be taken, anything else about this email alone.
        """


class Mailer(Protocol):
    """A mail server, or the folder that stands for it."""

    def connect(self) -> AbstractContextManager[MailConnection]:
        """Open a connection for several emails, or raise `MailUnavailable`."""


class SmtpMailer:
    """Flask-Mail over SMTP; it refuses line breaks in headers by itself."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def connect(self) -> "_SmtpConnection":
        """Return a connection that opens when it is entered."""
        return _SmtpConnection(self._mail.connect().mail)


class _SmtpConnection(Connection):
    """A connection with timeouts, which ignores a server that hangs up after it accepted the email."""

    def __enter__(self) -> "_SmtpConnection":
        try:
            self.host = self.configure_host()
        except OSError as error:  # smtplib's own errors are of this kind, too
            raise MailUnavailable(reason=_error_text(error)) from error
        return self

    def __exit__(self, *_error: object) -> None:
        # Whether the mail was taken is known by now; a failed QUIT must not have it sent again.
        with suppress(smtplib.SMTPException, OSError):
            if self.host is not None:
                self.host.quit()

    def send(self, email: RenderedEmail) -> None:  # type: ignore[override]
        """Send over SMTP."""
        message = Message(
            subject=email.subject,
            recipients=[email.to],
            body=email.text,
            html=email.html,
            sender=email.sender,
            extra_headers={"Auto-Submitted": "auto-generated"},
        )
        message.msgId = email.message_id
        try:
            super().send(message)
        except smtplib.SMTPSenderRefused as error:  # the sender is the same for every mail
            if error.smtp_code == _TOO_BIG:
                raise _refused(error.smtp_code, error.smtp_error) from error
            raise MailUnavailable(reason=_error_text(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self._about_this(error, *error.recipients[email.to]) from error
        except smtplib.SMTPResponseException as error:
            raise self._about_this(error, error.smtp_code, error.smtp_error) from error
        except OSError as error:
            if self._is_over():
                raise MailUnavailable(reason=_error_text(error)) from error
            raise

    def _about_this(self, error: smtplib.SMTPException, code: int, text: bytes | str) -> Exception:
        """Return the error to raise: the connection is lost, the email is refused for good, or it may be retried."""
        if self._is_over() or code in ABOUT_US:
            return MailUnavailable(reason=_error_text(error))
        return _refused(code, text) if code in PERMANENT else error

    def _is_over(self) -> bool:
        """Return whether the connection was lost, or ended by the server: smtplib closed it."""
        return self.host is not None and self.host.sock is None

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypted to the server that its certificate names, and log in."""
        context = ssl.create_default_context()
        host: smtplib.SMTP
        if self.mail.use_ssl:
            host = _PatientSsl(self.mail.server, self.mail.port, timeout=PATIENCE.opening, context=context)
        else:
            host = _Patient(self.mail.server, self.mail.port, timeout=PATIENCE.opening)
        try:
            if self.mail.use_tls:
                host.starttls(context=context)
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host


class _Patient(smtplib.SMTP):
    """SMTP with a timeout for each phase of an email."""

    def mail(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Name the sender."""
        self._wait(PATIENCE.command)
        return super().mail(*arguments, **options)

    def rcpt(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Name the recipient."""
        self._wait(PATIENCE.command)
        return super().rcpt(*arguments, **options)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand the text over and return the answer, as smtplib does, which has one timeout for all of it."""
        self._wait(PATIENCE.data_begin)
        code, text = self.docmd("data")
        if code != _GO_AHEAD:
            raise smtplib.SMTPDataError(code, text)
        self._wait(PATIENCE.data_text)
        self.send(re.sub(rb"(?m)^\.", b"..", bytes(msg).removesuffix(b"\r\n")) + b"\r\n.\r\n")
        self._wait(PATIENCE.data_end)
        return self.getreply()

    def _wait(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)


class _PatientSsl(_Patient, smtplib.SMTP_SSL):
    """The same where the server speaks TLS from the first byte, as at port 465."""


def _refused(code: int, text: bytes | str) -> MailRefused:
    answer = text.decode(errors="replace") if isinstance(text, bytes) else text
    return MailRefused(reason=f"{code} {' '.join(answer.split())}")


def _error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class FolderMailer:
    """Keeps each mail as a file, for shops without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self) -> AbstractContextManager["FolderMailer"]:
        """Return itself: a folder needs no connection."""
        return nullcontext(self)

    def send(self, email: RenderedEmail) -> None:
        """Write the mail; the same message replaces itself, as a mailbox would show it once."""
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = email.message_id
        message["From"], message["To"], message["Subject"] = email.sender, email.to, email.subject
        message["Date"] = format_datetime(now())
        message.set_content(email.text)
        message.add_alternative(email.html, subtype="html")
        self._folder.mkdir(parents=True, exist_ok=True)
        name = email.message_id.strip("<>").split("@")[0]
        (self._folder / f"{name}.eml").write_bytes(message.as_bytes())

    def emails_sent(self) -> Sequence[KeptEmail]:
        """Return all kept mails, newest first."""
        files = sorted(self._folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [_read(path) for path in files]


def _read(path: Path) -> KeptEmail:
    from email import message_from_bytes

    message = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return KeptEmail(
        name=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
    )
