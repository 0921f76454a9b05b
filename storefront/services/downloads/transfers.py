"""Downloading through a link, and the use that it costs.

A whole download takes a use when it begins and gets it back if it breaks; parts fetched under one link
share one use, as long as they are not much more than one copy of the file together. Whoever fetched nearly all of
a file has downloaded it, at once or bit by bit. No transaction is open while bytes flow. Locks go in one order:
download, entitlement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.download import ContentFile, Download, Entitlement, take_use
from storefront.enums import DownloadState, EntitlementState
from storefront.errors import DownloadOver, NotFound
from storefront.gateways import file_store
from storefront.ids import digest, new_id
from storefront.services.downloads import links
from storefront.services.downloads.links import Named

_NEARLY = (9, 10)
"""So much of a file is as good as all of it."""

_SHARE = (3, 2)
"""Under one use flow the file's bytes and half as many, for parts that broke and are fetched again."""

_SIGNED = timedelta(minutes=2)
"""For so long a transfer can begin at the store; to resume a later one the browser comes back to our link."""

_SHARE_UNSEEN = (2, 1)
"""Where somebody else sends the file, what broke is not seen: a whole file, and one more that resumes it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A file that a link leads to, with what a client may know before it costs anything."""

    link: Named
    file_name: str
    format: str
    storage_key: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer that runs; the view calls `finish` after the last byte, or `break_off`, but never both."""

    claim_id: str
    length: int
    is_last_part: bool
    pieces: Iterator[bytes]

    def finish(self) -> None:
        """Note that all bytes left; with the file's last byte, or nearly all of it, the use is spent."""
        with transaction():
            claim = self._end(self.length)
            if self.is_last_part or _is_nearly_all(claim.sent_bytes, claim.size_bytes):
                _spend(claim)

    def break_off(self, sent: int = 0) -> None:
        """Note that the transfer broke after so many bytes.

        The use is given back unless another part still flows under it, or nearly everything came over.
        """
        with transaction():
            claim = self._end(sent)
            if _is_nearly_all(claim.sent_bytes, claim.size_bytes):
                _spend(claim)
            elif claim.streams <= 0:
                _give_back(claim)

    def _end(self, sent: int) -> Download:
        claim = _lock(self.claim_id)
        claim.streams -= 1
        claim.promised_bytes -= self.length
        claim.sent_bytes += sent
        return claim


class _Overtaken(Exception):
    """Another part of the same link has just taken the use that this one wants to share."""


def present(token: str) -> Ticket:
    """Return what a link leads to, at no cost; raise `NotFound` or `DownloadOver`."""
    link = links.read(token)
    row = db.session.execute(
        select(Entitlement, ContentFile)
        .join(ContentFile, ContentFile.id == Entitlement.file_id)
        .where(Entitlement.id == link.entitlement_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound()
    entitlement, file = row
    # A link that took the last use may still fetch the parts that are missing.
    is_under_way = entitlement.downloads_left == 0 and _has_claim(link.name, 0, None)
    entitlement.require(EntitlementState.READY, *([EntitlementState.USED_UP] if is_under_way else []), now=clock.now())
    stored = file_store().find(file.storage_key)
    etag = digest(f"{file.id}:{stored.version}")[:32]
    return Ticket(link, file.file_name, file.format, file.storage_key, stored.size, etag)


def begin(ticket: Ticket, start: int = 0, stop: int | None = None, *, is_part: bool = False) -> Transfer:
    """Claim a use and return the bytes from `start` up to `stop`; raise `DownloadOver` if none is left.

    A part joins the claim that its link made before, if its bytes still fit in. Of any number of callers at once, the
    last use goes to one.
    """
    stop = ticket.size if stop is None else stop
    claim_id = _claim(ticket, stop - start, is_part=is_part, share=_SHARE)
    pieces = file_store().read(ticket.storage_key, start, stop)
    return Transfer(claim_id, stop - start, stop >= ticket.size, pieces)


def hand_over(
    ticket: Ticket, length: int | None = None, *, is_part: bool = False, has_server_in_front: bool = True
) -> Path | str | None:
    """Claim a use for whoever else sends the file: its address at the store, or its path for the web server in front.

    None if the shop has to send it. `length` is how much of the file will be sent, all of it where that is not known.
    What becomes of the bytes is out of sight, so the use counts as spent.
    """
    store, key = file_store(), ticket.storage_key
    place = store.signed_url(key, _SIGNED) or (store.local_path(key) if has_server_in_front else None)
    length = ticket.size if length is None else length
    if place is not None:
        claim_id = _claim(ticket, length, is_part=is_part, share=_SHARE_UNSEEN)
        Transfer(claim_id, length, True, iter(())).finish()
    return place


def return_unfinished(limit: int = 100) -> int:
    """Give back the uses of downloads that never ended and whose link is over; return how many."""
    is_over = (Download.state == DownloadState.OPEN, Download.link_expires_at <= clock.now())
    claims = db.session.scalars(select(Download.id).where(*is_over).order_by(Download.id).limit(limit)).all()
    for claim_id in claims:
        with transaction():
            _give_back(_lock(claim_id))
    return len(claims)


def _claim(ticket: Ticket, length: int, *, is_part: bool, share: tuple[int, int]) -> str:
    most = ticket.size * share[0] // share[1]
    while True:
        try:
            with transaction():
                joined = _join(ticket.link, length, most) if is_part else None
                return joined or _take(ticket, length, most if is_part else None)
        except _Overtaken:
            continue


def _join(link: Named, length: int, most: int) -> str | None:
    """Join a claim that this link made, if one still counts and so many more bytes fit in."""
    fitting = _fitting(link.name, length, most)
    return db.session.scalar(
        update(Download)
        .where(Download.id == select(Download.id).where(*fitting).limit(1).scalar_subquery(), *fitting)
        .values(streams=Download.streams + 1, promised_bytes=Download.promised_bytes + length)
        .returning(Download.id)
        .execution_options(synchronize_session=False)
    )


def _take(ticket: Ticket, length: int, most: int | None) -> str:
    """Take a use for a claim of its own; `most` is what may flow under a claim that parts share, None for a whole."""
    now, link = clock.now(), ticket.link
    is_taken = take_use(link.entitlement_id, now)
    # Two first parts at once meet at the row above: the later one finds here what the earlier one claimed.
    if most is not None and _has_claim(link.name, length, most):
        raise _Overtaken
    if not is_taken:
        raise _refusal(link, now)
    claim = Download(
        id=new_id(),
        entitlement_id=link.entitlement_id,
        link=link.name,
        size_bytes=ticket.size,
        promised_bytes=length,
        started_at=now,
        link_expires_at=link.expires_at,
    )
    db.session.add(claim)
    return claim.id


def _spend(claim: Download) -> None:
    """Let a use be used; one that was given back because the transfer outlived its link is taken again."""
    if claim.state == DownloadState.RETURNED:
        take_use(claim.entitlement_id, clock.now())
    claim.state = DownloadState.DONE


def _give_back(claim: Download) -> None:
    """Give a use back, unless what came over in this and earlier broken downloads is as good as the file."""
    if claim.state != DownloadState.OPEN:
        return
    right = db.session.get_one(Entitlement, claim.entitlement_id, with_for_update=True, populate_existing=True)
    right.loose_bytes += claim.sent_bytes
    if _is_nearly_all(right.loose_bytes, claim.size_bytes):
        right.loose_bytes = max(0, right.loose_bytes - claim.size_bytes)
        claim.state = DownloadState.DONE
    else:
        right.downloads_left += 1
        claim.state = DownloadState.RETURNED


def _is_nearly_all(sent: int, size: int) -> bool:
    return sent > 0 and sent * _NEARLY[1] >= size * _NEARLY[0]


def _refusal(link: Named, now: datetime) -> DownloadOver:
    entitlement = db.session.get(Entitlement, link.entitlement_id, populate_existing=True)
    if entitlement is not None:
        try:
            entitlement.require(EntitlementState.READY, now=now)
        except DownloadOver as reason:
            return reason
    return DownloadOver("download_limit_reached")


def _fitting(link_name: str, length: int, most: int | None) -> list[ColumnElement[bool]]:
    """Return what holds for a claim of a link that so many bytes can still flow under."""
    found = [Download.link == link_name, Download.state != DownloadState.RETURNED]
    if most is not None:
        found.append(Download.sent_bytes + Download.promised_bytes + length <= most)
    return found


def _has_claim(link_name: str, length: int, most: int | None) -> bool:
    claim = select(Download.id).where(*_fitting(link_name, length, most))
    return db.session.scalar(claim.limit(1)) is not None


def _lock(claim_id: str) -> Download:
    return db.session.get_one(Download, claim_id, with_for_update=True, populate_existing=True)
