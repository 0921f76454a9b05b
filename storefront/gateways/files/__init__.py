"""The file store of the shop: pictures, which are public, and what is sold as files, which is private.

A folder, or a bucket of an S3-compatible service: `open_store` chooses by `FILES_URL`.
"""

from collections.abc import Mapping
from pathlib import Path

from storefront.gateways.files.folder import FolderStore
from storefront.gateways.files.object_store import ObjectStore
from storefront.gateways.files.store import CHUNK, ContentMissing, FileStore, StoredFile

__all__ = ["CHUNK", "ContentMissing", "FileStore", "FolderStore", "ObjectStore", "StoredFile", "open_store"]


def open_store(url: str, folder: Path, access: Mapping[str, str]) -> FileStore:
    """Return the store at `url`, or in a folder of this machine without one."""
    return ObjectStore(url, access) if url else FolderStore(folder)
