"""What a test that goes live changes around the shop: where two host names of the internet lead on this machine.

Production has no setting for Stripe's address, so the SDK's own is changed.
No name server knows the shop's public name.
"""

import os
import socket

PUBLIC_NAME = "shop.fitaiid.example"

if address := os.environ.get("STRIPE_STANDS_AT"):
    import stripe._stripe_client as client

    client.DEFAULT_API_BASE = address

_resolve = socket.getaddrinfo


def _resolve_here(host, *arguments, **options):  # type: ignore[no-untyped-def]
    return _resolve("127.0.0.1" if host == PUBLIC_NAME else host, *arguments, **options)


socket.getaddrinfo = _resolve_here
