"""Email delivery: claims due rows of the outbox, renders and sends them, and tries again later."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from storefront import clock, periodic
from storefront.database import db, leave_transaction, rows_changed, transaction
from storefront.domain.outbox import MAX_TRIES, WHILE_PAYMENT_IS, WHILE_PLAN_RUNS, OutboxMail
from storefront.enums import AuditAction, AuditObject
from storefront.errors import MailRefused, MailUnavailable
from storefront.gateways import mailer
from storefront.gateways.email import FolderMailer, KeptEmail, MailConnection, RenderedEmail
from storefront.gateways.email_rendering import compose
from storefront.services import audit
from storefront.services.accounts import order_lookup, recovery
from storefront.services.audit import Actor
from storefront.services.customer_requests import handling
from storefront.services.mail.order_context import order_context
from storefront.services.mail.shop_details import shop_context
from storefront.services.stock import alerts
from storefront.services.subscriptions import overview
from storefront.settings import settings

LEASE = timedelta(seconds=45)
"""How long a claimed mail is left to its worker before another takes it, unless the worker renews it."""

HOLD_EVERY = timedelta(seconds=15)
"""A mail that is under way, for minutes perhaps, has its lease renewed so often: another worker leaves it alone."""

ROUND = timedelta(seconds=60)
"""After so long a round ends and gives back what it has not tried, so that a slow server holds no mail for long."""

FAILURES_IN_A_ROW = 3
"""After so many the server is the reason and not the mails, which keep their tries for when it is well again."""

_IS_GIVEN_UP = (OutboxMail.dead_at.is_not(None), OutboxMail.sent_at.is_(None))
_LINKED = ("password_reset", "email_verification", "staff_invitation")


def deliver_due(limit: int = 50) -> int:
    """Send the mails that are due over one connection and return how many left; a failure waits longer each time,
    and what the server refuses for good is given up at once.

    Raises `MailUnavailable` where the server takes none: what was not tried stays due, and counts no try.
    """
    if not _is_any_due():
        return 0
    try:
        with mailer().connect() as connection:
            return _send_all(connection, _claim(limit))
    except MailUnavailable as error:
        _note(error)
        raise


def _send_all(connection: MailConnection, mails: list[OutboxMail]) -> int:
    sent, failures, end = 0, 0, clock.now() + ROUND
    for place, mail in enumerate(mails, 1):
        if clock.now() >= end:
            _release(mails[place - 1 :])
            break
        if not _renew(mail):
            continue
        try:
            email = _write(mail)
        except Exception as error:  # an error in a template is no error of the server
            _postpone(mail, error)
            continue
        failure = _send(connection, mail, email)
        if isinstance(failure, MailRefused):  # which does not concern the others
            continue
        sent, failures = (sent + 1, 0) if failure is None else (sent, failures + 1)
        if isinstance(failure, MailUnavailable) or failures == FAILURES_IN_A_ROW:
            _release(mails[place:])
            if sent == 0:
                raise failure if isinstance(failure, MailUnavailable) else MailUnavailable(reason=_error_text(failure))
            break
    return sent


def _send(connection: MailConnection, mail: OutboxMail, email: RenderedEmail | None) -> Exception | None:
    """Send one mail and return what went wrong: whatever a mail server does, the others go on."""
    leave_transaction()
    try:
        if email is not None:
            # However long its server takes, no other worker takes the mail over; after a crash one soon does.
            with periodic.every(HOLD_EVERY, lambda: _extend(mail)):
                connection.send(email)
    except Exception as error:
        _postpone(mail, error)
        return error
    _mark_sent(mail)
    return None


def given_up(limit: int = 50) -> Sequence[OutboxMail]:
    """Return the newest mails that were given up, each with its last error."""
    statement = select(OutboxMail).where(*_IS_GIVEN_UP).order_by(OutboxMail.dead_at.desc()).limit(limit)
    return db.session.scalars(statement).all()


def count_given_up() -> int:
    """Return how many mails were given up."""
    return db.session.scalar(select(func.count()).select_from(OutboxMail).where(*_IS_GIVEN_UP)) or 0


def retry(mail_id: str | None = None, *, staff: Actor) -> int:
    """Give mails that were given up, or one of them, another round of tries, and return how many."""
    with transaction():
        retried = db.session.scalars(
            update(OutboxMail)
            .where(*_IS_GIVEN_UP, *([OutboxMail.id == mail_id] if mail_id else []))
            .values(dead_at=None, tries=0, available_at=clock.now())
            .returning(OutboxMail.id)
            .execution_options(synchronize_session=False)
        ).all()
        for key in retried:
            audit.record(staff, AuditAction.RETRIED, AuditObject.MAIL, key)
        return len(retried)


def kept_emails() -> Sequence[KeptEmail]:
    """Return the mails of the demonstration's mailbox, newest first."""
    box = mailer()
    return box.emails_sent() if isinstance(box, FolderMailer) else []


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OutboxMail.sent_at.is_(None), OutboxMail.dead_at.is_(None), OutboxMail.available_at <= now


def _is_any_due() -> bool:
    return db.session.scalar(select(OutboxMail.id).where(*_is_due(clock.now())).limit(1)) is not None


def _claim(limit: int) -> list[OutboxMail]:
    """Take due mails, each for one worker: others skip locked rows, and the lease covers a crash."""
    with transaction():
        now = clock.now()
        due = db.session.scalars(
            select(OutboxMail)
            .where(*_is_due(now))
            .order_by(OutboxMail.available_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for mail in due:
            mail.available_at = now + LEASE
            mail.tries += 1
    # From here on they stay what they were when we took them, whatever becomes of the rows.
    db.session.expunge_all()
    return list(due)


def _renew(mail: OutboxMail) -> bool:
    """Start the lease of one mail anew if it could end before it is held; False if another worker has taken it over.

    Fifty mails to a slow server last longer than one lease. The number of tries identifies the claim.
    """
    return clock.now() < mail.available_at - 2 * HOLD_EVERY or _extend(mail)


def _extend(mail: OutboxMail) -> bool:
    """Start the lease of a mail anew; False if it is not this worker's any more."""
    with transaction():
        own = (OutboxMail.id == mail.id, OutboxMail.tries == mail.tries, OutboxMail.sent_at.is_(None))
        return rows_changed(update(OutboxMail).where(*own).values(available_at=clock.now() + LEASE)) == 1


def _release(mails: Sequence[OutboxMail]) -> None:
    """Give back mails that were claimed and not tried, each in its old place and with its old number of tries."""
    with transaction():
        for mail in mails:
            db.session.execute(
                update(OutboxMail)
                .where(OutboxMail.id == mail.id, OutboxMail.tries == mail.tries, OutboxMail.sent_at.is_(None))
                .values(available_at=OutboxMail.created_at, tries=OutboxMail.tries - 1)
                .execution_options(synchronize_session=False)
            )


def _note(error: MailUnavailable) -> None:
    """Store in the rows that wait the reason why they do."""
    leave_transaction()
    with transaction():
        db.session.execute(
            update(OutboxMail)
            .where(*_is_due(clock.now()), OutboxMail.error == "")
            .values(error=_error_text(error))
            .execution_options(synchronize_session=False)
        )


def _error_text(error: Exception | None) -> str:
    reason = (
        error.data["reason"]
        if isinstance(error, (MailUnavailable, MailRefused))
        else f"{type(error).__name__}: {error}"
    )
    return str(reason)[:500]


def _mark_sent(mail: OutboxMail) -> None:
    with transaction():
        row = db.session.get(OutboxMail, mail.id)
        if row is not None:
            row.sent_at, row.error = clock.now(), ""


def _postpone(mail: OutboxMail, error: Exception) -> None:
    leave_transaction()
    with transaction():
        row = db.session.get(OutboxMail, mail.id)
        if row is None:
            return
        row.error = _error_text(error)
        row.available_at = clock.now() + _wait(row.tries)
        if row.tries >= MAX_TRIES or isinstance(error, MailRefused):
            row.dead_at = clock.now()


def _wait(tries: int) -> timedelta:
    # The chance spreads the tries of many mails; nothing secret hangs on it.
    return timedelta(seconds=min(2**tries, 3600) * random.uniform(0.8, 1.2))  # nosec B311


def _write(mail: OutboxMail) -> RenderedEmail | None:
    """Return the rendered email, or None where it must not be sent any more."""
    context = {**mail.context, "shop": shop_context()}
    if mail.template in _LINKED:
        link = recovery.link_context(mail.template, mail.recipient)
        if link is None:
            return None
        context |= link
    if "subscription_id" in context:
        context |= overview.for_mail(context["subscription_id"], mail.language)
        if mail.template in WHILE_PLAN_RUNS and context["plan"].ended_at is not None:
            return None  # it was over before the email was sent, and the email about its end has the reason
    if "alert_id" in context:
        context |= alerts.links_of(context["alert_id"], context["path"])
    if "request_id" in context:
        request = handling.for_mail(context["request_id"], context.get("answer_id"))
        if request is None:
            return None  # its author's data are gone
        context |= request
    order_id = mail.order_id
    if "order_number" in context:
        order_id = order_lookup.find_order_id(context["order_number"], mail.recipient)
        if order_id is None:
            return None
    if order_id is not None:
        context["order"] = order_context(order_id)
        status = context["order"]["payment_status"]
        if WHILE_PAYMENT_IS.get(mail.template, status) != status:
            return None  # the mail about what became of the payment says more
        context["staff_url"] = f"{settings().BASE_URL}/staff/orders/{context['order']['number']}"
    message_id = f"<{mail.id}@{settings().BASE_URL.split('//')[-1].split(':')[0]}>"
    return compose(
        mail.template,
        mail.language,
        to=mail.recipient,
        sender=settings().MAIL_DEFAULT_SENDER,
        message_id=message_id,
        context=context,
    )


__all__ = ["KeptEmail", "RenderedEmail", "deliver_due", "kept_emails"]
