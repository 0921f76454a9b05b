"""Pictures and files of products: what is kept, what is shown, and what is deleted when."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
import time_machine
from flask import Flask
from PIL import Image
from sqlalchemy import delete, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import unused_files
from storefront.domain.catalogue import Product
from storefront.domain.download import ContentFile
from storefront.domain.picture import Picture, names_of
from storefront.domain.unused_files import UnusedFile
from storefront.errors import ContentRefused, FilesUnavailable, InvalidInput, NotFound, PictureRefused
from storefront.gateways.files import FolderStore
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue import pictures
from storefront.services.catalogue.pictures import AltText
from storefront.services.downloads import content, library, transfers
from storefront.services.jobs import consistency
from storefront.services.jobs import unused_files as job
from tests import factories as make
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects
OWNER = Actor("owner@example.com")
ALT = AltText("Tarro de proteína", "Tub of protein")


@pytest.fixture
def store(shop: Flask, tmp_path: Path) -> Iterator[FolderStore]:
    """Return a store of this test's own, for a shop whose goods have no pictures."""
    with transaction():
        db.session.execute(delete(Picture))
    before = shop.extensions["files"]
    shop.extensions["files"] = FolderStore(tmp_path / "content")
    yield shop.extensions["files"]
    shop.extensions["files"] = before


def photo(colour: str = "red", width: int = 700, height: int = 400) -> IO[bytes]:
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out


def product_id(slug: str = make.WHEY) -> str:
    return db.session.execute(select(Product.id).where(Product.slug == slug)).scalar_one()


def kept(store: FolderStore, folder: str = "pictures/") -> list[str]:
    return sorted(store.names(folder))


def add(colour: str = "red", slug: str = make.WHEY) -> Picture:
    return pictures.add(product_id(slug), photo(colour), ALT, staff=OWNER)


def at(**later: int) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(**later))


# Pictures


def test_a_picture_is_kept_and_found(store: FolderStore) -> None:
    picture = add()
    assert kept(store) == sorted(picture.names) == sorted(names_of(picture.digest, 700))
    assert (picture.width, picture.height, picture.position) == (700, 400, 0)
    address = f"/media/{picture.digest}"
    assert picture.url(1) == picture.url(320) == f"{address}-320.webp"
    assert picture.url(400) == f"{address}-640.webp"
    assert picture.url(1280) == picture.url(9999) == f"{address}-700.webp"
    assert picture.srcset == f"{address}-320.webp 320w, {address}-640.webp 640w, {address}-700.webp 700w"
    assert picture.sharing_url == f"{address}.jpg"
    assert (picture.alt_in("es"), picture.alt_in("en")) == (ALT.es, ALT.en)
    assert make.count_of(UnusedFile) == 0


def test_pictures_are_put_into_an_order(store: FolderStore) -> None:
    first, second, third = (add(colour) for colour in ("red", "green", "blue"))
    assert [one.position for one in pictures.list_for(product_id())] == [0, 1, 2]
    pictures.reorder(product_id(), [third.id, first.id, "somebody else's"], staff=OWNER)
    assert [one.id for one in pictures.list_for(product_id())] == [third.id, first.id, second.id]
    pictures.remove(first.id, staff=OWNER)
    assert [one.id for one in pictures.list_for(product_id())] == [third.id, second.id]
    with pytest.raises(NotFound):
        pictures.remove(first.id, staff=OWNER)


@pytest.mark.parametrize(
    ("alt", "problems"),
    [
        (AltText(), {"alt_es": "required", "alt_en": "required"}),
        (AltText("Tarro", " \u200b "), {"alt_en": "required"}),
        (AltText("x" * 301, "Tub"), {"alt_es": "too_long"}),
    ],
)
def test_what_a_picture_shows_must_be_said_in_both_languages(
    store: FolderStore, alt: AltText, problems: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        pictures.add(product_id(), photo(), alt, staff=OWNER)
    assert caught.value.problems == problems
    picture = add()
    with pytest.raises(InvalidInput):
        pictures.describe(picture.id, alt, staff=OWNER)
    pictures.describe(picture.id, AltText("es", "en", is_decorative=True), staff=OWNER)
    (changed,) = pictures.list_for(product_id())
    assert (changed.alt_es, changed.alt_in("es"), changed.is_decorative) == ("", "", True)


def test_what_is_refused_leaves_nothing(store: FolderStore) -> None:
    with pytest.raises(PictureRefused):
        pictures.add(product_id(), BytesIO(b"<svg/>"), ALT, staff=OWNER)
    with pytest.raises(NotFound):
        pictures.add("nothing", photo(), ALT, staff=OWNER)
    assert make.count_of(Picture) == 0
    with at(hours=25):
        job.delete_due()
    assert kept(store) == []


def test_two_pictures_at_once_have_two_places(store: FolderStore, shop: Flask) -> None:
    place = product_id()

    def upload(colour: str) -> None:
        with shop.app_context():
            pictures.add(place, photo(colour), ALT, staff=OWNER)

    threads = [threading.Thread(target=upload, args=(colour,)) for colour in ("red", "green", "blue", "white")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert [one.position for one in pictures.list_for(place)] == [0, 1, 2, 3]


def test_every_change_is_in_the_audit(store: FolderStore) -> None:
    first, second = add("red"), add("blue")
    pictures.reorder(product_id(), [second.id, first.id], staff=OWNER)
    pictures.describe(first.id, AltText("Otro", "Tub of protein"), staff=OWNER)
    pictures.remove(first.id, staff=OWNER)
    file = content.add(product_id(make.GUIDE), BytesIO(PDF), "a.pdf", staff=OWNER)
    content.replace(file.id, BytesIO(OTHER_PDF), "a.pdf", staff=OWNER)
    entries = audit.latest(audit.Filters()).items[::-1]
    assert [(entry.action, entry.object_type, entry.object_id) for entry in entries] == [
        ("created", "picture", first.id),
        ("created", "picture", second.id),
        ("changed", "product", product_id()),
        ("changed", "picture", first.id),
        ("removed", "picture", first.id),
        ("created", "file", file.id),
        ("changed", "file", file.id),
    ]
    assert entries[2].before == {"pictures": [first.id, second.id]}
    assert (entries[3].before, entries[3].after) == ({"alt_es": ALT.es}, {"alt_es": "Otro"})
    assert (entries[6].before, entries[6].after) == ({"size_bytes": len(PDF)}, {"size_bytes": len(OTHER_PDF)})


def test_a_file_that_is_gone_is_found(store: FolderStore) -> None:
    picture = add()
    assert [found for found in consistency.examine() if found.area == "pictures"] == []
    store.delete(picture.names[0])
    (found,) = (found for found in consistency.examine() if found.area == "pictures")
    assert found.what == f"{make.WHEY} shows picture {picture.digest}, and 1 of its files are not in the store"


# What nothing refers to


def test_files_go_a_day_after_their_last_picture(store: FolderStore) -> None:
    """Two products share the files of one picture, which stay as long as one of them shows it."""
    mine, other = add(), add(slug=make.BAR)
    assert mine.digest == other.digest
    names = kept(store)
    pictures.remove(mine.id, staff=OWNER)
    with at(hours=25):
        assert job.delete_due() == 0
        pictures.remove(other.id, staff=OWNER)
        assert job.delete_due() == 0
    with at(hours=48):
        assert job.delete_due() == 0
        assert kept(store) == names
    with at(hours=50):
        assert job.delete_due() == len(names)
        assert kept(store) == []
        assert make.count_of(UnusedFile) == 0


def test_a_picture_that_is_uploaded_again_stays(store: FolderStore) -> None:
    pictures.remove(add().id, staff=OWNER)
    with at(hours=23):
        again = add()
    with at(hours=50):
        assert job.delete_due() == 0
        assert kept(store) == sorted(again.names)


def test_an_upload_whose_process_died_is_tidied_up(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between writing the files and referring to them, which `KeyboardInterrupt` stands for."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "_lock", die)
        with pytest.raises(KeyboardInterrupt):
            add()
    assert len(kept(store)) == 4
    with at(hours=23):
        assert job.delete_due() == 0
    with at(hours=25):
        assert job.delete_due() == 4
    assert kept(store) == []


def test_a_name_that_is_being_deleted_is_not_used_again_before(store: FolderStore) -> None:
    """Without the claim the upload would refer to files that are deleted a moment later."""
    picture = add()
    pictures.remove(picture.id, staff=OWNER)
    with at(hours=25):
        with transaction():
            assert sorted(unused_files.claim(clock.now(), 100)) == sorted(picture.names)
        with transaction():
            assert unused_files.claim(clock.now(), 100) == []
        with pytest.raises(FilesUnavailable):
            add()
    with at(hours=27):  # whoever claimed them died
        assert job.delete_due() == 4
        assert kept(store) == []
        add()


# Files that are sold


PDF, OTHER_PDF = b"%PDF-1.7 first", b"%PDF-1.7 second edition"


def test_owners_of_the_old_file_get_the_new_one(store: FolderStore, gateway: FakeGateway) -> None:
    guide = product_id(make.GUIDE)
    (old,) = db.session.scalars(select(ContentFile).where(ContentFile.product_id == guide)).all()
    content.replace(old.id, BytesIO(PDF), "Guía.pdf", staff=OWNER)
    started = make.begin((make.GUIDE, 1), digital_consent=True)
    make.pay(gateway, started)
    (item,) = library.list_for_order(make.order_of(started), language="es")
    before = transfers.present(library.make_link(make.owner(started), item.entitlement_id).token)
    begun = transfers.begin(before)
    content.replace(old.id, BytesIO(OTHER_PDF), "Guía, segunda edición.pdf", staff=OWNER)
    assert b"".join(begun.pieces) == PDF
    begun.finish()
    (item,) = library.list_for_order(make.order_of(started), language="es")
    assert (item.file_name, item.size_bytes) == ("Guía, segunda edición.pdf", len(OTHER_PDF))
    after = transfers.present(library.make_link(make.owner(started), item.entitlement_id).token)
    assert after.etag != before.etag
    assert b"".join(transfers.begin(after).pieces) == OTHER_PDF
    with at(hours=25):
        assert job.delete_due() == 2  # the first edition, and the seeded one that is not in this store
    assert kept(store, "content/") == [after.storage_key]


def test_the_same_file_again_only_changes_its_name(store: FolderStore) -> None:
    file = content.add(product_id(make.GUIDE), BytesIO(PDF), "a.pdf", staff=OWNER)
    content.replace(file.id, BytesIO(PDF), "b.pdf", staff=OWNER)
    assert db.session.get_one(ContentFile, file.id, populate_existing=True).file_name == "b.pdf"
    assert make.count_of(UnusedFile) == 0


@pytest.mark.parametrize(
    ("data", "format_name"),
    [(PDF, "pdf"), (b"PK\x03\x04...", "zip"), (b"\x00\x00\x00\x20ftypisom....", "mp4")],
)
def test_a_file_is_what_it_contains(store: FolderStore, data: bytes, format_name: str) -> None:
    file = content.add(product_id(make.GUIDE), BytesIO(data), "programa.exe", staff=OWNER)
    assert file.format == format_name
    assert file.storage_key.endswith(f".{format_name}")
    assert b"".join(store.read(file.storage_key, 0, file.size_bytes)) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty"), (b"MZ\x90\x00", "type"), (b"#!/bin/sh", "type"), (b"<svg/>", "type"), (b"\x7fELF", "type")],
)
def test_what_is_not_sold(store: FolderStore, data: bytes, reason: str) -> None:
    with pytest.raises(ContentRefused) as caught:
        content.add(product_id(make.GUIDE), BytesIO(data), "guia.pdf", staff=OWNER)
    assert caught.value.data["reason"] == reason
    assert kept(store, "content/") == []


def test_a_file_that_cannot_belong_to_the_product(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = product_id(make.GUIDE)
    content.add(guide, BytesIO(PDF), "a.pdf", staff=OWNER)
    for product, data, reason in ((product_id(), PDF, "not_digital"), (guide, PDF, "known")):
        with pytest.raises(ContentRefused) as caught:
            content.add(product, BytesIO(data), "c.pdf", staff=OWNER)
        assert caught.value.data["reason"] == reason
    for name, problem in (("a.pdf", "taken"), ("", "required"), ("x" * 201, "too_long")):
        with pytest.raises(InvalidInput) as invalid:
            content.add(guide, BytesIO(OTHER_PDF), name, staff=OWNER)
        assert invalid.value.problems == {"file_name": problem}
    for attempt in (
        lambda: content.add("none", BytesIO(PDF), "a", staff=OWNER),
        lambda: content.replace("none", BytesIO(PDF), "a", staff=OWNER),
    ):
        with pytest.raises(NotFound):
            attempt()
    monkeypatch.setattr(content, "MAX_BYTES", 10)
    with pytest.raises(ContentRefused) as caught:
        content.add(guide, BytesIO(PDF), "d.pdf", staff=OWNER)
    assert caught.value.data["reason"] == "too_many_bytes"
