"""Lighthouse on a phone for the pages of a purchase: `make lighthouse` prints the median of three against the bars."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.browsing import PHONE, chromium_path, open_window, running_chromium
from tests.e2e.demonstration import Demo, running_demo
from tests.e2e.shopping import Shopper

RUNS, _TRIES = 3, 3
_CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic"


@dataclass(frozen=True)
class Bar:
    """What a figure must reach: `name` as it is printed, at least or at most `limit`."""

    name: str
    limit: float
    is_most: bool = False

    def is_missed(self, figure: float) -> bool:
        """Return whether a figure is on the wrong side."""
        return figure > self.limit if self.is_most else figure < self.limit

    @property
    def words(self) -> str:
        """Return the bar for the head of the table."""
        return f"{self.name} {'≤' if self.is_most else '≥'} {self.limit:g}"


BARS = (
    Bar("performance", 98),
    Bar("accessibility", 100),
    Bar("best-practices", 100),
    Bar("seo", 100),
    Bar("LCP s", 1.5, is_most=True),
    Bar("CLS", 0.02, is_most=True),
    Bar("TBT ms", 50, is_most=True),
    Bar("kB", 150, is_most=True),
)


def main(program: str) -> None:
    """Measure every page and end with 1 if a bar is missed; a page that is not to be found needs no SEO."""
    if chromium_path() is None:
        sys.exit("chromium is not installed: apt-get install -y --no-install-recommends chromium")
    print("| page |", " | ".join(bar.words for bar in BARS), "|")
    print("|---|" + "---|" * len(BARS))
    missed = []
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        cookie = cookie_of_a_cart(demo)
        for page, path, is_open in pages():
            found = median([measure(program, demo.url + path, cookie) for _ in range(RUNS)])
            wrong = [bar for bar in BARS if bar.is_missed(found[bar.name]) and (is_open or bar.name != "seo")]
            missed += [f"{page}: {bar.words}, found {found[bar.name]:g}" for bar in wrong]
            cells = [f"{found[bar.name]:g}" if is_open or bar.name != "seo" else "–" for bar in BARS]
            print(f"| {page} |", " | ".join(cells), "|", flush=True)
    print(*missed, sep="\n")
    sys.exit(1 if missed else 0)


def pages() -> Iterator[tuple[str, str, bool]]:
    """Yield name and address of each page, and whether it is to be found by search engines."""
    yield "home", "/", True
    yield "category", "/?category=fuerza", True
    yield "search", "/?q=proteina", False
    yield "product", "/products/kettlebell-16kg", True
    yield "cart", "/cart", False
    yield "shipping", "/checkout/shipping", False
    yield "review", "/checkout/review", False


def cookie_of_a_cart(demo: Demo) -> str:
    """Return the cookies of a guest who stands before the last look."""
    with running_chromium() as browser:
        window = open_window(browser, demo.url, width=PHONE)
        shopper = Shopper(window.page, demo)
        shopper.have("kettlebell-16kg")
        shopper.have("shaker-600ml", 2)
        shopper.go_to_review()
        return "; ".join(f"{kept['name']}={kept['value']}" for kept in window.context.cookies())


def measure(program: str, url: str, cookie: str) -> dict[str, float]:
    """Run Lighthouse once, as on a phone of 2019 with a slow connection, in the language of these addresses."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        headers = json.dumps({"Cookie": cookie, "Accept-Language": "es-CO"})
        command = [
            program, url, "--quiet", "--output=json", f"--output-path={report}", f"--chrome-flags={_FLAGS}",
            f"--only-categories={','.join(_CATEGORIES)}", f"--extra-headers={headers}",
        ]  # fmt: skip
        environ = os.environ | {"CHROME_PATH": str(chromium_path())}
        for _ in range(_TRIES):
            # Now and then it loses the trace of a page and says so; that is no figure.
            if subprocess.run(command, env=environ, timeout=180, capture_output=True).returncode == 0:
                return figures(json.loads(report.read_text()))
    raise RuntimeError(f"Lighthouse does not come to an end with {url}")


def figures(report: dict[str, Any]) -> dict[str, float]:
    """Return what the bars are about; pictures do not count into the weight."""
    audits = report["audits"]
    came = audits["network-requests"]["details"]["items"]
    weight = sum(item.get("transferSize", 0) for item in came if item.get("resourceType") != "Image")
    scores = {name: round(100 * (report["categories"][name]["score"] or 0)) for name in _CATEGORIES}
    return scores | {
        "LCP s": round(audits["largest-contentful-paint"]["numericValue"] / 1000, 2),
        "CLS": round(audits["cumulative-layout-shift"]["numericValue"], 3),
        "TBT ms": round(audits["total-blocking-time"]["numericValue"]),
        "kB": round(weight / 1000, 1),
    }


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    main(*sys.argv[1:])
