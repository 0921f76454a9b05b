"""Going through a page by the keyboard alone."""

from typing import Any

from playwright.sync_api import Page

_WHERE_THE_FOCUS_IS = """() => {
    const here = document.activeElement;
    if (here === document.body || !here.getClientRects().length) return null;
    const box = here.getClientRects()[0], x = box.left + box.width / 2, y = box.top + box.height / 2;
    const above = document.elementFromPoint(x, y);
    const label = here.labels && here.labels[0];
    const isHit = !!above && (here.contains(above) || above.contains(here) || (!!label && label.contains(above)));
    const bars = [...document.querySelectorAll("body *")].filter(bar => {
        const style = getComputedStyle(bar);
        return ["sticky", "fixed"].includes(style.position) && style.visibility !== "hidden" && !bar.contains(here);
    });
    const isUnder = bars.some(bar => {
        const over = bar.getBoundingClientRect();
        return over.width && over.height && over.top < box.bottom - 1 && over.bottom > box.top + 1
            && over.left < box.right - 1 && over.right > box.left + 1;
    });
    const isFree = isHit && !isUnder;
    return {name: here.outerHTML.slice(0, 160), isFree, y: Math.round(box.top)};
}"""


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; each stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        is_there, is_seen, where = page.evaluate(
            """selector => {
                const here = document.activeElement;
                const outlines = [null, "::after"].map(part => getComputedStyle(here, part).outlineStyle);
                const isSeen = here === document.body || outlines.some(outline => outline !== "none");
                return [here.matches(selector), isSeen, here.outerHTML.slice(0, 200)];
            }""",
            selector,
        )
        assert is_seen, f"no visible focus on {where}"
        if is_there:
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def stops_of(page: Page, key: str = "Tab") -> list[dict[str, Any]]:
    """Press Tab, or Shift+Tab, until the page's end and return where the focus stood; a page without end is a trap.

    A stop is free if no part of it is under a bar that stays where it is while the page scrolls.
    """
    stops: list[dict[str, Any]] = []
    for _ in range(150):
        page.keyboard.press(key)
        stop = page.evaluate(_WHERE_THE_FOCUS_IS)
        if stop is None or (stops and stop["name"] == stops[0]["name"]):
            return stops
        stops.append(stop)
    raise AssertionError("the keyboard does not come out of the page")
