"""Downloading in a browser: the library, an order's page, and what the link answers."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from storefront.database import db, transaction
from storefront.domain.download import Entitlement
from storefront.domain.order import Order
from storefront.gateways.files import CHUNK, FolderStore
from storefront.services.downloads import library
from storefront.services.shopper import Shopper
from storefront.settings import settings
from tests import factories as make
from tests.factories import GUIDE, PLAN, moment
from tests.fakes import FakeGateway
from tests.web.browser import Browser

NAME = "Guía para tu primer mes en el gimnasio.pdf"


@pytest.fixture
def buyer(browser: Browser, gateway: FakeGateway) -> Browser:
    """Return a guest who has just bought the guide and sees the success page."""
    return buy(browser, gateway, GUIDE)


def buy(browser: Browser, gateway: FakeGateway, *slugs: str, email: str = "ana@example.com") -> Browser:
    for slug in slugs:
        browser.add(slug)
    browser.get("/checkout/shipping")
    if "Correo electrónico" in browser.text:
        browser.send("/checkout/shipping", email=email)
    browser.get("/checkout/review")
    page = browser.pay(consent="y").location.rsplit("/", 1)[1]
    gateway.pay(page)
    browser.get(f"/checkout/success?session_id={page}")
    return browser


def follow(browser: Browser) -> str:
    """Press the first download button and return where the link leads."""
    answer = browser.send("/account/library/", follow=False)
    assert answer.status_code == 303
    return str(answer.location)


def rights(app: Flask) -> list[tuple[int, str]]:
    with app.app_context():
        found = db.session.execute(select(Entitlement.downloads_left, Entitlement.id).order_by(Entitlement.id)).all()
        db.session.remove()
    return [(row[0], row[1]) for row in found]


def left(app: Flask) -> int:
    return rights(app)[0][0]


def change(app: Flask, **values: object) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Entitlement).values(**values))


def whole(app: Flask) -> bytes:
    with app.app_context():
        return (Path(settings().CONTENT_DIR) / GUIDE / f"{GUIDE}.pdf").read_bytes()


# Pages


def test_files_are_there_right_after_payment(app: Flask, buyer: Browser) -> None:
    """UX 37: name, format, size, downloads left and expiry on the success page, with a button that works."""
    assert buyer.title.startswith("Gracias por tu compra")
    for words in (NAME, "PDF, 3,7\N{NO-BREAK SPACE}KB", "Te quedan 5 descargas hasta el", "Descargar"):
        assert words in buyer.text
    answer = buyer.get(follow(buyer))
    assert (answer.status_code, answer.data) == (200, whole(app))
    assert left(app) == 4


def test_a_guest_gets_the_files_by_the_orders_token(app: Flask, buyer: Browser) -> None:
    """From another browser, with nothing but the mail's link."""
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        token = make.token_of(order)
        address = f"/account/orders/{order.number}?token={token}"
    other = Browser(app.test_client())
    other.get(address)
    assert NAME in other.text
    assert other.form("/account/library/").fields["token"] == token
    assert other.get(follow(other)).data == whole(app)
    # The token alone opens it, without a cookie that remembers the order.
    bare = app.test_client()
    bare.get("/login")
    bare.set_cookie("shop", "", domain="localhost")
    entitlement = rights(app)[0][1]
    assert bare.post(f"/account/library/{entitlement}/download", data={"token": token}).status_code in {303, 400}


def test_somebody_elses_file_is_not_found(app: Flask, buyer: Browser, gateway: FakeGateway) -> None:
    """Neither a stranger nor another customer learns that it exists."""
    entitlement = rights(app)[0][1]
    stranger = buy(Browser(app.test_client()), gateway, PLAN, email="eva@example.com")
    form = stranger.form("/account/library/")
    for target in (entitlement, "01nothing"):
        answer = stranger.client.post(f"/account/library/{target}/download", data=form.fields)
        assert answer.status_code == 404
    assert "No encontramos" in answer.get_data(as_text=True)


def test_the_library_is_for_who_signed_in(app: Flask, buyer: Browser) -> None:
    assert buyer.client.get("/account/library").location.startswith("/login?next=")


def register(browser: Browser) -> None:
    browser.get("/register")
    browser.send("/register", email="eva@example.com", first_name="Eva", last_name="Gil", password="caballo verde 88")


def test_the_library_of_a_customer(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    """Empty at first, then every file with the words of its state."""
    register(browser)
    browser.get("/account/library")
    assert "Todavía no tienes contenido digital" in browser.text
    assert "Mi biblioteca" in browser.text
    buy(browser, gateway, PLAN)
    browser.get("/account/library")
    assert browser.text.count(">Descargar<") == 2
    assert "Archivo ZIP" in browser.text
    with app.app_context():
        assert f"pedido {db.session.scalars(select(Order)).one().number}" in browser.text
    for values, words in (
        ({"downloads_left": 1}, "Te queda 1 descarga hasta el"),
        ({"downloads_left": 0}, "Ya usaste todas las descargas."),
        ({"expires_at": moment(1)}, "El acceso venció el 1 de noviembre de 2026."),
        ({"revoked_at": moment(1)}, "Devolvimos el dinero de este contenido y el acceso terminó."),
    ):
        change(app, **values)
        assert words in browser.get("/account/library").get_data(as_text=True).replace("\N{NO-BREAK SPACE}", " ")
    assert ">Descargar<" not in browser.text


def test_the_library_in_english(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    buy(browser, gateway, PLAN)
    browser.get("/account/library")
    browser.send("/language", lang="en")
    for words in ("My library", "12-week strength plan", "5 downloads left until", "Download", "ZIP file"):
        assert words in browser.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"downloads_left": 0}, "Ya usaste todas las descargas"),
        ({"expires_at": moment(1)}, "El plazo para descargar este archivo terminó"),
        ({"revoked_at": moment(1)}, "Devolvimos el dinero"),
    ],
)
def test_what_is_over_says_why(app: Flask, buyer: Browser, values: dict[str, object], words: str) -> None:
    """410 with the reason, from the button and from a link that was made before."""
    form, link = buyer.form("/account/library/"), follow(buyer)
    change(app, **values)
    for answer in (buyer.client.post(form.action, data=form.fields), buyer.client.get(link)):
        assert answer.status_code == 410
        assert words in answer.get_data(as_text=True)


def test_a_link_that_is_over_says_so(app: Flask, gateway: FakeGateway, browser: Browser) -> None:
    with time_machine.travel(moment(25), tick=False) as clockwork:
        link = follow(buy(browser, gateway, GUIDE))
        clockwork.shift(timedelta(minutes=10))
        answer = browser.client.get(link)
    assert answer.status_code == 410
    assert "Este enlace de descarga venció" in answer.get_data(as_text=True)


def test_a_forged_link_leads_nowhere(client: FlaskClient) -> None:
    assert client.get("/downloads/x.y").status_code == 404
    assert client.get("/downloads/..%2f..%2fetc%2fpasswd").status_code == 404


def test_files_are_not_among_what_everybody_may_see(app: Flask, client: FlaskClient) -> None:
    for path in (f"/static/{GUIDE}/{GUIDE}.pdf", f"/content/{GUIDE}/{GUIDE}.pdf", f"/downloads/{GUIDE}"):
        assert client.get(path).status_code == 404
    assert "Disallow: /downloads/" in client.get("/robots.txt").get_data(as_text=True)


# What the link answers


@pytest.fixture
def link(buyer: Browser) -> str:
    """Return the link to the guide that the guest bought."""
    return follow(buyer)


def test_a_whole_file(app: Flask, client: FlaskClient, link: str) -> None:
    answer = client.get(link)
    assert (answer.status_code, answer.data) == (200, whole(app))
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(whole(app)))
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["ETag"].startswith('"')
    name = "Gu%C3%ADa%20para%20tu%20primer%20mes%20en%20el%20gimnasio.pdf"
    plain = "Guia para tu primer mes en el gimnasio.pdf"
    assert headers["Content-Disposition"] == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"


def test_head_costs_nothing_and_says_the_same(app: Flask, client: FlaskClient, link: str) -> None:
    head = client.head(link)
    assert (head.status_code, head.data) == (200, b"")
    assert left(app) == 5
    answer = client.get(link)
    kept = ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Content-Disposition", "Cache-Control")
    assert [head.headers[name] for name in kept] == [answer.headers[name] for name in kept]


def test_parts(app: Flask, client: FlaskClient, link: str) -> None:
    """Three parts make the file, with one use."""
    content, size, got = whole(app), len(whole(app)), b""
    for header, start, stop in (("0-999", 0, 1000), ("1000-1999", 1000, 2000), ("2000-", 2000, size)):
        answer = client.get(link, headers={"Range": f"bytes={header}"})
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        assert answer.headers["Content-Length"] == str(stop - start)
        got += answer.data
    assert got == content
    assert client.get(link, headers={"Range": "bytes=-10"}).data == content[-10:]
    assert left(app) == 4


def test_a_part_beyond_the_end(app: Flask, client: FlaskClient, link: str) -> None:
    answer = client.get(link, headers={"Range": "bytes=999999-"})
    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{len(whole(app))}"
    assert left(app) == 5


def test_what_is_no_single_range_gets_the_whole_file(app: Flask, client: FlaskClient, link: str) -> None:
    for header in ("bytes=0-1,5-6", "lines=0-1", "bytes=x"):
        answer = client.get(link, headers={"Range": header})
        assert (answer.status_code, answer.data) == (200, whole(app))


def test_a_part_of_another_edition_is_the_whole_file(app: Flask, client: FlaskClient, link: str) -> None:
    """`If-Range` keeps a client from gluing two editions together."""
    etag = client.head(link).headers["ETag"]
    part = {"Range": "bytes=0-9"}
    assert client.get(link, headers={**part, "If-Range": etag}).status_code == 206
    for other in ('"another"', f"W/{etag}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert client.get(link, headers={**part, "If-Range": other}).status_code == 200


def test_conditions_are_kept_and_cost_nothing(app: Flask, client: FlaskClient, link: str) -> None:
    etag = client.head(link).headers["ETag"]
    assert client.get(link, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(link, headers={"If-None-Match": f'"x", W/{etag}'}).status_code == 304
    assert client.get(link, headers={"If-Match": '"x"'}).status_code == 412
    assert left(app) == 5
    assert client.get(link, headers={"If-Match": etag, "If-None-Match": '"x"'}).status_code == 200


def test_a_new_edition_has_another_mark(app: Flask, client: FlaskClient, link: str) -> None:
    before = client.head(link).headers["ETag"]
    with app.app_context():
        FolderStore(Path(settings().CONTENT_DIR)).write(f"{GUIDE}/{GUIDE}.pdf", whole(app))
    assert client.head(link).headers["ETag"] != before


class SlowStore(FolderStore):
    """A store whose bytes come one at a time, so that a transfer can break in the middle."""

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        for place in range(start, stop):
            yield from super().read(key, place, place + 1)


def test_a_download_that_breaks_costs_nothing(app: Flask, client: FlaskClient, link: str) -> None:
    """The reader goes away in the middle; the use is back at once and the connection pool is full again."""
    app.extensions["files"] = SlowStore(Path(app.extensions["settings"].CONTENT_DIR))
    change(app, downloads_left=1)
    answer = client.get(link, buffered=False)
    flow = iter(answer.response)
    assert b"".join(next(flow) for _ in range(100)) == whole(app)[:100]
    assert left(app) == 0
    answer.close()
    assert left(app) == 1
    rest = client.get(link, headers={"Range": "bytes=100-"})
    assert (rest.status_code, rest.data) == (206, whole(app)[100:])
    assert left(app) == 0


def test_no_database_connection_is_held_while_bytes_flow(app: Flask, client: FlaskClient, link: str) -> None:
    app.extensions["files"] = SlowStore(Path(app.extensions["settings"].CONTENT_DIR))
    with app.app_context():
        pool = db.engine.pool
        db.session.remove()
    answer = client.get(link, buffered=False)
    next(iter(answer.response))
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    answer.close()


def test_a_big_file_comes_in_pieces(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.write("film.mp4", bytes(3 * CHUNK + 5))
    assert [len(piece) for piece in store.read("film.mp4", 0, 3 * CHUNK + 5)] == [CHUNK, CHUNK, CHUNK, 5]


@pytest.mark.parametrize(
    ("header", "prefix", "value"),
    [
        ("X-Accel-Redirect", "/private/", f"/private/{GUIDE}/{GUIDE}.pdf"),
        ("X-Sendfile", "", None),
    ],
)
def test_the_server_in_front_sends_the_file(
    app: Flask, client: FlaskClient, link: str, header: str, prefix: str, value: str | None
) -> None:
    """The file is handed over and the use counts; HEAD and refusals are still ours."""
    values = app.extensions["settings"]
    values.SENDFILE_HEADER, values.SENDFILE_PREFIX = header, prefix
    answer = client.get(link)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers[header] == value or str(Path(values.CONTENT_DIR).resolve() / GUIDE / f"{GUIDE}.pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "ETag" not in answer.headers
    assert left(app) == 4
    assert client.get(link, headers={"Range": "bytes=5-"}).headers[header]
    assert left(app) == 4
    assert header not in client.head(link).headers
    change(app, downloads_left=0)
    refused = client.get(link)
    assert refused.status_code == 410
    assert header not in refused.headers


def test_a_store_elsewhere_is_streamed_even_so(app: Flask, client: FlaskClient, link: str) -> None:
    class Elsewhere(FolderStore):
        def local_path(self, key: str) -> None:
            return None

    values = app.extensions["settings"]
    values.SENDFILE_HEADER = "X-Sendfile"
    app.extensions["files"] = Elsewhere(Path(values.CONTENT_DIR))
    assert client.get(link).data == whole(app)
    assert left(app) == 4


@pytest.mark.parametrize("same_link", [True, False])
def test_fifty_downloads_of_the_last_use(app: Flask, buyer: Browser, same_link: bool) -> None:
    """Issue 5, point 4, here on the embedded database: exactly one gets the file, all others the reason."""
    change(app, downloads_left=1)
    links = [follow(buyer)] * 50
    if not same_link:
        with app.app_context():
            public_id = db.session.scalar(select(Order.public_id))
            owner = Shopper(order_ids=(public_id or "",))
            made = [library.make_link(owner, rights(app)[0][1]) for _ in range(50)]
        links = [f"/downloads/{one.token}" for one in made]
    answers: list[TestResponse] = []
    gate = threading.Barrier(50)

    def fetch(address: str) -> None:
        gate.wait()
        answers.append(app.test_client().get(address))

    threads = [threading.Thread(target=fetch, args=(address,)) for address in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 49
    assert [answer.data for answer in answers if answer.status_code == 200] == [whole(app)]
    assert left(app) == 0
