"""Origins of web addresses and schemes of apps, parsed piece by piece and never compared by prefix."""

import re
from urllib.parse import urlsplit

Origin = tuple[str, str, int]
"""Scheme, host and port."""

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(?=[^/?#])", re.IGNORECASE)

_APP_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_AUTHORITY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NO_APP = {
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "view-source",
    "ftp",
    "ws",
    "wss",
    "http",
    "https",
}


def origin(url: str) -> Origin | None:
    """Return (scheme, host, port) of a web address, or None if anything about it is unusual."""
    found = SCHEME.match(url)
    if not found or found[1].lower() not in _DEFAULT_PORTS:
        return None
    scheme = found[1].lower()
    authority = re.split(r"[/?#]", url[found.end() :], maxsplit=1)[0]
    if not _AUTHORITY.fullmatch(authority):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or host.endswith(".") or ".." in host or host.startswith((".", "-")) or parts.netloc != authority:
        return None
    return scheme, host, port if port is not None else _DEFAULT_PORTS[scheme]


def app_scheme(entry: str) -> str | None:
    """Return the scheme that an entry such as ``fitaiid://`` opens an app by, or None if it is no such entry."""
    found = _APP_SCHEME.fullmatch(entry)
    return found[1].lower() if found and found[1].lower() not in _NO_APP else None


def is_bare(url: str) -> bool:
    """Return whether a web address is its origin and nothing more: no path, no query."""
    return origin(url) is not None and "/" not in url.rstrip("/").split("://", 1)[1] and not set(url) & set("?#")
