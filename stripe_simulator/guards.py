"""Who may use the control endpoints and the dashboard: this machine, and no foreign web page."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import abort, request


def require_local() -> None:
    """Refuse other machines, other host names and pages of other origins."""
    if not is_loopback(request.remote_addr or ""):
        abort(403, "Only this machine may do that.")
    if not is_local_name(f"//{request.host}"):
        abort(403, "Only a loopback address may be used for that.")
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin is not None and not is_local_name(origin):
        abort(403, "A page of another origin may not do that.")


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_local_name(url: str) -> bool:
    """Say whether a URL's host is `localhost` or a loopback address; other names may be made to mean this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host == "localhost" or is_loopback(host)
