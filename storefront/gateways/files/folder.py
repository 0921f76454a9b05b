"""A file store in a folder that no web server shows by itself."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from storefront.errors import FilesUnavailable
from storefront.gateways.files.store import CHUNK, ContentMissing, StoredFile, check_key, is_key

_MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_DRAFTS = ".drafts"
_DRAFT_SECONDS = 24 * 60 * 60
"""A draft that is older was left by a process that died; no upload takes so long."""


class FolderStore:
    """Files in one folder; several machines share it by a network file system, or use an object store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def find(self, key: str) -> StoredFile:
        """Return size and version: the time of the last write distinguishes its versions."""
        try:
            facts = self._path(key).stat()
        except OSError as error:
            raise _named(error, key) from error
        return StoredFile(facts.st_size, f"{facts.st_mtime_ns:x}-{facts.st_size:x}")

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield a part in pieces of 64 KB."""
        try:
            file = self._path(key).open("rb")
        except OSError as error:
            raise _named(error, key) from error
        with file:
            file.seek(start)
            left = stop - start
            while left > 0:
                piece = file.read(min(CHUNK, left))
                if not piece:
                    raise ContentMissing(f"{key} is {left} bytes short")
                left -= len(piece)
                yield piece

    def write(self, key: str, content: bytes | IO[bytes], *, media_type: str = "", disposition: str = "") -> None:
        """Write elsewhere in the folder and move, so that nobody reads half a file and none remains."""
        path = self._path(key)
        draft = self._folder / _DRAFTS / secrets.token_hex(16)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._delete_old_drafts()
            _fill(draft, content)
            draft.replace(path)
        except OSError as error:
            raise FilesUnavailable(reason=error.strerror or type(error).__name__) from error
        finally:
            with suppress(OSError):  # moved to its place, or the folder is none
                draft.unlink()

    def delete(self, key: str) -> None:
        """Delete a file; who reads it at this moment reads it to its end."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise _named(error, key) from error

    def names(self, prefix: str) -> Iterator[str]:
        """Yield keys in no order."""
        for path in self._path(prefix.removesuffix("/")).rglob("*"):
            key = path.relative_to(self._folder).as_posix()
            if is_key(key) and path.is_file():
                yield key

    def local_path(self, key: str) -> Path:
        """Return the file's place on this machine."""
        return self._path(key)

    def signed_url(self, key: str, lifetime: timedelta) -> None:
        """Return None: the shop sends the file itself, or lets the server in front of it do so."""

    def _path(self, key: str) -> Path:
        """Return the place of a key, which a symbolic link must not lead out of the folder."""
        path = self._folder / check_key(key)
        if not path.resolve().is_relative_to(self._folder):
            raise ContentMissing(key)
        return path

    def _delete_old_drafts(self) -> None:
        drafts = self._folder / _DRAFTS
        drafts.mkdir(exist_ok=True)
        for draft in drafts.iterdir():
            with suppress(FileNotFoundError):  # another process was here, or has just finished
                if draft.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                    draft.unlink()


def _fill(draft: Path, content: bytes | IO[bytes]) -> None:
    """Write a new file to the disk itself: the name must never survive a power cut without the bytes."""
    with draft.open("xb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            shutil.copyfileobj(content, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _named(error: OSError, key: str) -> Exception:
    """Return the exception for what the system says: the file is missing, or the disk does not work."""
    if isinstance(error, _MISSING):
        return ContentMissing(key)
    return FilesUnavailable(reason=error.strerror or type(error).__name__)
