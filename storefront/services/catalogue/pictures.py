"""Pictures of products: add, reorder, describe, remove; and the file of one for a browser.

A picture is encoded and stored outside of any transaction; a short one refers to it afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import exists, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import unused_files
from storefront.domain.catalogue import Product, Variant
from storefront.domain.order import OrderLine
from storefront.domain.picture import FOLDER, MAX_ALT_LENGTH, Picture, is_file_name, media_type
from storefront.enums.audit import AuditAction, AuditObject
from storefront.errors import InvalidInput, NotFound
from storefront.gateways import file_store
from storefront.gateways.files import ContentMissing
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue.picture_encoding import encode
from storefront.text import clean


@dataclass(frozen=True, slots=True)
class AltText:
    """What a picture shows, in words, in both languages; a decorative picture needs none."""

    es: str = ""
    en: str = ""
    is_decorative: bool = False


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file of a picture: its bytes, and where a web server on this machine finds it, if it can."""

    media_type: str
    size: int
    storage_key: str
    local_path: Path | None
    pieces: Iterator[bytes]


def list_for(product_id: str) -> Sequence[Picture]:
    """Return a product's pictures in their order."""
    rows = select(Picture).where(Picture.product_id == product_id).order_by(Picture.position, Picture.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def add(product_id: str, upload: IO[bytes], alt: AltText, *, staff: Actor, variant_id: str | None = None) -> Picture:
    """Add a picture behind the others of a product; it may show one of its variants only.

    Raises `PictureRefused`, `InvalidInput` (alternative texts), `NotFound`, or `FilesUnavailable`.
    """
    alt = _checked(alt)
    encoded = encode(upload)
    files = {f"{FOLDER}{encoded.digest}{ending}": content for ending, content in encoded.files.items()}
    with transaction():
        unused_files.note(files, clock.now())
    store = file_store()
    for name, content in files.items():
        store.write(name, content, media_type=media_type(name))
    with transaction():
        _lock(product_id)
        _check_variant(variant_id, product_id)
        last = max((picture.position for picture in list_for(product_id)), default=-1)
        picture = Picture(
            product_id=product_id,
            variant_id=variant_id,
            position=last + 1,
            digest=encoded.digest,
            width=encoded.width,
            height=encoded.height,
            alt_es=alt.es,
            alt_en=alt.en,
            is_decorative=alt.is_decorative,
            created_at=clock.now(),
        )
        db.session.add(picture)
        db.session.flush()
        unused_files.forget(files)
        audit.record(staff, AuditAction.CREATED, AuditObject.PICTURE, picture.id, after=_facts(picture))
    return picture


def reorder(product_id: str, picture_ids: Sequence[str], *, staff: Actor) -> None:
    """Put pictures of a product into this order; those that are not named, because they are new, come last."""
    with transaction():
        _lock(product_id)
        places = {picture_id: place for place, picture_id in enumerate(picture_ids)}
        before = list_for(product_id)
        ordered = sorted(before, key=lambda picture: places.get(picture.id, len(places)))
        for place, picture in enumerate(ordered):
            picture.position = place
        former, later = ({"pictures": [picture.id for picture in one]} for one in (before, ordered))
        audit.record(staff, AuditAction.CHANGED, AuditObject.PRODUCT, product_id, before=former, after=later)


def describe(picture_id: str, alt: AltText, *, staff: Actor, variant_id: str | None = None) -> None:
    """Change what a picture shows in words, and the one variant that it shows, or None for all of them."""
    alt = _checked(alt)
    with transaction():
        picture = _get(picture_id)
        _check_variant(variant_id, picture.product_id)
        before = _facts(picture)
        picture.variant_id = variant_id
        picture.alt_es, picture.alt_en, picture.is_decorative = alt.es, alt.en, alt.is_decorative
        audit.record(staff, AuditAction.CHANGED, AuditObject.PICTURE, picture.id, before=before, after=_facts(picture))


def remove(picture_id: str, *, staff: Actor) -> None:
    """Remove a picture; its files stay for a day, because pages that show it were loaded before.

    Those of a picture that orders show stay for ever.
    """
    with transaction():
        picture = _get(picture_id)
        sold = exists().where(OrderLine.product_id == picture.product_id, OrderLine.image == picture.name)
        if not db.session.scalar(select(sold)):
            unused_files.note(picture.names, clock.now())
        db.session.delete(picture)
        audit.record(staff, AuditAction.REMOVED, AuditObject.PICTURE, picture.id, before=_facts(picture))


def open_file(name: str) -> PictureFile:
    """Return a file of a picture by the last part of its address, or raise `NotFound`."""
    if not is_file_name(name):
        raise NotFound()
    store, key = file_store(), f"{FOLDER}{name}"
    try:
        size = store.find(key).size
    except ContentMissing as error:
        raise NotFound() from error
    return PictureFile(media_type(name), size, key, store.local_path(key), store.read(key, 0, size))


def _facts(picture: Picture) -> dict[str, object]:
    return {
        "product_id": picture.product_id,
        "variant_id": picture.variant_id,
        "digest": picture.digest,
        "alt_es": picture.alt_es,
        "alt_en": picture.alt_en,
        "is_decorative": picture.is_decorative,
    }


def _checked(alt: AltText) -> AltText:
    if alt.is_decorative:
        return AltText(is_decorative=True)
    texts = {"alt_es": clean(alt.es), "alt_en": clean(alt.en)}
    problems = {name: "required" for name, text in texts.items() if not text}
    problems |= {name: "too_long" for name, text in texts.items() if len(text) > MAX_ALT_LENGTH}
    if problems:
        raise InvalidInput(problems)
    return AltText(texts["alt_es"], texts["alt_en"])


def _check_variant(variant_id: str | None, product_id: str) -> None:
    belongs = select(Variant.id).where(Variant.id == variant_id, Variant.product_id == product_id)
    if variant_id is not None and db.session.scalar(belongs) is None:
        raise InvalidInput({"variant": "invalid"})


def _lock(product_id: str) -> None:
    if db.session.scalar(select(Product.id).where(Product.id == product_id).with_for_update()) is None:
        raise NotFound(product_id=product_id)


def _get(picture_id: str) -> Picture:
    picture = db.session.get(Picture, picture_id, with_for_update=True, populate_existing=True)
    if picture is None:
        raise NotFound(picture_id=picture_id)
    return picture
