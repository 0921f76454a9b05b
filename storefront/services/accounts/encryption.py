"""Secrets that the shop must read again: encrypted with a key that follows from `SECRET_KEY`, which no dump has."""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from storefront.settings import settings


def encrypt(text: str) -> str:
    """Return a text as the database keeps it (Fernet: AES-128-CBC and HMAC-SHA-256)."""
    return _box().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str | None:
    """Return the text; None if the key that it was encrypted with was taken away."""
    try:
        return _box().decrypt(encrypted).decode()
    except InvalidToken:
        return None


def encrypt_again(encrypted: str) -> str:
    """Return it encrypted with the present key, for a text that an earlier one may have encrypted."""
    return _box().rotate(encrypted).decode()


def _box() -> MultiFernet:
    secrets = (settings().SECRET_KEY, *settings().SECRET_KEY_FALLBACKS)  # the first one encrypts, each of them decrypts
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(secret))) for secret in secrets])


def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"secrets of second factors", "sha256")
