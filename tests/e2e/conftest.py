"""One demonstration and one chromium for the whole run; a window that complains fails its test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import Window, chromium_path, open_window, running_chromium
from tests.e2e.demonstration import Demo, running_demo
from tests.e2e.looking import Examine, looking
from tests.e2e.shopping import Shopper

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the system's chromium."""
    if chromium_path() is None:
        pytest.skip("chromium is not installed: apt-get install -y --no-install-recommends chromium")
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def demo_of_the_run(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Return the demonstration that all tests share."""
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def demo(demo_of_the_run: Demo) -> Iterator[Demo]:
    """Return the shared demonstration; the simulator behaves again afterwards."""
    already_said = len(demo_of_the_run.said)
    yield demo_of_the_run
    demo_of_the_run.sim("reset")
    print(*demo_of_the_run.said[already_said:], sep="")  # pytest shows it with a test that failed


@pytest.fixture
def browse(chromium: Browser, demo: Demo) -> Iterator[Callable[..., Page]]:
    """Return what opens a window on the shop: `browse(width=360, javascript=False, language="en", scheme="dark")`.

    Afterwards no window may have complained, nor have asked anything of another machine.
    """
    windows: list[Window] = []

    def open_page(**wishes: Any) -> Page:
        windows.append(open_window(chromium, demo.url, **wishes))
        return windows[-1].page

    yield open_page
    for window in windows:
        window.context.close()
    complaints = [complaint for window in windows for complaint in window.complaints]
    assert not complaints, "\n".join(complaints)
    strangers = [address for window in windows for address in window.strangers]
    assert not strangers, strangers


@pytest.fixture
def examine(request: pytest.FixtureRequest) -> Iterator[Examine]:
    """Return what runs axe on a page as it is, in every look; what it finds fails the test in the end."""
    yield from looking(request.node.name)


@pytest.fixture
def shop_as(browse: Callable[..., Page], demo: Demo) -> Callable[..., Shopper]:
    """Return what makes a shopper with a window and an e-mail of their own; takes the wishes of `browse`."""
    return lambda **wishes: Shopper(browse(**wishes), demo)


@pytest.fixture
def shopper(shop_as: Callable[..., Shopper]) -> Shopper:
    """Return a guest at a desk, in Spanish, with JavaScript."""
    return shop_as()
