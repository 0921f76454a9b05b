"""The Host header, written in one way before Flask compares it with TRUSTED_HOSTS, and the scheme of the shop."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

HEALTH_PATHS = ("/healthz", "/readyz")
"""Load balancers ask for these by IP address or, in HTTP/1.0, without any host."""


def register(app: Flask) -> None:
    """Read a host name whatever its case and its trailing dot, and answer `/healthz` under any name."""
    app.wsgi_app = HostNames(app.wsgi_app, app.extensions["settings"].BASE_URL)  # type: ignore[method-assign]


class HostNames:
    """WSGI middleware that rewrites the Host header; Flask itself refuses the names that are not the shop's.

    The scheme is that of BASE_URL, whatever a proxy or a client sends: where an address is redirected to the way it is
    written, Flask names the scheme, and `http` would send the client's next request over the network in clear.
    """

    def __init__(self, application: Application, base_url: str) -> None:
        self._application = application
        base = urlsplit(base_url)
        self._scheme, self._own = base.scheme, base.netloc

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        environ["wsgi.url_scheme"] = self._scheme
        if environ.get("PATH_INFO") in HEALTH_PATHS:
            environ["HTTP_HOST"] = self._own
        elif "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = canonical(environ["HTTP_HOST"])
        return self._application(environ, start_response)


def canonical(host: str) -> str:
    """Return `host:port` in lower case and without the dot of a fully qualified name."""
    name, colon, port = host.lower().partition(":")
    return name.removesuffix(".") + colon + port
