"""Links to one download: signed, short-lived, and each with a name of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from storefront import clock
from storefront.errors import DownloadOver, NotFound
from storefront.ids import new_id
from storefront.settings import settings

LIFE = timedelta(minutes=10)
"""How long a link opens a download; a transfer that began in time may last longer."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that needs nothing else: `token` is its last part."""

    token: str
    expires_at: datetime

    @property
    def url(self) -> str:
        """Return the whole address."""
        return f"{settings().BASE_URL}/downloads/{self.token}"


@dataclass(frozen=True, slots=True)
class Named:
    """What a good link names: an entitlement, and itself."""

    entitlement_id: str
    name: str
    expires_at: datetime


def issue(entitlement_id: str) -> Link:
    """Return a new link to an entitlement."""
    expires_at = (clock.now() + LIFE).replace(microsecond=0)
    return Link(_signer().dumps([entitlement_id, new_id(), int(expires_at.timestamp())]), expires_at)


def read(token: str) -> Named:
    """Return what a link names; raise `NotFound` if we did not sign it, `DownloadOver` if its time is over."""
    try:
        entitlement_id, name, seconds = _signer().loads(token)
    except (BadData, ValueError) as error:
        raise NotFound() from error
    expires_at = datetime.fromtimestamp(seconds, UTC)
    if expires_at <= clock.now():
        raise DownloadOver("download_expired", is_link=True)
    return Named(entitlement_id, name, expires_at)


def _signer() -> URLSafeSerializer:
    keys = [*settings().SECRET_KEY_FALLBACKS, settings().SECRET_KEY]  # the last one signs, each of them verifies
    return URLSafeSerializer(keys, salt="download")
