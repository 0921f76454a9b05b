"""Ten codes for who lost the phone: each works once, and the database has only their digests.

A code has 50 random bits. Somebody with a copy of the database could try that many against a plain digest, so
that theirs is argon2's, with one salt for a person's codes: a typed code is digested once, and looked up.
"""

import secrets
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import delete, func, select, update

from storefront import clock
from storefront.database import db, rows_changed
from storefront.domain.second_factor import RecoveryCode
from storefront.services.accounts.passwords import hasher

COUNT = 10
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_HALF = 5
_LOOK_ALIKE = str.maketrans("oil", "011")


def new_salt() -> str:
    """Return a salt for the codes of one person."""
    return secrets.token_hex(16)


def make() -> list[str]:
    """Return new codes as they are shown."""
    return [f"{_half()}-{_half()}" for _ in range(COUNT)]


def _half() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))


def digest_of(code: str, salt: str) -> str:
    """Return the digest of a code, however it is written: with capitals, spaces, or letters that look like digits."""
    typed = "".join(char for char in code.lower() if char.isalnum()).translate(_LOOK_ALIKE)
    cost: dict[str, Any] = {
        "time_cost": hasher().time_cost,
        "memory_cost": hasher().memory_cost,
        "parallelism": hasher().parallelism,
    }
    return hash_secret_raw(typed.encode(), bytes.fromhex(salt), hash_len=32, type=Type.ID, **cost).hex()


def replace(customer_id: str, digests: list[str]) -> None:
    """Give somebody these codes and no others, inside a transaction."""
    remove(customer_id)
    db.session.add_all(RecoveryCode(id=digest, customer_id=customer_id) for digest in digests)


def remove(customer_id: str) -> None:
    """Take somebody's codes away, inside a transaction."""
    rows_changed(delete(RecoveryCode).where(RecoveryCode.customer_id == customer_id))


def use(customer_id: str, digest: str) -> bool:
    """Use a code up, inside a transaction; False for one that was used, or never was: of two at once one is right."""
    unused = (RecoveryCode.id == digest, RecoveryCode.customer_id == customer_id, RecoveryCode.used_at.is_(None))
    return rows_changed(update(RecoveryCode).where(*unused).values(used_at=clock.now())) == 1


def count_left(customer_id: str) -> int:
    """Return how many codes somebody has left."""
    unused = (RecoveryCode.customer_id == customer_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0
