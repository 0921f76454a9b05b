"""What every file store promises, with a folder and with an S3-compatible server that runs as a process."""

import io
import os
import resource
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
import requests

from config import ROOT, ConfigError, TestConfig
from storefront.errors import FilesUnavailable
from storefront.gateways.files import CHUNK, ContentMissing, FileStore, FolderStore, ObjectStore, open_store
from tests.s3_server import BUCKET, S3Server, running_s3

KEY = "content/01h/plan.pdf"
BIG = 12 * 1024 * 1024 + 7


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """Return each kind of store, empty."""
    if request.param == "folder":
        return open_store("", tmp_path / "content", {})
    server: S3Server = request.getfixturevalue("s3")
    return open_store(f"s3://{BUCKET}/{tmp_path.name}", tmp_path, server.access)


class CutOff(io.BytesIO):
    """A stream that breaks after some bytes, as an upload does whose sender is gone."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece:
            raise OSError("cut off")
        return piece


def content_of(store: FileStore, key: str) -> bytes:
    return b"".join(store.read(key, 0, store.find(key).size))


@pytest.mark.parametrize("size", [0, 1, 1000, BIG])
def test_what_was_written_is_read(store: FileStore, size: int) -> None:
    """From bytes, and from a stream, small and in several parts."""
    data = os.urandom(size)
    source: bytes | IO[bytes]
    for source in (data, io.BytesIO(data)):
        store.write(KEY, source)
        assert store.find(KEY).size == size
        assert content_of(store, KEY) == data
        store.delete(KEY)


def test_ranges(store: FileStore) -> None:
    data = os.urandom(3 * CHUNK)
    store.write(KEY, data)
    for start, stop in ((0, 1), (5, 5), (CHUNK - 1, CHUNK + 1), (len(data) - 1, len(data)), (0, len(data))):
        assert b"".join(store.read(KEY, start, stop)) == data[start:stop]
    with pytest.raises(ContentMissing):
        list(store.read(KEY, 0, len(data) + 1))


def test_a_replaced_file_has_another_version(store: FileStore) -> None:
    store.write(KEY, b"first")
    before = store.find(KEY)
    store.write(KEY, b"other")
    assert store.find(KEY).version != before.version
    assert content_of(store, KEY) == b"other"


def test_what_is_not_there(store: FileStore) -> None:
    with pytest.raises(ContentMissing):
        store.find(KEY)
    with pytest.raises(ContentMissing):
        list(store.read(KEY, 0, 1))
    store.delete(KEY)
    assert list(store.names("content/")) == []


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "a/../../b", "a//b", "", ".", "a/.b", "A", "a\\b", "á"])
def test_no_key_leads_elsewhere(store: FileStore, key: str) -> None:
    for attempt in (
        store.find,
        store.delete,
        lambda key: store.write(key, b"x"),
        lambda key: list(store.read(key, 0, 1)),
        lambda key: store.signed_url(key, timedelta(minutes=1)) or store.local_path(key),
    ):
        with pytest.raises(ContentMissing):
            attempt(key)


def test_names_of_one_part(store: FileStore) -> None:
    """A part whose name another's begins with is another part."""
    for key in ("pictures/a-320.webp", "pictures/a-640.webp", "content/01h/b.pdf", "picturesque/c.webp"):
        store.write(key, b"x")
    assert sorted(store.names("pictures/")) == ["pictures/a-320.webp", "pictures/a-640.webp"]
    store.delete("pictures/a-320.webp")
    assert list(store.names("pictures/")) == ["pictures/a-640.webp"]


@pytest.mark.parametrize("size", [100, BIG])
def test_nothing_remains_of_an_upload_that_was_cut_off(
    store: FileStore, request: pytest.FixtureRequest, tmp_path: Path, size: int
) -> None:
    store.write(KEY, b"what was there before")
    for key in (KEY, "content/01h/new.pdf"):
        with pytest.raises(FilesUnavailable):
            store.write(key, CutOff(bytes(size)))
    assert content_of(store, KEY) == b"what was there before"
    assert list(store.names("content/")) == [KEY]
    if isinstance(store, FolderStore):
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["plan.pdf"]
    else:
        assert request.getfixturevalue("s3").unfinished_uploads() == 0


# The folder alone


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """In a process that may write no more than 1 MB into a file, where the system refuses as a full disk does."""
    script = """
        import io, resource, signal, sys
        from pathlib import Path
        from storefront.errors import FilesUnavailable
        from storefront.gateways.files import FolderStore
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        store = FolderStore(Path(sys.argv[1]))
        store.write("small.pdf", bytes(1000))
        try:
            store.write("big.pdf", io.BytesIO(bytes(3_000_000)))
        except FilesUnavailable as error:
            print(error.data["reason"])
    """
    folder = tmp_path / "content"
    command = [sys.executable, "-c", textwrap.dedent(script), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["small.pdf"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_the_draft_of_a_killed_process_goes_after_a_day(tmp_path: Path) -> None:
    drafts = tmp_path / ".drafts"
    drafts.mkdir()
    for name, hours in (("old", 25), ("young", 23)):
        (drafts / name).write_bytes(b"half")
        os.utime(drafts / name, (time.time() - hours * 3600,) * 2)
    FolderStore(tmp_path).write("a.pdf", b"x")
    assert [path.name for path in drafts.iterdir()] == ["young"]


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = FolderStore(tmp_path / "file")
    with pytest.raises(FilesUnavailable):
        store.write("a.pdf", b"x")
    with pytest.raises(ContentMissing):
        store.find("a.pdf")


# The object store alone


def test_a_signed_address_opens_one_file_for_a_while(s3: S3Server) -> None:
    store = open_store(f"s3://{BUCKET}/signed", Path(), s3.access)
    store.write(KEY, b"0123456789", media_type="application/pdf", disposition='attachment; filename="plan.pdf"')
    url = store.signed_url(KEY, timedelta(seconds=90))
    assert url is not None
    assert "X-Amz-Expires=90" in url
    assert "X-Amz-Signature=" in url
    assert ACCESS_SECRET not in url
    answer = requests.get(url, timeout=10, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'


ACCESS_SECRET = "secret"


def test_a_store_that_is_down_is_named_soon_and_works_again_later(tmp_path: Path) -> None:
    with running_s3(tmp_path) as server:
        store = ObjectStore(f"s3://{BUCKET}", server.access)
        store.write("a.pdf", b"x")
        server.stop()
        begin = time.monotonic()
        for attempt in (
            lambda: store.find("a.pdf"),
            lambda: list(store.read("a.pdf", 0, 1)),
            lambda: store.write("b.pdf", io.BytesIO(bytes(BIG))),
            lambda: store.delete("a.pdf"),
            lambda: list(store.names("content/")),
        ):
            with pytest.raises(FilesUnavailable) as caught:
                attempt()
            assert "\n" not in caught.value.data["reason"]
        assert time.monotonic() - begin < 20
        server.start()
        store.write("a.pdf", b"x")
        assert store.find("a.pdf").size == 1


def test_a_bucket_that_does_not_exist_is_named(s3: S3Server) -> None:
    with pytest.raises(FilesUnavailable):
        ObjectStore("s3://another-bucket", s3.access).write("a.pdf", b"x")


@pytest.mark.parametrize("url", ["https://bucket", "s3://", "s3://UPPER", "bucket", "s3://bucket/a b", "s3://bucket/"])
def test_an_address_that_is_no_bucket_s_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="FILES_URL"):
        TestConfig({"FILES_URL": url})


def test_settings_of_a_bucket() -> None:
    config = TestConfig({"FILES_URL": "s3://shop.example/files", "AWS_ENDPOINT_URL": "https://s3.example"})
    assert config.FILES_URL == "s3://shop.example/files"
    assert config.FILES_ACCESS["endpoint"] == "https://s3.example"
