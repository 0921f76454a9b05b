"""Downloads of a shop whose files are in a bucket: counted by the shop, sent by the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from storefront.gateways.files import ObjectStore
from storefront.seed.content import store_files
from tests.s3_server import BUCKET, S3Server, running_s3
from tests.web.browser import Browser
from tests.web.test_downloads import buyer, change, follow, left, whole

__all__ = ["buyer"]  # the fixture


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with running_s3(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def link(app: Flask, buyer: Browser, server: S3Server, tmp_path: Path) -> str:
    """Return a link to the guide, which is in the bucket with all others."""
    app.extensions["files"] = ObjectStore(f"s3://{BUCKET}/{tmp_path.name}", server.access)
    with app.app_context():
        store_files()
    return follow(buyer)


def test_a_link_leads_to_the_store_and_costs_a_use(app: Flask, client: FlaskClient, link: str) -> None:
    answer = client.get(link)
    assert (answer.status_code, left(app)) == (302, 4)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    sent = requests.get(answer.location, timeout=10)
    assert sent.content == whole(app)
    assert sent.headers["Content-Type"] == "application/pdf"
    assert sent.headers["Content-Disposition"].startswith("attachment; filename=")


def test_parts_share_a_use_and_the_store_sends_them(app: Flask, client: FlaskClient, link: str) -> None:
    for start, stop in ((0, 99), (100, 199)):
        part = {"Range": f"bytes={start}-{stop}"}
        answer = client.get(link, headers=part)
        assert requests.get(answer.location, headers=part, timeout=10).content == whole(app)[start : stop + 1]
    assert left(app) == 4


def test_what_costs_nothing_leads_nowhere(app: Flask, client: FlaskClient, link: str) -> None:
    head = client.head(link)
    assert (head.status_code, head.content_length) == (200, len(whole(app)))
    assert client.get(link, headers={"If-None-Match": head.headers["ETag"]}).status_code == 304
    assert client.get(link, headers={"Range": f"bytes={len(whole(app))}-"}).status_code == 416
    assert left(app) == 5
    change(app, downloads_left=0)
    assert client.get(link).status_code == 410


def test_a_store_that_is_down_costs_nothing(app: Flask, client: FlaskClient, link: str, server: S3Server) -> None:
    server.stop()
    answer = client.get(link)
    assert (answer.status_code, answer.headers["Retry-After"], left(app)) == (503, "10", 5)
    assert "archivos de la tienda no responden" in answer.text
    server.start()
