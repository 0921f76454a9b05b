"""How a page says that something is wrong: the GOV.UK pattern."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect


@contextmanager
def answered(page: Page, status: int = 422) -> Iterator[None]:
    """The click inside is answered by a page with this status."""
    with page.expect_response(lambda answer: answer.request.is_navigation_request()) as found:
        yield
    assert found.value.status == status
    page.wait_for_load_state()


def see_errors(page: Page, *fields: str) -> None:
    """See the GOV.UK pattern: title, focused summary with links, and each field tied to its own words."""
    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert [link.get_attribute("href") for link in summary.locator("li a").all()] == [f"#{field}" for field in fields]
    for field in fields:
        entry = page.locator(f"[id='{field}']")
        message = page.locator(f"[id='{field}-error']")
        expect(message).to_be_visible()
        expect(summary).to_contain_text(message.inner_text())
        assert f"{field}-error" in (entry.get_attribute("aria-describedby") or "")
        if entry.evaluate("element => element.tagName") == "FIELDSET":
            continue
        expect(entry).to_have_attribute("aria-invalid", "true")
        summary.locator(f"a[href='#{field}']").click()
        expect(entry).to_be_focused()
