"""Names of files in the store that nothing refers to, and since when: after a day their files are deleted.

A name is here before its file is written, so that the file of an upload that came to nothing is deleted as well; the
transaction that refers to the file takes the name away, and the one that drops a reference puts it back. The row is the
lock: a name that is claimed for deletion cannot be used again before its file is gone. Every function runs inside the
caller's transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, and_, delete, exists, func, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db, insert_once
from storefront.domain.download import ContentFile
from storefront.domain.picture import DIGEST_LENGTH, FOLDER, Picture
from storefront.errors import FilesUnavailable

GRACE = timedelta(hours=24)
"""A page that was loaded before, or a download under way, may still ask for the file."""

LEASE = timedelta(hours=1)
"""After so long whoever claimed a name is gone; a request to the store takes a minute at most."""


class UnusedFile(Base):
    """A file that may be deleted; `claimed_at` is set while somebody does so."""

    __tablename__ = "unused_files"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    since: Mapped[datetime] = mapped_column(index=True)
    claimed_at: Mapped[datetime | None]


_UNCLAIMED = UnusedFile.claimed_at.is_(None)
_IS_USED = or_(
    exists().where(ContentFile.storage_key == UnusedFile.name),
    and_(
        UnusedFile.name.startswith(FOLDER, autoescape=True),
        exists().where(Picture.digest == func.substr(UnusedFile.name, len(FOLDER) + 1, DIGEST_LENGTH)),
    ),
)


def note(names: Iterable[str], now: datetime) -> None:
    """Note names that nothing refers to from now on; raise `FilesUnavailable` if one is being deleted."""
    for name in sorted(names):
        if not insert_once(UnusedFile, {"name": name, "since": now}, unique="name", redo=_UNCLAIMED):
            raise FilesUnavailable(reason="a file of this name is being deleted")


def forget(names: Iterable[str]) -> None:
    """Forget names: something refers to them again, or their files are gone."""
    db.session.execute(delete(UnusedFile).where(UnusedFile.name.in_(list(names))))


def claim(now: datetime, limit: int) -> Sequence[str]:
    """Claim names whose time is over, for whoever deletes their files next; those that are used after all go."""
    is_over = UnusedFile.since < now - GRACE
    db.session.execute(delete(UnusedFile).where(is_over, _UNCLAIMED, _IS_USED))
    is_free = or_(_UNCLAIMED, UnusedFile.claimed_at < now - LEASE)
    conditions = (is_over, is_free, ~_IS_USED)
    due = db.select(UnusedFile.name).where(*conditions).order_by(UnusedFile.name).limit(limit)
    claimed = update(UnusedFile).where(UnusedFile.name.in_(due), *conditions).values(claimed_at=now)
    return db.session.scalars(claimed.returning(UnusedFile.name).execution_options(synchronize_session=False)).all()
