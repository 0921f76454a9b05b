"""Products as staff make and change them, each with its variants in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant
from storefront.enums import ProductStatus
from storefront.errors import InvalidInput, NotFound
from storefront.services.audit import Actor
from storefront.services.catalogue import writing
from storefront.services.catalogue.checking import MAX_NAME
from storefront.services.catalogue.drafts import ProductDraft, draft_of
from storefront.text import slug_from

_COPY, _COPY_EN = " (copia)", " (copy)"


def get(product_id: str) -> Product:
    """Return a product in any state with its variants, or raise `NotFound`."""
    variants = selectinload(Product.variants).lazyload(Variant.product)
    product = db.session.scalar(select(Product).where(Product.id == product_id).options(variants))
    if product is None:
        raise NotFound(product_id=product_id)
    return product


def create(draft: ProductDraft, *, staff: Actor) -> str:
    """Add a product and return its id; raise `InvalidInput` with the fields of the draft."""
    with _collisions_told(draft, None), transaction():
        return writing.add(draft, staff=staff, now=clock.now()).id


def change(product_id: str, version: int, draft: ProductDraft, *, staff: Actor) -> None:
    """Change a product that was read at `version`.

    Raises `NotFound`, `InvalidInput` with the fields of the draft, or `EditConflict` with both versions.
    """
    with _collisions_told(draft, product_id), transaction():
        writing.change(product_id, version, draft, staff=staff, now=clock.now())


def duplicate(product_id: str, *, staff: Actor) -> str:
    """Add a draft that is like a product, with article numbers and an address of its own, and return its id."""
    with transaction():
        draft = draft_of(get(product_id))
        variants = tuple(replace(one, sku="", barcode="") for one in draft.variants)
        copy = replace(
            draft,
            slug="",
            name=draft.name[: MAX_NAME - len(_COPY)] + _COPY,
            name_en=draft.name_en[: MAX_NAME - len(_COPY_EN)] + _COPY_EN,
            status=ProductStatus.DRAFT,
            published_from=None,
            variants=variants,
        )
        return writing.add(copy, staff=staff, now=clock.now()).id


@contextmanager
def _collisions_told(draft: ProductDraft, product_id: str | None) -> Iterator[None]:
    """Turn a unique key that somebody else took a moment ago into the problem of its field."""
    try:
        yield
    except IntegrityError as error:
        if problems := writing.taken(draft, draft.slug or slug_from(draft.name), product_id):
            raise InvalidInput(problems) from error
        raise
