"""Where a buyer may be sent after paying: parsed and compared piece by piece, never by prefix."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from storefront.errors import ReturnUrlNotAllowed
from storefront.origins import SCHEME, app_scheme, origin

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
MAX_LENGTH = 2048

_PRINTABLE = re.compile(r"[\x21-\x7e]+")


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
    """Return whether browsers and libraries all read this text alike: no space, control, backslash or ``@`` host."""
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
    scheme = app_scheme(entry)
    if scheme is None:
        return origin(url) is not None and origin(url) == origin(entry)
    found = SCHEME.match(url)
    # Stripe takes an app's scheme in lower case only.
    if not found or found[1] != scheme:
        return False
    authority = re.split(r"[/?#]", url[found.end() :], maxsplit=1)[0]
    return bool(re.fullmatch(r"[A-Za-z0-9_.-]+", authority)) and not authority.endswith(".")
