"""Running axe on a page as it is, at both widths, light and dark."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.browsing import DESKTOP, PHONE

Examine = Callable[[Page, str], None]
EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Darkness changes colours and nothing else, and no colour depends on the width.
LOOKS = [(DESKTOP, "light", EVERYTHING), (PHONE, "light", EVERYTHING), (PHONE, "dark", COLOURS)]
# A letter is read inside the page of a mail program, which has the landmarks.
_LAY_BARS = "position => document.querySelectorAll('.buy-bar').forEach(bar => { bar.style.position = position; })"
OF_A_PAGE = {"landmark-one-main", "region"}
# Messages that stand in another order than their fields, which a reader goes through from above.
_OUT_OF_ORDER = """() => {
  const fields = [...document.querySelectorAll('.error-summary a[href^="#"]')]
    .map(link => document.getElementById(link.hash.slice(1)));
  return fields.slice(1).filter((field, index) => field && fields[index]
    && field.compareDocumentPosition(fields[index]) & Node.DOCUMENT_POSITION_FOLLOWING).map(field => field.id);
}"""


def looking_at(page: Page, examine: Examine, width: int) -> Callable[[str], None]:
    """Return what runs axe on a page in a state, and sees that it does not move sideways at a width."""

    def look(state: str) -> None:
        examine(page, f"{state} at {width}")
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state

    return look


@cache
def engine() -> str:
    return str(Axe().axe_script)


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """Return what axe finds, one line each."""
    options = {"resultTypes": ["violations"], "preload": False, "elementRef": False, "runOnly": rules}
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{found['id']} {node['target']}: {node['failureSummary'].splitlines()[1].strip()}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


def looking(name: str) -> Iterator[Examine]:
    """Return what runs axe on a page as it is, in every look; what it found fails the test in the end, all at once."""
    found: list[str] = []

    def look_at(page: Page, state: str) -> None:
        page.evaluate(engine())
        # What lies below a bar that stays at the bottom is scrolled out from under it, while axe sees one moment.
        found.extend(f"{state}: the message of {field} is not in its place" for field in page.evaluate(_OUT_OF_ORDER))
        page.evaluate(_LAY_BARS, "static")
        for width, scheme, rules in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            problems = violations(page, rules)
            if "letter" in state:
                problems = [problem for problem in problems if problem.split()[0] not in OF_A_PAGE]
            found.extend(f"{state}, {width} px, {scheme}: {problem}" for problem in problems)
        page.evaluate(_LAY_BARS, "")
        page.set_viewport_size({"width": DESKTOP, "height": 800})

    yield look_at
    assert not found, "\n".join([name, *found])
