"""Where a request comes from: its address, and the network that it is in, as the configured proxies report them.

A proxy that writes something else than addresses would make one client of all clients behind it. Such requests have no
address, and a warning is logged once.
"""

import ipaddress
import logging
from functools import cache, lru_cache

from flask import request
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from storefront.observability.pseudonyms import pseudonym

logger = logging.getLogger(__name__)


class TrustedProxies(ProxyFix):
    """Werkzeug's ProxyFix, which also understands headers that not all of the trusted proxies added to.

    A proxy may write the header anew instead of adding to it. The first value is then what the outermost of them saw;
    with Werkzeug's own rule it would be ignored, and all clients would have the innermost proxy's address.
    """

    def _get_real_value(self, trusted: int, value: str | None) -> str | None:
        present = len(parse_list_header(value or ""))
        return super()._get_real_value(min(trusted, present), value)


def client_address() -> str:
    """Return whose address this is: an IPv4 address, or the /64 of one IPv6 household; nothing if it is unreadable."""
    return _block(request.remote_addr or "", 32, 64)


def client_network() -> str:
    """Return the IPv4 /24 or IPv6 /48 that the client is in; nothing if its address is unreadable."""
    return _block(request.remote_addr or "", 24, 48)


def network_key() -> str:
    """Return the pseudonym of the client's network; nothing if its address is unreadable."""
    return pseudonym("network", client_network())


@lru_cache(1024)
def _block(text: str, bits_v4: int, bits_v6: int) -> str:
    address = _read_address(text)
    if address is None:
        _warn_of_unreadable_addresses()
        return ""
    bits = bits_v4 if address.version == 4 else bits_v6
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False).network_address)


def _read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address in `ip`, `ip:port`, `[v6]` or `[v6]:port`, or None."""
    host = text.strip().lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


@cache
def _warn_of_unreadable_addresses() -> None:
    # Once a process, and without the text: it may be anything.
    logger.warning("a visitor's address cannot be read, so no limit counts it: check the proxy and TRUSTED_PROXIES")
