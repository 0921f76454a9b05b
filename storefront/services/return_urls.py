"""Where a buyer may be sent after paying: parsed and compared piece by piece, never by prefix."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from storefront.errors import ReturnUrlNotAllowed

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
MAX_LENGTH = 2048

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(?=[^/?#])", re.IGNORECASE)
_APP_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_AUTHORITY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NEVER = {"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "ftp", "ws", "wss"}


def check(url: str, allowed: Iterable[str], *, field: str) -> str:
    """Return the address if it leads to an allowed origin or app, or raise `ReturnUrlNotAllowed`.

    `allowed` are origins (`https://shop.example`, port exact) and app schemes (`fitaiid://`).
    """
    if not _is_clean(url) or not any(_leads_to(url, entry) for entry in allowed):
        raise ReturnUrlNotAllowed(field=field)
    return url


def with_session(url: str) -> str:
    """Return a success address that carries the session's id: appended to the query where it is missing."""
    if PLACEHOLDER in url:
        return url
    address, mark, fragment = url.partition("#")
    glue = "?" if "?" not in address else "" if address.endswith(("?", "&")) else "&"
    return f"{address}{glue}session_id={PLACEHOLDER}{mark}{fragment}"


def _is_clean(url: str) -> bool:
    """Tell whether every browser and library reads this text alike: no spaces, controls, backslashes or ``@`` host."""
    if not url or len(url) > MAX_LENGTH or not _PRINTABLE.fullmatch(url):
        return False
    if (
        any(char in url for char in '\\<>"^`|')
        or "{" in url.replace(PLACEHOLDER, "")
        or "}" in url.replace(PLACEHOLDER, "")
    ):
        return False
    decoded = unquote(url)
    return "\\" not in decoded and all(char.isprintable() for char in decoded)


def _leads_to(url: str, entry: str) -> bool:
    app = _APP_SCHEME.fullmatch(entry)
    return _opens_app(url, app[1].lower()) if app else _origin(url) is not None and _origin(url) == _origin(entry)


def _opens_app(url: str, scheme: str) -> bool:
    found = _SCHEME.match(url)
    # Stripe takes an app's scheme in lower case only.
    if scheme in _NEVER or scheme in _DEFAULT_PORTS or not found or found[1] != scheme:
        return False
    authority = re.split(r"[/?#]", url[found.end() :], maxsplit=1)[0]
    return bool(re.fullmatch(r"[A-Za-z0-9_.-]+", authority)) and not authority.endswith(".")


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return (scheme, host, port) of a web address, or None if anything about it is unusual."""
    found = _SCHEME.match(url)
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
