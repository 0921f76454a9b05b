"""The files of a digital product: add one, or replace one, so that everybody who owns the old one gets the new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from sqlalchemy import ColumnElement, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import unused_files
from storefront.domain.catalogue import Product
from storefront.domain.download import ContentFile
from storefront.enums import FileFormat, ProductKind
from storefront.enums.audit import AuditAction, AuditObject
from storefront.errors import ContentRefused, InvalidInput, NotFound
from storefront.gateways import file_store
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.serving.admission_queue import slot_released
from storefront.text import clean, disposition

MAX_BYTES = 500 * 1024 * 1024
MAX_NAME_LENGTH = 200
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Upload:
    """A file that is in the store, and that nothing refers to yet."""

    storage_key: str
    size: int
    format: FileFormat
    file_name: str


def list_for(product_id: str) -> Sequence[ContentFile]:
    """Return the files of a product, by name."""
    rows = select(ContentFile).where(ContentFile.product_id == product_id).order_by(ContentFile.file_name)
    return db.session.scalars(rows).all()


def add(product_id: str, upload: IO[bytes], file_name: str, *, staff: Actor) -> ContentFile:
    """Add a file to a digital product: buyers from now on get it, earlier ones when their order is issued again.

    Raises `ContentRefused`, `InvalidInput` (the name), `NotFound`, or `FilesUnavailable`.
    """
    stored = _store(product_id, upload, file_name)
    with transaction():
        _check(product_id, stored)
        file = ContentFile(product_id=product_id)
        _point(file, stored)
        db.session.add(file)
        db.session.flush()
        audit.record(staff, AuditAction.CREATED, AuditObject.FILE, file.id, after=_facts(file))
    return file


def replace(file_id: str, upload: IO[bytes], file_name: str, *, staff: Actor) -> None:
    """Replace a file; the old bytes stay for a day, for downloads under way."""
    product_id = db.session.scalar(select(ContentFile.product_id).where(ContentFile.id == file_id))
    if product_id is None:
        raise NotFound(file_id=file_id)
    stored = _store(product_id, upload, file_name)
    with transaction():
        _check(product_id, stored, ContentFile.id != file_id)
        file = db.session.get_one(ContentFile, file_id, with_for_update=True, populate_existing=True)
        before = _facts(file)
        if file.storage_key != stored.storage_key:
            unused_files.note([file.storage_key], clock.now())
        _point(file, stored)
        audit.record(staff, AuditAction.CHANGED, AuditObject.FILE, file.id, before=before, after=_facts(file))


def _facts(file: ContentFile) -> dict[str, object]:
    return {"product_id": file.product_id, "file_name": file.file_name, "size_bytes": file.size_bytes}


def _store(product_id: str, upload: IO[bytes], file_name: str) -> _Upload:
    """Put an upload into the store under a name that follows from what it contains."""
    name = clean(file_name)
    if not name or len(name) > MAX_NAME_LENGTH:
        raise InvalidInput({"file_name": "too_long" if name else "required"})
    kind = db.session.scalar(select(Product.kind).where(Product.id == product_id))
    if kind is None:
        raise NotFound(product_id=product_id)
    if kind != ProductKind.DIGITAL:
        raise ContentRefused(reason="not_digital")
    with slot_released():
        format_, digest, size = _measure(upload)
    key = f"content/{product_id.lower()}/{digest[:32]}.{format_}"
    with transaction():
        unused_files.note([key], clock.now())
    file_store().write(key, upload, media_type=format_.media_type, disposition=disposition(name))
    return _Upload(key, size, format_, name)


def _measure(upload: IO[bytes]) -> tuple[FileFormat, str, int]:
    """Return what an upload is by its content, the digest of it, and its size; leave it at its start."""
    upload.seek(0)
    digest, size, format_ = sha256(), 0, None
    while piece := upload.read(_CHUNK):
        format_ = format_ or _format_of(piece)
        digest.update(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise ContentRefused(reason="too_many_bytes", megabytes=MAX_BYTES // 1024 // 1024)
    if format_ is None:
        raise ContentRefused(reason="empty")
    upload.seek(0)
    return format_, digest.hexdigest(), size


def _format_of(head: bytes) -> FileFormat:
    if head.startswith(b"%PDF-"):
        return FileFormat.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileFormat.ZIP
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return FileFormat.MP4
    raise ContentRefused(reason="type")


_MP4_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"}


def _check(product_id: str, stored: _Upload, *others: ColumnElement[bool]) -> None:
    """Refuse a name or content that another file of the product has; its row is locked until the commit."""
    db.session.scalar(select(Product.id).where(Product.id == product_id).with_for_update())
    rows = select(ContentFile).where(ContentFile.product_id == product_id, *others)
    for other in db.session.scalars(rows.execution_options(populate_existing=True)):
        if other.storage_key == stored.storage_key:
            raise ContentRefused(reason="known")
        if other.file_name == stored.file_name:
            raise InvalidInput({"file_name": "taken"})


def _point(file: ContentFile, stored: _Upload) -> None:
    file.file_name, file.format, file.size_bytes = stored.file_name, stored.format, stored.size
    file.storage_key = stored.storage_key
    unused_files.forget([stored.storage_key])
