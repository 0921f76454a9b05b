"""The secret in a guest's link to an order: computed for each email; the database keeps its digest only.

It is a signature of the order's id, so that every mail of an order has the same link and nothing has to be stored
that opens it. The digest is of the token that the order was placed with: its links outlive a rotated `SECRET_KEY`,
and those of older orders, whose tokens were random, go on working.
"""

import hmac
from base64 import urlsafe_b64encode

from storefront.domain.order import Order
from storefront.ids import digest
from storefront.settings import settings

_DIGEST = 64
"""Characters of a digest; a shorter text is a token that a process of the version before stored as it was."""


def token_of(public_id: str) -> str:
    """Return the token that opens an order, 256 bits long."""
    return sign(settings().SECRET_KEY, public_id)


def digest_of(public_id: str) -> str:
    """Return what the database keeps of an order's token."""
    return digest(token_of(public_id))


def is_token_of(order: Order, token: str | None) -> bool:
    """Return whether a token opens this order."""
    if not token:
        return False
    keys = (settings().SECRET_KEY, *settings().SECRET_KEY_FALLBACKS)
    known = {digest(sign(key, order.public_id)) for key in keys}
    is_digest = len(order.token_digest) == _DIGEST
    known.add(order.token_digest if is_digest else digest(order.token_digest))
    return digest(token) in known  # the time that comparing digests takes reveals nothing


def sign(key: str, public_id: str) -> str:
    """Return the token that a key makes for an order."""
    signature = hmac.digest(key.encode(), f"order:{public_id}".encode(), "sha256")
    return urlsafe_b64encode(signature).rstrip(b"=").decode()
