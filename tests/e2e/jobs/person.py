"""Somebody of the staff at a window, who counts what they do and how long they wait."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from storefront.enums import StaffRole
from tests.e2e.browsing import press

Target = str | Locator
Look = Callable[[Page], None]

POINT, PRESS, THINK, TYPE = 1.1, 0.2, 1.35, 0.28
"""Seconds of the keystroke-level model (Card, Moran, Newell): to point, to press, to decide, to type a character."""


@dataclass
class Person:
    """A member of the staff; a click, a choice, a typed field and a press count one action each.

    Looking is no action and takes no time: `look` sees each page before it is left.
    """

    page: Page
    role: StaffRole
    email: str
    look: Look = field(default=lambda _page: None)
    actions: int = 0
    characters: int = 0
    waited: float = 0.0

    def start(self, path: str = "/staff/") -> None:
        """Stand on *Hoy*, where staff land, with nothing done yet."""
        self.page.goto(path)
        self.actions, self.characters, self.waited = 0, 0, 0.0

    @property
    def seconds(self) -> float:
        """Return how long it takes somebody with hands: the waiting that was measured, and the model's acts."""
        return self.waited + self.actions * (THINK + POINT + PRESS) + self.characters * TYPE

    def go(self, name: str) -> None:
        """Click a page of the staff's menu."""
        menu = self.page.get_by_role("navigation", name="Páginas del equipo")
        self.follow(menu.get_by_role("link", name=name, exact=True))

    def link(self, name: str) -> None:
        """Click the first link with a text."""
        self.follow(self.page.locator("main").get_by_role("link", name=name).first)

    def button(self, name: str) -> None:
        """Press the first button with a text, which leads to a page."""
        self.follow(self.page.locator("main").get_by_role("button", name=name).first)

    def follow(self, target: Target) -> None:
        """Click what leads to a page."""
        self.look(self.page)
        with self._acting():
            press(self._one(target))

    def enter(self, target: Target) -> None:
        """Press Enter in a field, which sends its form."""
        self.look(self.page)
        with self._acting(), self.page.expect_navigation():
            self._one(target).press("Enter")

    def open(self, summary: str) -> None:
        """Open what is folded, if it is."""
        found = self.page.locator("main details").filter(has=self.page.locator("summary", has_text=summary)).first
        if found.get_attribute("open") is None:
            with self._acting():
                found.locator("summary").first.click()

    @contextmanager
    def in_another_tab(self, name: str) -> Iterator[None]:
        """Click a link that opens a tab, do something there, and come back."""
        first = self.page
        self.look(first)
        with self._acting(), first.context.expect_page() as opened:
            first.get_by_role("link", name=name).click()
        self.page = opened.value
        yield
        self.page.close()
        self.page = first

    def tick(self, target: Target) -> None:
        """Tick a box."""
        with self._acting():
            self._one(target).check()

    def type(self, target: Target, text: str) -> None:
        """Type into a field, over what it holds."""
        self.characters += len(text)
        with self._acting():
            self._one(target).fill(text)

    def choose(self, target: Target, value: str) -> None:
        """Choose from a list."""
        with self._acting():
            self._one(target).select_option(value)

    def download(self, target: Target) -> Path:
        """Click what sends a file, and return where it is."""
        self.look(self.page)
        with self._acting(), self.page.expect_download() as download:
            self._one(target).click()
        return Path(download.value.path())

    def sees(self, target: Target, text: str | None = None) -> None:
        """Wait until something is there; the time counts, and nothing else."""
        with self._waiting():
            found = self._one(target)
            expect(found).to_be_visible()
            if text is not None:
                expect(found).to_contain_text(text)

    def is_told(self, text: str) -> None:
        """Wait for the sentence that says it is done."""
        self.sees("main .alert-good", text)
        self.look(self.page)

    @contextmanager
    def _acting(self) -> Iterator[None]:
        self.actions += 1
        with self._waiting():
            yield

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.waited += time.perf_counter() - began

    def _one(self, target: Target) -> Locator:
        found = self.page.locator(target) if isinstance(target, str) else target
        return found.first
