"""How often one client may do what is costly or can be abused; one table for every door.

Each rule names whom it counts: `customer` (a signed-in one), `address` (IPv4 address or IPv6 /64),
`network` (IPv4 /24 or IPv6 /48), `account` (the e-mail that was typed, whoever types it). Counters live
in Redis where it is configured, else in the process; `RATE_LIMITS=off` switches them off.

A proxy that writes something else than addresses would make one client of all its visitors. Such requests are
counted by customer and account only, and a warning says so once.
"""

import hashlib
import hmac
import ipaddress
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, request
from flask_limiter import RateLimitExceeded
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from storefront.clock import now
from storefront.extensions import limiter
from storefront.ids import digest
from storefront.limit_storage import storage_uri
from storefront.settings import settings

F = TypeVar("F", bound=Callable[..., Any])
logger = logging.getLogger(__name__)

LIMITS: Mapping[str, Mapping[str, str]] = {
    # Only failures count, so that a right password is never refused for its owner's habits.
    "login": {"address": "20 per 15 minutes", "network": "100 per 15 minutes", "account": "10 per 15 minutes"},
    "register": {"address": "30 per hour", "network": "120 per hour"},
    "recovery": {"address": "10 per hour", "network": "50 per hour", "account": "3 per hour"},
    "refresh": {"address": "60 per minute"},
    "checkout": {"customer": "30 per 10 minutes", "address": "60 per 10 minutes", "network": "240 per 10 minutes"},
    "coupon": {"customer": "60 per minute", "address": "120 per minute"},
    "estimate": {"customer": "120 per minute", "address": "240 per minute"},
    "change": {"customer": "120 per minute", "address": "240 per minute"},
    "read": {"address": "600 per minute"},
}
_ONLY_FAILURES = ("login",)


def register(app: Flask) -> None:
    """Count clients by the address that the configured proxies tell, and say on each answer what is left."""
    hops = app.extensions["settings"].TRUSTED_PROXIES
    if hops:
        app.wsgi_app = TrustedProxies(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.config["RATELIMIT_STORAGE_URI"] = storage_uri(app.extensions["settings"].REDIS_URL)
    app.config["RATELIMIT_STRATEGY"] = "fixed-window"
    limiter.init_app(app)
    app.after_request(_tell)


class TrustedProxies(ProxyFix):
    """Werkzeug's ProxyFix, which also understands headers that not all of the trusted proxies added to.

    A proxy may write the header anew instead of adding to it. The first value is then what the outermost of them saw;
    with Werkzeug's own rule it would be ignored, and all visitors would have the innermost proxy's address.
    """

    def _get_real_value(self, trusted: int, value: str | None) -> str | None:
        present = len(parse_list_header(value or ""))
        return super()._get_real_value(min(trusted, present), value)


def limited(name: str) -> Callable[[F], F]:
    """Refuse with 429 whoever calls the view more often than the table's row allows; inside of sign-in checks."""

    def decorate(view: F) -> F:
        for kind, rule in LIMITS[name].items():
            view = _guard(name, kind, rule)(view)
        return view

    return decorate


def _guard(name: str, kind: str, rule: str) -> Callable[[F], F]:
    key = _KEYS[kind]
    guard = limiter.shared_limit(
        rule,
        scope=f"{name}:{kind}",
        key_func=key,
        exempt_when=lambda: not settings().RATE_LIMITS or not key(),
        deduct_when=_failed if name in _ONLY_FAILURES else None,
    )
    return cast("Callable[[F], F]", guard)


def _failed(response: Response) -> bool:
    return response.status_code >= 400


def client_address() -> str:
    """Return whose address this is: an IPv4 address, or the /64 of one IPv6 household; nothing if it is unreadable."""
    return _block(32, 64)


def client_network() -> str:
    """Return the IPv4 /24 or IPv6 /48 that the client is in; nothing if its address is unreadable."""
    return _block(24, 48)


def network_key() -> str:
    """Return whose network this is as a keyed digest, which tells nobody the address; nothing if it is unreadable."""
    network = client_network()
    return (
        hmac.new(settings().SECRET_KEY.encode(), f"network {network}".encode(), hashlib.sha256).hexdigest()
        if network
        else ""
    )


def _block(bits_v4: int, bits_v6: int) -> str:
    address = _read_address(request.remote_addr or "")
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


def _customer() -> str:
    return str(g.get("customer_id", ""))


def _account() -> str:
    typed = (g.get("json_body") or request.form).get("email", "")
    return digest(typed.strip().lower()) if isinstance(typed, str) and typed else ""


_KEYS: Mapping[str, Callable[[], str]] = {
    "customer": _customer,
    "address": client_address,
    "network": client_network,
    "account": _account,
}


def _tell(response: Response) -> Response:
    """Add the RateLimit headers of the tightest rule that was counted, and with 429 when to come back."""
    tightest = limiter.current_limit
    if tightest is None or not settings().RATE_LIMITS:
        return response
    limit, seconds = tightest.limit, max(1, tightest.reset_at - int(now().timestamp()))
    response.headers["RateLimit-Limit"] = str(limit.amount)
    response.headers["RateLimit-Remaining"] = str(max(0, tightest.remaining))
    response.headers["RateLimit-Reset"] = str(seconds)
    if tightest.breached:  # another refusal may be a 429, too, and knows its own time
        response.headers["Retry-After"] = str(seconds)
    return response


__all__ = [
    "LIMITS",
    "RateLimitExceeded",
    "client_address",
    "client_network",
    "limited",
    "network_key",
    "register",
]
