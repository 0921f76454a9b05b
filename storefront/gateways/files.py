"""The private store of what is sold as files: a folder today, an object store when there is one."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CHUNK = 64 * 1024
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(?:[./][a-z0-9][a-z0-9_-]*)*", re.ASCII)


class ContentMissing(Exception):
    """The store has no such file, or not any more."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies in the store; `version` changes with its bytes."""

    size: int
    version: str


class ContentStore(Protocol):
    """The interface of a file store; every method may raise `ContentMissing`."""

    def find(self, key: str) -> StoredFile:
        """Return a file's size and version."""

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`; a file that turns out shorter raises."""

    def write(self, key: str, content: bytes) -> None:
        """Keep a file, as a whole or not at all."""

    def local_path(self, key: str) -> Path | None:
        """Return where a web server on this machine can read it, or None where it cannot."""


class FolderStore:
    """A folder that no web server shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def find(self, key: str) -> StoredFile:
        """Return size and version: the time of the last write distinguishes its versions."""
        try:
            facts = self._path(key).stat()
        except OSError as error:
            raise ContentMissing(key) from error
        return StoredFile(facts.st_size, f"{facts.st_mtime_ns:x}-{facts.st_size:x}")

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield a part in pieces of 64 KB."""
        try:
            file = self._path(key).open("rb")
        except OSError as error:
            raise ContentMissing(key) from error
        with file:
            file.seek(start)
            left = stop - start
            while left > 0:
                piece = file.read(min(CHUNK, left))
                if not piece:
                    raise ContentMissing(f"{key} is {left} bytes short")
                left -= len(piece)
                yield piece

    def write(self, key: str, content: bytes) -> None:
        """Write beside the place and move, so that nobody reads half a file."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
        draft.write_bytes(content)
        draft.replace(path)

    def local_path(self, key: str) -> Path:
        """Return the file's place on this machine."""
        return self._path(key)

    def _path(self, key: str) -> Path:
        """Return the place of a key: letters, digits, dashes, single dots and slashes lead nowhere else."""
        path = self._folder / key
        if not _KEY.fullmatch(key) or not path.resolve().is_relative_to(self._folder):
            raise ContentMissing(key)
        return path
