"""Pictures as a browser gets them."""

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product
from storefront.domain.picture import Picture
from storefront.gateways.files import FolderStore, ObjectStore
from storefront.services.audit import Actor
from storefront.services.catalogue import pictures
from storefront.services.catalogue.pictures import AltText
from tests.factories import WHEY
from tests.s3_server import BUCKET, running_s3


def add(app: Flask) -> Picture:
    out = BytesIO()
    Image.new("RGB", (700, 400), "red").save(out, "PNG")
    with app.app_context():
        product_id = db.session.execute(select(Product.id).where(Product.slug == WHEY)).scalar_one()
        return pictures.add(product_id, out, AltText("Tarro", "Tub"), staff=Actor("owner@example.com"))


@pytest.fixture
def picture(app: Flask, tmp_path: Path) -> Picture:
    app.extensions["files"] = FolderStore(tmp_path / "content")
    return add(app)


def test_a_picture_is_kept_for_ever(client: FlaskClient, picture: Picture) -> None:
    answer = client.get(picture.url(320))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert Image.open(BytesIO(answer.data)).size == (320, 183)
    assert answer.content_length == len(answer.data)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    again = client.get(picture.url(320), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head(picture.url(320)).content_length == len(answer.data)
    shared = client.get(picture.sharing_url)
    assert shared.headers["Cross-Origin-Resource-Policy"] == "cross-origin", "mails and other sites show it"
    assert (shared.headers["Content-Type"], Image.open(BytesIO(shared.data)).format) == ("image/jpeg", "JPEG")


@pytest.mark.parametrize(
    "name",
    ["0" * 32 + "-320.webp", "0" * 32 + ".jpg", "..%2Fconfig.py", "%2e%2e%2fconfig.py", "x.svg", ".drafts", "a" * 5000],
)
def test_what_is_no_picture(client: FlaskClient, picture: Picture, name: str) -> None:
    answer = client.get(f"/media/{name}")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_sold_files_are_no_pictures(app: Flask, client: FlaskClient, picture: Picture) -> None:
    app.extensions["files"].write("content/a/secret.pdf", b"secret")
    for name in ("content/a/secret.pdf", "../content/a/secret.pdf", "..%2fcontent%2fa%2fsecret.pdf"):
        assert client.get(f"/media/{name}").status_code == 404


def test_the_server_in_front_sends_it(app: Flask, client: FlaskClient, picture: Picture) -> None:
    values = app.extensions["settings"]
    values.SENDFILE_HEADER, values.SENDFILE_PREFIX = "X-Accel-Redirect", "/content/"
    answer = client.get(picture.sharing_url)
    assert (answer.data, answer.headers["X-Accel-Redirect"]) == (b"", f"/content/pictures/{picture.digest}.jpg")
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert client.get("/media/" + "0" * 32 + ".jpg").status_code == 404


def test_a_picture_in_a_bucket_passes_through_the_shop(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    """A redirect would leave the shop's own address, which the policy of the pages does not allow."""
    with running_s3(tmp_path) as server:
        app.extensions["files"] = ObjectStore(f"s3://{BUCKET}/files", server.access)
        picture = add(app)
        answer = client.get(picture.url(640))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        assert Image.open(BytesIO(answer.data)).size == (640, 366)
        assert client.get("/media/" + "0" * 32 + ".jpg").status_code == 404
        server.stop()
        answer = client.get(picture.url(640))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert answer.headers["Cache-Control"] == "no-store"
