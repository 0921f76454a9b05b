"""Downloading through a link, and the use that it costs.

A whole download takes a use when it begins and gets it back if it breaks; parts fetched under one link
share one use. No transaction is open while bytes flow. Locks go in one order: download, entitlement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.library import ContentFile, Download, Entitlement, return_use, take_use
from storefront.errors import DownloadOver, NotFound
from storefront.gateways import content_store
from storefront.ids import digest, new_id
from storefront.services import links
from storefront.services.links import Named


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
    """Bytes under way; the door calls `finish` after the last of them, or `break_off`, but never both."""

    claim_id: str
    is_last_part: bool
    pieces: Iterator[bytes]

    def finish(self) -> None:
        """Note that all bytes left; with the file's last byte the use is spent.

        A use that was given back meanwhile, because the transfer outlived its link, is taken again.
        """
        with transaction():
            claim = _lock(self.claim_id)
            claim.streams -= 1
            if self.is_last_part:
                if claim.state == "returned":
                    take_use(claim.entitlement_id, clock.now())
                claim.state = "done"

    def break_off(self) -> None:
        """Note that the transfer broke; the use is given back unless another part still flows under it."""
        with transaction():
            claim = _lock(self.claim_id)
            claim.streams -= 1
            if claim.streams <= 0:
                _give_back(claim)


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
    is_under_way = entitlement.downloads_left == 0 and _is_claimed(link)
    entitlement.require("ready", *(["used_up"] if is_under_way else []), now=clock.now())
    stored = content_store().find(file.storage_key)
    etag = digest(f"{file.id}:{stored.version}")[:32]
    return Ticket(link, file.file_name, file.format, file.storage_key, stored.size, etag)


def begin(ticket: Ticket, start: int = 0, stop: int | None = None, *, is_part: bool = False) -> Transfer:
    """Claim a use and return the bytes from `start` up to `stop`; raise `DownloadOver` if none is left.

    A part joins the claim that its link made before. Of any number of callers at once, the last use
    goes to one.
    """
    stop = ticket.size if stop is None else stop
    claim_id = _claim(ticket.link, is_part=is_part)
    return Transfer(claim_id, stop >= ticket.size, content_store().read(ticket.storage_key, start, stop))


def hand_over(ticket: Ticket, *, is_part: bool = False) -> Path | None:
    """Claim a use for a web server that sends the file itself, and return where it lies; None if it cannot.

    What becomes of the bytes is out of sight, so the use counts as spent.
    """
    path = content_store().local_path(ticket.storage_key)
    if path is not None:
        Transfer(_claim(ticket.link, is_part=is_part), True, iter(())).finish()
    return path


def return_unfinished(limit: int = 100) -> int:
    """Give back the uses of downloads that never ended and whose link is over; return how many."""
    is_over = (Download.state == "open", Download.link_expires_at <= clock.now())
    claims = db.session.scalars(select(Download.id).where(*is_over).order_by(Download.id).limit(limit)).all()
    for claim_id in claims:
        with transaction():
            _give_back(_lock(claim_id))
    return len(claims)


def _claim(link: Named, *, is_part: bool) -> str:
    while True:
        try:
            with transaction():
                joined = _join(link) if is_part else None
                return joined or _take(link, is_part)
        except _Overtaken:
            continue


def _join(link: Named) -> str | None:
    """Join the claim that this link made, if it made one that still counts."""
    mine = select(Download.id).where(Download.link == link.name, Download.state != "returned").limit(1)
    return db.session.scalar(
        update(Download)
        .where(Download.id == mine.scalar_subquery(), Download.state != "returned")
        .values(streams=Download.streams + 1)
        .returning(Download.id)
        .execution_options(synchronize_session=False)
    )


def _take(link: Named, is_part: bool) -> str:
    now = clock.now()
    is_taken = take_use(link.entitlement_id, now)
    # Two first parts at once meet at the row above: the later one finds here what the earlier one claimed.
    if is_part and _is_claimed(link):
        raise _Overtaken
    if not is_taken:
        raise _refusal(link, now)
    claim = Download(
        id=new_id(),
        entitlement_id=link.entitlement_id,
        link=link.name,
        started_at=now,
        link_expires_at=link.expires_at,
    )
    db.session.add(claim)
    return claim.id


def _give_back(claim: Download) -> None:
    if claim.state == "open":
        claim.state = "returned"
        return_use(claim.entitlement_id)


def _refusal(link: Named, now: datetime) -> DownloadOver:
    entitlement = db.session.get(Entitlement, link.entitlement_id, populate_existing=True)
    if entitlement is not None:
        try:
            entitlement.require("ready", now=now)
        except DownloadOver as reason:
            return reason
    return DownloadOver("download_limit_reached")


def _is_claimed(link: Named) -> bool:
    claim = select(Download.id).where(Download.link == link.name, Download.state != "returned")
    return db.session.scalar(claim.limit(1)) is not None


def _lock(claim_id: str) -> Download:
    return db.session.get_one(Download, claim_id, with_for_update=True, populate_existing=True)
