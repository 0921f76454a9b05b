"""A file store in a bucket of any S3-compatible service, which several machines share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import IO, Any

from storefront.errors import FilesUnavailable
from storefront.gateways.files.store import CHUNK, ContentMissing, StoredFile, check_key, is_key
from storefront.serving.admission_queue import slot_released

_PART = 5 * 1024 * 1024
"""Bytes of one part of an upload, of which so many are in memory at once."""
_PARTS_AT_ONCE = 2
_CONNECT_TIMEOUT, _TIMEOUT = "3s", "60s"
_RETRIES: Mapping[str, Any] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


class ObjectStore:
    """Files under `s3://bucket/prefix`.

    `access` has endpoint, region and credentials; what is empty comes from where AWS's own programs find it, such as
    the role of a machine.
    """

    def __init__(self, url: str, access: Mapping[str, str]) -> None:
        self._url = url
        self._access = {name: value for name, value in access.items() if value}

    def find(self, key: str) -> StoredFile:
        """Return size and the store's own mark of the version."""
        import obstore

        with slot_released(), _errors_of(key):
            facts = obstore.head(self._store, check_key(key))
        return StoredFile(facts["size"], (facts["e_tag"] or "").strip('"'))

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield a part as it arrives."""
        import obstore

        if start >= stop:
            self.find(key)
            return
        left = stop - start
        with _errors_of(key):
            found = obstore.get(self._store, check_key(key), options={"range": (start, stop)})
            for piece in found.stream(min_chunk_size=CHUNK):
                left -= len(piece)
                yield bytes(piece)
        if left:
            raise ContentMissing(f"{key} is {left} bytes short")

    def write(self, key: str, content: bytes | IO[bytes], *, media_type: str = "", disposition: str = "") -> None:
        """Send a file in parts, which the store puts together at the end, or gives up."""
        import obstore

        headers = {"Content-Type": media_type, "Content-Disposition": disposition}
        check_key(key)
        with slot_released(), _errors_of(key, is_missing_possible=False):
            obstore.put(
                self._store,
                key,
                content,
                attributes={name: value for name, value in headers.items() if value},
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def delete(self, key: str) -> None:
        """Delete a file; the store does not say whether there was one."""
        import obstore

        with slot_released(), _errors_of(key):
            obstore.delete(self._store, check_key(key))

    def names(self, prefix: str) -> Iterator[str]:
        """Yield keys as the store lists them, a thousand with each request."""
        import obstore

        with _errors_of(prefix):
            for facts in obstore.list(self._store, check_key(prefix.removesuffix("/"))):
                yield from (entry["path"] for entry in facts if is_key(entry["path"]))

    def local_path(self, key: str) -> None:
        """Return None: no file is on this machine."""

    def signed_url(self, key: str, lifetime: timedelta) -> str:
        """Return an address with a signature that the store checks by itself."""
        import obstore

        with _errors_of(key):
            return obstore.sign(self._store, "GET", check_key(key), lifetime)

    @cached_property
    def _store(self) -> Any:
        """Return the client, made by the process that uses it: its threads do not survive a fork."""
        from obstore.store import S3Store

        options: Any = {
            "connect_timeout": _CONNECT_TIMEOUT,
            "timeout": _TIMEOUT,
            # An endpoint without TLS is meant, where somebody names one.
            "allow_http": self._access.get("endpoint", "").startswith("http://"),
        }
        access: Any = self._access
        retries: Any = _RETRIES
        return S3Store.from_url(self._url, config=access, client_options=options, retry_config=retries)


@contextmanager
def _errors_of(key: str, *, is_missing_possible: bool = True) -> Iterator[None]:
    """Name what the store answers: there is no such file, or the store cannot be reached or used."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and is_missing_possible:
            raise ContentMissing(key) from error
        # Further lines are the client's internals, and an address with a signature could be among them.
        raise FilesUnavailable(
            reason=str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        ) from error
