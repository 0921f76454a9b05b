"""What staff do with several products at once: publish, archive, change prices by per cent; all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant
from storefront.domain.download import ContentFile
from storefront.enums import ProductKind, ProductStatus
from storefront.errors import InvalidInput
from storefront.ids import digest
from storefront.money import PESO
from storefront.services.audit import Actor
from storefront.services.catalogue import writing
from storefront.services.catalogue.checking import price_problem

MAX_PRODUCTS = 100
"""Products of one step, which is as many as the list shows."""

LOWEST_PERCENT, HIGHEST_PERCENT = -90, 300


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What a variant costs now and would cost; `problem` says why it cannot. A compare-at price that is passed goes."""

    product_id: str
    variant: Variant
    price_minor: int
    original_price_minor: int | None
    problem: str

    @property
    def loses_original(self) -> bool:
        """Return whether its compare-at price goes, because the price reaches it."""
        return self.variant.original_price_minor is not None and self.original_price_minor is None


def publish(product_ids: Sequence[str], *, staff: Actor) -> tuple[int, list[str]]:
    """Publish products; return how many changed, and the names of those that have no file or nothing to sell yet."""
    with transaction():
        products = _lock(product_ids)
        bare = {product.id for product in products if not _can_be_published(product)}
        ready = [product for product in products if product.id not in bare]
        changed = [product for product in ready if not product.is_published]
        for product in changed:
            before = writing.facts_of(product, product.variants)
            product.status = ProductStatus.PUBLISHED
            if product.published_from is not None and product.published_from > clock.now():
                product.published_from = None  # to publish by hand means now
            product.version += 1
            writing.record(staff, product, before, writing.facts_of(product, product.variants))
        return len(changed), [product.name for product in products if product.id in bare]


def archive(product_ids: Sequence[str], *, staff: Actor) -> int:
    """Take products off sale for good and return how many were not; orders keep them."""
    with transaction():
        changed = [product for product in _lock(product_ids) if product.status != ProductStatus.ARCHIVED]
        for product in changed:
            before = writing.facts_of(product, product.variants)
            product.status = ProductStatus.ARCHIVED
            product.version += 1
            writing.record(staff, product, before, writing.facts_of(product, product.variants))
        return len(changed)


def price_changes(product_ids: Sequence[str], percent: int) -> list[PriceChange]:
    """Return what every variant of these products would cost, by name; raise `InvalidInput` for no such per cent."""
    _check_percent(percent)
    return _changes(_read(product_ids), percent)


def seen_digest(changes: Sequence[PriceChange]) -> str:
    """Return what tells these changes from others, so that nothing is applied that nobody saw."""
    return digest(repr([(one.variant.id, one.variant.price_minor, one.price_minor) for one in changes]))


def change_prices(product_ids: Sequence[str], percent: int, *, seen: str, staff: Actor) -> int:
    """Apply the changes that were `seen` and return the number of variants; raise `InvalidInput` if they differ now."""
    _check_percent(percent)
    with transaction():
        products = _lock(product_ids)
        changes = _changes(products, percent)
        if seen_digest(changes) != seen:
            raise InvalidInput({"percent": "prices_changed"})
        if any(one.problem for one in changes):
            raise InvalidInput({"percent": "out_of_range"})
        before = {product.id: writing.facts_of(product, product.variants) for product in products}
        for one in changes:
            one.variant.price_minor, one.variant.original_price_minor = one.price_minor, one.original_price_minor
        for product in products:
            product.summarise()
            product.version += 1
            writing.record(staff, product, before[product.id], writing.facts_of(product, product.variants))
        return len(changes)


def _check_percent(percent: int) -> None:
    if percent == 0 or not LOWEST_PERCENT <= percent <= HIGHEST_PERCENT:
        raise InvalidInput({"percent": "invalid"})


def _changes(products: Sequence[Product], percent: int) -> list[PriceChange]:
    return [_change(variant, percent) for product in products for variant in product.variants]


def _change(variant: Variant, percent: int) -> PriceChange:
    # Half up to the whole peso.
    price_minor = (variant.price_minor * (100 + percent) + 50 * PESO) // (100 * PESO) * PESO
    original = variant.original_price_minor
    kept = original if original is not None and original > price_minor else None
    return PriceChange(variant.product_id, variant, price_minor, kept, price_problem(price_minor))


_WITH_VARIANTS = selectinload(Product.variants)


def _lock(product_ids: Sequence[str]) -> list[Product]:
    """Return products, locked until the commit."""
    wanted = list(dict.fromkeys(product_ids))[:MAX_PRODUCTS]
    locked = update(Product).where(Product.id.in_(wanted)).values(version=Product.version)
    db.session.execute(locked.execution_options(synchronize_session=False))
    return _read(wanted)


def _read(product_ids: Sequence[str]) -> list[Product]:
    statement = select(Product).where(Product.id.in_(list(product_ids)[:MAX_PRODUCTS])).options(_WITH_VARIANTS)
    return list(db.session.scalars(statement.order_by(Product.name, Product.id)).unique())


def _can_be_published(product: Product) -> bool:
    if not product.active_variants:
        return False
    has_file = select(exists().where(ContentFile.product_id == product.id))
    return product.kind != ProductKind.DIGITAL or bool(db.session.scalar(has_file))
