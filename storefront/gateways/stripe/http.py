"""The HTTP connections to Stripe, which all threads of a process share.

The SDK's own client has a session for each thread, and so a TLS handshake for each of them, and `requests` reads the
environment's proxies and `.netrc` for every call: a twentieth of the processor time of opening a payment page.
"""

from http.cookiejar import DefaultCookiePolicy

import requests
import stripe
from requests.adapters import HTTPAdapter

_TIMEOUT = (3.05, 10)
"""Seconds to connect, and between two bytes of an answer."""

_CONNECTIONS = 32
"""As many as threads can ask at once; one that Stripe closed meanwhile is opened anew."""


def new_http_client(address: str) -> stripe.HTTPClient:
    """Return a client with connections that stay open; proxies are those of the environment at this moment.

    It is made after any fork: two processes must not write to one connection.
    """
    session = requests.Session()
    session.proxies.update(requests.utils.get_environ_proxies(address))
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # none is kept for another thread's call
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=_CONNECTIONS))
    return stripe.RequestsClient(timeout=_TIMEOUT, session=session)
