"""Pseudonyms of accounts, addresses and networks in the logs: stable, and meaningful to this shop only."""

import hmac

from storefront.settings import settings


def pseudonym(kind: str, text: str) -> str:
    """Return 16 characters for an account, an address or a network; nothing for nothing.

    The key follows from `SECRET_KEY`: whoever reads the logs cannot try addresses out.
    """
    key = hmac.digest(settings().SECRET_KEY.encode(), b"names in the security log", "sha256")
    return hmac.digest(key, f"{kind}:{text}".encode(), "sha256").hex()[:16] if text else ""
