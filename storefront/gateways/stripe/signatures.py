"""Stripe's signature of a webhook: over the raw bytes, whatever they hold.

The SDK verifies text only, so that a signed body that is no UTF-8 could not be told from a forged one, and it lets any
future time pass.
"""

import hmac
from collections.abc import Sequence

from storefront.gateways.payments import EventRejected

TOLERANCE = 300
"""Seconds that an event's signature may differ from our clock, both ways."""

_LONGEST_TIME = 12


def verify(raw: bytes, header: str, secrets: Sequence[str], now: float) -> None:
    """Check that the bytes were signed with one of the secrets, just now; raise `EventRejected`.

    Two secrets are valid while one is rolled, and Stripe then sends a signature for each.
    """
    pairs = [part.partition("=") for part in header.split(",")]
    time = next((value for name, _, value in pairs if name == "t"), "")
    if not (time.isascii() and time.isdigit() and len(time) <= _LONGEST_TIME):
        raise EventRejected("no time in the signature")
    signed = time.encode() + b"." + raw
    right = [hmac.new(secret.encode(), signed, "sha256").hexdigest().encode() for secret in secrets if secret.strip()]
    given = [value.encode() for name, _, value in pairs if name == "v1"]
    if not any(hmac.compare_digest(one, other) for one in right for other in given):
        raise EventRejected("no matching signature")
    if abs(now - int(time)) > TOLERANCE:
        raise EventRejected("signed too long ago, or in the future")
