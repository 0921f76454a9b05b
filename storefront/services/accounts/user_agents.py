"""The channel, network and user agent of a login, as far as a person needs them to recognise a device."""

import re
from dataclasses import dataclass

from storefront.enums import Channel

_LONGEST = 400
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The first that is found: most browsers also name those that they come from."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("okhttp", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("CFNetwork", "iPhone"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Where somebody signs in: `channel` is `web` or `api`, `network` the pseudonym of the client's network."""

    channel: Channel = Channel.WEB
    user_agent: str = ""
    network: str = ""


BROWSER = Caller()


def read(user_agent: str) -> tuple[str, str]:
    """Return the browser or app that a `User-Agent` names, and its system; empty where it names none."""
    text = user_agent[:_LONGEST]
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    if text.startswith("Mozilla/"):
        return next((name for mark, name in _BROWSERS if mark in text), ""), system
    product = _PRODUCT.match(text)
    return (product.group().strip() if product else ""), system
