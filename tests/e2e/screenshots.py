"""Pictures of the pages for the documentation: `python -m tests.e2e.screenshots` writes docs/screenshots/*.webp."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from config import ROOT
from tests.e2e.browsing import DESKTOP, PHONE, chromium_path, open_window, running_chromium
from tests.e2e.demonstration import Demo, running_demo
from tests.e2e.shopping import Shopper
from tests.e2e.tour import tour

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 60_000
TALLEST = {DESKTOP: 1200, PHONE: 1500}
NAMES = {DESKTOP: "desktop", PHONE: "phone"}


def main() -> None:
    """Walk past every page at both widths and keep a picture of each."""
    if chromium_path() is None:
        sys.exit("chromium is not installed: apt-get install -y --no-install-recommends chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, running_chromium() as browser:
        for width, size in NAMES.items():
            walk(browser, demo, width, size)


def walk(browser: Browser, demo: Demo, width: int, size: str) -> None:
    """Keep a picture of each page of the tour."""
    window = open_window(browser, demo.url, width=width, reduced_motion="reduce")
    for name in tour(Shopper(window.page, demo, email=f"luz.{size}@example.com")):
        path = FOLDER / f"{name}-{size}.webp"
        path.write_bytes(picture_of(window.page, width))
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")
    window.context.close()


def picture_of(page: Page, width: int) -> bytes:
    """Return the page from its top as a small WebP; pictures further down are loaded first."""
    page.evaluate(
        "() => Promise.all([...document.images].filter(image => image.src)"
        ".map(image => { image.loading = 'eager'; return image.decode(); }))"
    )
    page.evaluate("() => { window.scrollTo(0, 0); document.activeElement?.blur(); }")
    image = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    image = image.crop((0, 0, width, min(image.height, TALLEST[width])))
    for quality in (65, 55, 45, 35, 25):
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()


if __name__ == "__main__":
    main()
