"""Uploads of staff: how much may be sent by whom, and what becomes of one that does not arrive."""

import tempfile
import threading
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from storefront.seed.loader import DEMO_PASSWORD
from storefront.serving.admission_queue import AdmissionQueue
from storefront.web.uploads import takes_upload
from tests.web.browser import Browser

LIMIT = 2 * 1024 * 1024
# What werkzeug has read of a form that it refuses is closed when the memory is.
pytestmark = [
    pytest.mark.new_app,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@takes_upload(LIMIT)
def receive() -> str:
    """Answer how much came, and with which note."""
    return f"{len(request.files['picture'].read())} {request.form.get('note', '')}"


@pytest.fixture
def shop_client(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return the client of a shop with a view that takes an upload."""
    app.add_url_rule("/upload", view_func=receive, methods=["GET", "POST"])
    return client


@pytest.fixture
def staff(shop_client: FlaskClient) -> Browser:
    return signed_in(shop_client, "staff@example.com")


def signed_in(client: FlaskClient, email: str) -> Browser:
    browser = Browser(client)
    browser.get("/login")
    browser.send("/login", email=email, password=DEMO_PASSWORD)
    browser.get("/account/profile")
    return browser


def fields(browser: Browser, size: int, **others: str) -> dict[str, object]:
    token = next((form.fields["csrf_token"] for form in browser.forms() if "csrf_token" in form.fields), "")
    return {"csrf_token": token, "picture": FileStorage(BytesIO(bytes(size)), "p.png"), **others}


def test_every_byte_may_stand_anywhere(staff: Browser) -> None:
    """Line ends within a picture look like the beginning of the boundary; bytes of zero never do."""
    picture = Random(4).randbytes(LIMIT - 100) + b"\r\n" * 50
    data = fields(staff, 0) | {"picture": FileStorage(BytesIO(picture), "p.png")}
    answer = staff.client.post("/upload", data=data)
    assert (answer.status_code, answer.text) == (200, f"{LIMIT} ")


def send(browser: Browser, size: int, **others: str) -> TestResponse:
    return browser.client.post("/upload", data=fields(browser, size, **others))


def test_staff_send_as_much_as_the_view_takes(staff: Browser) -> None:
    for size in (0, 1000, 600_000, LIMIT):
        answer = send(staff, size, note="hola")
        assert (answer.status_code, answer.text) == (200, f"{size} hola")
    assert send(staff, LIMIT + 70_000).status_code == 413


def test_fields_stay_as_short_as_in_any_form(staff: Browser) -> None:
    assert send(staff, 10, note="x" * 70_000).status_code == 413


def test_nothing_large_is_read_from_anybody_else(shop_client: FlaskClient) -> None:
    guest = Browser(shop_client)
    guest.get("/login")
    assert send(guest, 100_000).status_code == 413
    customer = signed_in(shop_client, "ana@example.com")
    assert send(customer, 100_000).status_code == 413
    assert send(customer, 1000).status_code == 200


def test_another_view_takes_no_more_than_before(staff: Browser) -> None:
    assert staff.client.post("/language", data=fields(staff, 100_000)).status_code == 413


def test_a_form_without_its_token_does_nothing(staff: Browser) -> None:
    data = {"picture": (BytesIO(bytes(1000)), "p.png")}
    assert staff.client.post("/upload", data=data).status_code == 400


class Stream:
    """The body of a request, which does something while it is read, or breaks."""

    def __init__(self, data: bytes, error: Exception | None = None, meanwhile: threading.Thread | None = None) -> None:
        self._data, self._error, self._meanwhile = BytesIO(data), error, meanwhile

    def read(self, size: int = -1) -> bytes:
        if self._meanwhile is not None:
            self._meanwhile.start()
            self._meanwhile.join(10)
            self._meanwhile = None
        piece = self._data.read(size)
        if not piece and self._error is not None:
            raise self._error
        return piece


def environ_of(browser: Browser, size: int) -> tuple[dict[str, object], bytes]:
    cookies = "; ".join(f"{one.key}={one.value}" for one in browser.client._cookies.values())
    builder = EnvironBuilder("/upload", method="POST", data=fields(browser, size), headers={"Cookie": cookies})
    environ = builder.get_environ()
    with environ["wsgi.input"] as whole:
        return environ, whole.read()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a half of a file is left to Python
@pytest.mark.parametrize("error", [None, TimeoutError("timed out"), ConnectionResetError("gone")])
def test_an_upload_that_was_cut_off(app: Flask, staff: Browser, error: Exception | None) -> None:
    """By the end of the connection, by silence, and by a reset."""
    environ, body = environ_of(staff, 1_000_000)
    environ["wsgi.input"] = Stream(body[: len(body) // 2], error)
    answer = TestResponse(*run_wsgi_app(app, environ), request=None)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert "no llegó completo" in answer.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk(app: Flask, staff: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the system's temporary files, where a large upload is before it is looked at."""
    environ, body = environ_of(staff, 1_000_000)
    environ["wsgi.input"] = Stream(body)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    answer = TestResponse(*run_wsgi_app(app, environ), request=None)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "archivos de la tienda no responden" in answer.text


def test_a_slow_upload_holds_no_slot(app: Flask, staff: Browser) -> None:
    """With one slot in all, somebody else is served while the body arrives."""
    queue = AdmissionQueue(app, max_active=1)
    served: list[int] = []
    other = threading.Thread(target=lambda: served.append(Client(queue).get("/robots.txt").status_code), daemon=True)
    environ, body = environ_of(staff, 1_000_000)
    environ["wsgi.input"] = Stream(body, meanwhile=other)
    answer = TestResponse(*run_wsgi_app(queue, environ), request=None)  # type: ignore[arg-type]
    assert (answer.status_code, served) == (200, [200])
