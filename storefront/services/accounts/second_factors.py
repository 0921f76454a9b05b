"""The second factor of somebody who works here: setting it up, checking its codes, and its end.

A code is checked in two steps. `check` computes outside of a transaction, `spend` is the guarded UPDATE inside of one:
a code that was accepted, or one older than it, is never accepted again, however many try at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from storefront import clock
from storefront.database import db, rows_changed, transaction, upsert
from storefront.domain import outbox
from storefront.domain.customer import Customer, Login
from storefront.domain.second_factor import SecondFactor
from storefront.enums import AuditAction, AuditObject
from storefront.errors import InvalidInput
from storefront.services import audit
from storefront.services.accounts import encryption, one_time_codes, passwords, recovery_codes
from storefront.services.audit import Actor
from storefront.settings import settings

OFFER_LIFE = timedelta(minutes=15)
"""How long a new secret waits for its first code."""

LONGEST_CODE = 40


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody's second factor as their page shows it; `since` is None while there is none."""

    since: datetime | None
    codes_left: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that waits for its first code: in letters, and as the address that a QR code holds."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A right code that is still to be spent: a time step of the app, or the digest of a recovery code."""

    customer_id: str
    email: str
    step: int | None = None
    secret: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A right password and, where there is a second factor, a right code; they count when both are spent."""

    customer_id: str
    password: str
    stored: str
    proof: Proof | None


def standing_of(customer_id: str) -> Standing:
    """Return whether somebody has a second factor, and how many recovery codes are left."""
    factor = _find(customer_id)
    if factor is None or factor.confirmed_at is None:
        return Standing(None, 0)
    return Standing(factor.confirmed_at, recovery_codes.count_left(customer_id))


def offer(customer_id: str, *, staff: Actor) -> None:
    """Make a new secret, which counts as soon as a code of it arrives; until then an earlier one goes on."""
    with transaction():
        _offer(customer_id, staff)


def find_offer(customer_id: str, email: str) -> Offer | None:
    """Return the secret that waits for its first code, if it was made a moment ago."""
    factor = _find(customer_id)
    secret = _offered_secret(factor)
    if factor is None or secret is None:
        return None
    return Offer(secret, one_time_codes.address(secret, shop=settings().SHOP_NAME, email=email))


def activate(customer_id: str, code: str, *, login_id: str, staff: Actor) -> list[str]:
    """Let the new secret count, and return new recovery codes, which nobody can read again.

    The login counts as one that gave a code. Raises `InvalidInput` for a wrong code, and where no secret waits.
    """
    factor = _find(customer_id)
    secret = _offered_secret(factor)
    if factor is None or secret is None:
        raise InvalidInput({"one_time_code": "offer_over"})
    now = clock.now()
    step = one_time_codes.matching_step(secret, _digits(code), now)
    if step is None:
        raise InvalidInput({"one_time_code": "wrong_code"})
    codes, digests = _new_codes(factor)
    before, after = ("on", "new_device") if factor.confirmed_at else ("off", "on")
    values = {"confirmed_at": now, "last_step": step, "new_secret": None, "offered_at": None}
    offered = (SecondFactor.customer_id == customer_id, SecondFactor.new_secret == factor.new_secret)
    with transaction():
        if not rows_changed(update(SecondFactor).where(*offered).values(secret=SecondFactor.new_secret, **values)):
            raise InvalidInput({"one_time_code": "offer_over"})
        recovery_codes.replace(customer_id, digests)
        _note_login(login_id, now)
        _record(staff, before, after)
        tell(customer_id, after)
    return codes


def check(customer_id: str, code: str) -> Proof:
    """Return what a right code proves, or raise `InvalidInput`; nothing is written."""
    row = db.session.execute(
        select(SecondFactor.secret, SecondFactor.salt, SecondFactor.last_step, Customer.email)
        .join(Customer, Customer.id == SecondFactor.customer_id)
        .where(SecondFactor.customer_id == customer_id, SecondFactor.confirmed_at.is_not(None))
    ).first()
    if row is None or len(code) > LONGEST_CODE:
        raise InvalidInput({"one_time_code": "wrong_code"})
    if not (digits := _digits(code)):
        return Proof(customer_id, row.email, digest=recovery_codes.digest_of(code, row.salt))
    secret = encryption.decrypt(row.secret)
    step = one_time_codes.matching_step(secret, digits, clock.now()) if secret else None
    if step is None or step <= row.last_step:
        raise InvalidInput({"one_time_code": "wrong_code"})
    return Proof(customer_id, row.email, step=step, secret=row.secret)


def spend(proof: Proof) -> None:
    """Use a code up, inside a transaction; raise `InvalidInput` for one that somebody else has used meanwhile."""
    if proof.step is None:
        if not recovery_codes.use(proof.customer_id, proof.digest):
            raise InvalidInput({"one_time_code": "wrong_code"})
        left = recovery_codes.count_left(proof.customer_id)
        after = {"second_factor": "code_used", "codes_left": left}
        owner = Actor(proof.email, proof.customer_id)
        audit.record(owner, AuditAction.CHANGED, AuditObject.STAFF, proof.email, after=after)
        return
    newer = (SecondFactor.secret == proof.secret, SecondFactor.last_step < proof.step)
    # Encrypted again, so that an earlier SECRET_KEY can be taken away once everybody has signed in.
    values = {"last_step": proof.step, "secret": encryption.encrypt_again(proof.secret)}
    own = update(SecondFactor).where(SecondFactor.customer_id == proof.customer_id, *newer)
    if not rows_changed(own.values(values)):
        raise InvalidInput({"one_time_code": "wrong_code"})


def prove_again(customer_id: str, *, password: str, code: str, has_second_factor: bool) -> Confirmation:
    """Return that somebody is really there; raise `InvalidCredentials`, or `InvalidInput` for a wrong code."""
    stored = passwords.prove_password(customer_id, password)
    proof = check(customer_id, code) if has_second_factor else None
    return Confirmation(customer_id, password, stored, proof)


def confirm(confirmation: Confirmation, *, login_id: str) -> None:
    """Count a login as confirmed from now on."""
    with transaction():
        _spend_both(confirmation)
        rows_changed(update(Login).where(Login.id == login_id).values(confirmed_at=clock.now()))


def offer_another(confirmation: Confirmation, *, staff: Actor) -> None:
    """Make a secret for another phone, as `offer` does, after password and code."""
    with transaction():
        _spend_both(confirmation)
        _offer(confirmation.customer_id, staff)


def renew_codes(confirmation: Confirmation, *, staff: Actor) -> list[str]:
    """Return new recovery codes, in the place of the earlier ones."""
    factor = _find(confirmation.customer_id)
    if factor is None:
        raise InvalidInput({"one_time_code": "wrong_code"})
    codes, digests = _new_codes(factor)
    with transaction():
        _spend_both(confirmation)
        recovery_codes.replace(confirmation.customer_id, digests)
        _record(staff, "on", "new_codes")
        tell(confirmation.customer_id, "new_codes")
    return codes


def remove_own(confirmation: Confirmation, *, staff: Actor) -> None:
    """End somebody's own second factor; from then on the password is enough."""
    with transaction():
        _spend_both(confirmation)
        remove(confirmation.customer_id)
        _record(staff, "on", "off")
        tell(confirmation.customer_id, "off")


def remove(customer_id: str) -> bool:
    """Take somebody's second factor away, inside a transaction; return whether it counted."""
    factor = db.session.get(SecondFactor, customer_id, with_for_update=True)
    recovery_codes.remove(customer_id)
    if factor is not None:
        db.session.execute(delete(SecondFactor).where(SecondFactor.customer_id == customer_id))
    return factor is not None and factor.confirmed_at is not None


def tell(customer_id: str, change: str) -> None:
    """Write to somebody that their second factor changed, inside a transaction: a stranger may have done it.

    `change` is `on`, `new_device`, `new_codes`, `off`, or `reset` by a colleague.
    """
    now = clock.now()
    row = db.session.execute(select(Customer.email, Customer.language).where(Customer.id == customer_id)).one()
    to = {"recipient": row.email, "language": row.language}
    outbox.enqueue(
        f"second_factor:{customer_id}:{change}:{now.isoformat()}", "second_factor_changed", **to, now=now, change=change
    )


def _new_codes(factor: SecondFactor) -> tuple[list[str], list[str]]:
    """Return new recovery codes with their digests, which take a moment to compute, outside of a transaction."""
    codes = recovery_codes.make()
    return codes, [recovery_codes.digest_of(one, factor.salt) for one in codes]


def _spend_both(confirmation: Confirmation) -> None:
    passwords.require_same_password(confirmation.customer_id, confirmation.password, confirmation.stored)
    if confirmation.proof is not None:
        spend(confirmation.proof)


def _offer(customer_id: str, staff: Actor) -> None:
    values = {"new_secret": encryption.encrypt(one_time_codes.new_secret()), "offered_at": clock.now()}
    new = {"customer_id": customer_id, "last_step": 0, "salt": recovery_codes.new_salt(), **values}
    db.session.execute(upsert(SecondFactor, new, unique="customer_id", again=values))
    _record(staff, None, "offered")


def _offered_secret(factor: SecondFactor | None) -> str | None:
    if factor is None or factor.new_secret is None or factor.offered_at is None:
        return None
    return encryption.decrypt(factor.new_secret) if factor.offered_at > clock.now() - OFFER_LIFE else None


def _find(customer_id: str) -> SecondFactor | None:
    return db.session.get(SecondFactor, customer_id, populate_existing=True)


def _note_login(login_id: str, now: datetime) -> None:
    rows_changed(update(Login).where(Login.id == login_id).values(second_factor_at=now, confirmed_at=now))


def _record(staff: Actor, before: str | None, after: str) -> None:
    old = {"second_factor": before} if before else None
    new = {"second_factor": after}
    audit.record(staff, AuditAction.CHANGED, AuditObject.STAFF, staff.name, before=old, after=new)


def _digits(code: str) -> str:
    """Return the six digits that somebody typed, with whatever spaces; nothing for another kind of code."""
    typed = "".join(code.split())
    return typed if len(typed) == one_time_codes.DIGITS and typed.isascii() and typed.isdigit() else ""
