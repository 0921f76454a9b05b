"""The admission queue: few requests are active, in order, and one that waits for the network delays none."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest

from storefront.serving.admission_queue import BODY_LIMIT, AdmissionQueue, slot_released

PATIENCE = 5.0


class Counter:
    """A WSGI application that counts who is inside, and keeps everybody until the gate is opened."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.inside = self.most = 0
        self.order: list[str] = []
        self.changed = threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self._step(1, environ["PATH_INFO"])
        assert self.gate.wait(PATIENCE)
        self._step(-1)
        return [b"ok"]

    def _step(self, by: int, name: str = "") -> None:
        with self.changed:
            self.inside += by
            self.most = max(self.most, self.inside)
            if name:
                self.order.append(name)
            self.changed.notify_all()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE)


def ask(app: AdmissionQueue, name: str, method: str = "GET") -> threading.Thread:
    """Start a request in a thread of its own and return it once it is inside or in the queue."""
    before = app.waiting
    entered = len(getattr(app._application, "order", ()))
    thread = threading.Thread(target=app, args=({"REQUEST_METHOD": method, "PATH_INFO": name}, None), daemon=True)
    thread.start()
    for _ in range(5000):
        if app.waiting > before or len(getattr(app._application, "order", ())) > entered:
            return thread
        thread.join(0.001)
    raise AssertionError(f"{name} neither waits nor runs")


@contextmanager
def everybody_leaves(counter: Counter, threads: list[threading.Thread]) -> Iterator[None]:
    yield
    counter.gate.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_no_more_requests_are_active_than_allowed_and_all_are_served_in_order() -> None:
    counter = Counter()
    app = AdmissionQueue(counter, max_active=2)
    threads = [ask(app, str(n)) for n in range(6)]
    assert (counter.inside, app.waiting) == (2, 4)
    with everybody_leaves(counter, threads):
        pass
    assert counter.most == 2
    assert counter.order[:2] == ["0", "1"]
    assert sorted(counter.order) == [str(n) for n in range(6)]
    assert app.waiting == 0


def test_one_slot_serves_strictly_in_the_order_of_arrival() -> None:
    counter = Counter()
    app = AdmissionQueue(counter, max_active=1)
    threads = [ask(app, str(n)) for n in range(5)]
    with everybody_leaves(counter, threads):
        pass
    assert counter.order == ["0", "1", "2", "3", "4"]


def test_a_rush_at_the_checkout_does_not_delay_the_catalogue() -> None:
    counter = Counter()
    app = AdmissionQueue(counter, max_active=1)
    threads = [ask(app, f"buy {n}", "POST") for n in range(5)] + [ask(app, "look")]
    with everybody_leaves(counter, threads):
        pass
    assert counter.order.index("look") == 1
    assert counter.order[2:] == ["buy 1", "buy 2", "buy 3", "buy 4"]


def test_a_rush_at_the_catalogue_does_not_delay_the_checkout() -> None:
    counter = Counter()
    app = AdmissionQueue(counter, max_active=1)
    threads = [ask(app, f"look {n}") for n in range(5)] + [ask(app, "buy", "POST")]
    with everybody_leaves(counter, threads):
        pass
    assert counter.order.index("buy") in (1, 2)


def test_a_request_that_waits_for_the_network_gives_its_slot_up_and_is_the_first_to_get_one_again() -> None:
    is_away, may_return, is_inside = threading.Event(), threading.Event(), threading.Event()
    done: list[str] = []

    def until_waiting(count: int) -> None:
        for _ in range(5000):
            if app.waiting == count:
                return
            time.sleep(0.001)
        raise AssertionError(f"{app.waiting} wait, not {count}")

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        name = environ["PATH_INFO"]
        if name == "slow":
            with slot_released():
                is_away.set()
                assert may_return.wait(PATIENCE)
        if name == "first":
            is_inside.set()
            until_waiting(1)  # "second"
            may_return.set()
            until_waiting(2)  # "slow" has come back and stands before it
        done.append(name)
        return []

    def start(name: str) -> threading.Thread:
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": name}
        thread = threading.Thread(target=app, args=(environ, None), daemon=True)
        thread.start()
        return thread

    app = AdmissionQueue(application, max_active=1)
    threads = [start("slow")]
    assert is_away.wait(PATIENCE)
    threads.append(start("first"))
    assert is_inside.wait(PATIENCE)
    threads.append(start("second"))
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert done == ["first", "slow", "second"]


def test_a_health_check_is_not_queued() -> None:
    counter = Counter()
    app = AdmissionQueue(counter, max_active=1)
    threads = [ask(app, name) for name in ("inside", "waiting", "/healthz")]
    assert counter.order == ["inside", "/healthz"]
    with everybody_leaves(counter, threads):
        pass


def test_an_application_that_fails_releases_its_slot() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        raise RuntimeError("broken")

    app = AdmissionQueue(application, max_active=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            app({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)


def test_releasing_without_a_slot_does_nothing() -> None:
    with slot_released():
        pass


@pytest.mark.parametrize(
    ("said", "sent", "left"),
    [({"CONTENT_LENGTH": "5"}, b"hello", b""), ({"HTTP_TRANSFER_ENCODING": "chunked"}, b"hello", b"")],
)
def test_the_body_is_read_before_a_request_is_queued(said: dict[str, str], sent: bytes, left: bytes) -> None:
    source, seen = BytesIO(sent), []

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        seen.append((source.read(), environ["wsgi.input"].read()))
        return []

    AdmissionQueue(application)(
        {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": source, **said}, lambda *_: None
    )
    assert seen == [(left, b"hello")]


def test_a_body_that_is_too_long_stays_unread() -> None:
    source = BytesIO(b"x" * 10)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        assert environ["wsgi.input"] is source
        return []

    length = str(BODY_LIMIT + 1)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": source, "CONTENT_LENGTH": length}
    AdmissionQueue(application)(environ, lambda *_: None)
    assert source.tell() == 0
