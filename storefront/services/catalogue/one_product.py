"""One product with its variants, and for its page when a delivery would arrive and what goes with it."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from storefront.clock import now
from storefront.database import db
from storefront.domain.catalogue import Product, names_product
from storefront.domain.shipping import ShippingOption
from storefront.domain.shipping.rates import Tariff
from storefront.domain.shipping.tariff import ShippingMethod
from storefront.enums import Method, Zone
from storefront.errors import NotFound
from storefront.services.catalogue.product_cards import ProductCard
from storefront.services.catalogue.related import related_to
from storefront.services.catalogue.review_rows import ReviewShown, newest, newest_of_product
from storefront.services.catalogue.shown_products import SHOWN_COLUMNS, ProductShown, VariantShown, product_of
from storefront.services.catalogue.standard_rates import IS_STANDARD, STANDARD_COLUMNS, standard_tariff
from storefront.settings import settings

_ONE = select(*SHOWN_COLUMNS).join(Product.category).where(names_product(bindparam("key")), Product.is_published)
# All in one statement: with what goes with the product, and who is signed in, the page costs three.
_PAGE = _ONE.add_columns(newest_of_product(), *STANDARD_COLUMNS).outerjoin(ShippingMethod, IS_STANDARD)


def get_product(key: str) -> ProductShown:
    """Return a product on sale with its variants by its slug or id, or by a variant's id; or raise `NotFound`."""
    row = db.session.connection().execute(_ONE, {"key": key}).first()
    return _sold(None if row is None else product_of(row), key)


def _sold(product: ProductShown | None, key: str) -> ProductShown:
    if product is None or not product.variants:
        raise NotFound(product_id=key)
    return product


class ProductPage(NamedTuple):
    """What the page of a product needs, with its newest reviews.

    `standard` is the tariff of standard delivery.
    """

    product: ProductShown
    related: tuple[ProductCard, ...]
    reviews: tuple[ReviewShown, ...]
    standard: Tariff

    def delivery_promise(self, variant: VariantShown) -> ShippingOption | None:
        """Return what standard delivery of one unit to a main city costs, and when it arrives, ordered now."""
        if not self.product.is_physical:
            return None
        offers = self.standard.offers(Zone.MAIN, variant.price_minor, now(), settings().CUT_OFF_HOUR)
        return next((offer for offer in offers if offer.method is Method.STANDARD), None)


def get_product_page(key: str) -> ProductPage:
    """Return a product on sale, named as in `get_product`, with all that its page needs; or raise `NotFound`."""
    row = db.session.connection().execute(_PAGE, {"key": key}).first()
    if row is None:
        raise NotFound(product_id=key)
    product, (reviews, *standard) = _sold(product_of(row[:_WIDTH]), key), row[_WIDTH:]
    return ProductPage(product, related_to(product), newest(reviews), standard_tariff(standard))


_WIDTH = len(SHOWN_COLUMNS)
