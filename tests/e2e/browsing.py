"""Chromium, and windows of it that note every complaint and every request that leaves this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

expect.set_options(timeout=20_000)  # a loaded machine is slow, not wrong

DESKTOP, PHONE = 1280, 360
Scheme = Literal["light", "dark"]
_HEIGHTS = {DESKTOP: 900, PHONE: 740}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Return where chromium is on this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start the system's chromium; nothing is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Window:
    """A browser of its own, with its cookies, and what it complained about."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    _documents: set[str] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        """Note what a page says on the console, its errors, and where its requests go."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        # Chromium reports a page that answers 404 or 422 by design; a picture or a script must not.
        if message.text.startswith("Failed to load resource") and address in self._documents:
            return
        self.complaints.append(f"console {message.type}: {message.text} ({address})")

    def _request(self, request: Request) -> None:
        self.addresses.append(request.url)
        if request.is_navigation_request():
            self._documents.add(request.url)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the reader went on before it came
            self.complaints.append(f"request failed: {request.failure} ({request.url})")

    @property
    def strangers(self) -> list[str]:
        """Return requests to anything but this machine."""
        return [
            address
            for address in self.addresses
            if urlsplit(address).scheme not in {"data", "about", "blob"} and urlsplit(address).hostname != "127.0.0.1"
        ]


def open_window(
    browser: Browser,
    url: str,
    *,
    width: int = DESKTOP,
    javascript: bool = True,
    language: str = "es",
    scheme: Scheme = "light",
    **more: Any,
) -> Window:
    """Open a window on the shop; relative addresses are the shop's."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": _HEIGHTS.get(width, 800)},
        java_script_enabled=javascript,
        locale="es-CO" if language == "es" else "en-US",
        color_scheme=scheme,
        timezone_id="America/Bogota",
        **more,
    )
    context.set_default_timeout(30_000)  # a loaded machine is slow, not wrong
    window = Window(context, None)  # type: ignore[arg-type]  # its first page follows
    context.on("page", window.watch)
    window.page = context.new_page()
    return window


def press(button: Locator) -> None:
    """Click what leads to a page, and wait for it; playwright itself returns while the old page is still there."""
    with button.page.expect_navigation():
        button.click()
