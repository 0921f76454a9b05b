"""Signed links to a product that is not published: whoever has one sees its page for a week."""

from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from storefront import clock
from storefront.domain.catalogue import Product
from storefront.errors import NotFound
from storefront.services.catalogue import editing
from storefront.settings import settings

LIFE = timedelta(days=7)
"""How long a link shows a draft."""


def issue(product_id: str) -> str:
    """Return the last part of a new link to a product."""
    return _signer().dumps([product_id, int((clock.now() + LIFE).timestamp())])


def open_product(token: str) -> Product:
    """Return the product that a link shows; raise `NotFound` if we did not sign it or its time is over."""
    try:
        product_id, seconds = _signer().loads(token)
        expires_at = datetime.fromtimestamp(seconds, UTC)
    except (BadData, ValueError, TypeError) as error:
        raise NotFound() from error
    if expires_at <= clock.now():
        raise NotFound()
    return editing.get(str(product_id))


def _signer() -> URLSafeSerializer:
    keys = [*settings().SECRET_KEY_FALLBACKS, settings().SECRET_KEY]  # the last one signs, each of them verifies
    return URLSafeSerializer(keys, salt="product preview")
