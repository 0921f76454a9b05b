"""The interface of the file store, and what every implementation shares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Protocol

CHUNK = 64 * 1024
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(?:[./][a-z0-9][a-z0-9_-]*)*", re.ASCII)


class ContentMissing(Exception):
    """The store has no such file, or not any more."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies in the store; `version` changes with its bytes."""

    size: int
    version: str


class FileStore(Protocol):
    """The interface of a file store: public pictures and private content, by keys that are never a person's input.

    A method that is given a key that no file has, or that could lead elsewhere, raises `ContentMissing`; one that
    cannot reach the store, or write into it, raises `FilesUnavailable`.
    """

    def find(self, key: str) -> StoredFile:
        """Return a file's size and version."""

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`; a file that turns out shorter raises."""

    def write(self, key: str, content: bytes | IO[bytes], *, media_type: str = "", disposition: str = "") -> None:
        """Keep a file, as a whole or not at all; one of the same name is replaced.

        A store that answers browsers itself sends `media_type` and `disposition` as headers.
        """

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with a prefix, which ends with a slash."""

    def local_path(self, key: str) -> Path | None:
        """Return where a web server on this machine can read it, or None where it cannot."""

    def signed_url(self, key: str, lifetime: timedelta) -> str | None:
        """Return an address at which anybody can fetch the file for so long, or None where the store has none."""


def check_key(key: str) -> str:
    """Return a key of letters, digits, dashes, single dots and slashes, which leads nowhere else; refuse another."""
    if not _KEY.fullmatch(key):
        raise ContentMissing(key)
    return key


def is_key(text: str) -> bool:
    """Return whether a name in the store is one of ours."""
    return _KEY.fullmatch(text) is not None
