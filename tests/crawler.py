"""A crawler of the shop's pages: it follows every link with the test client, and looks for what a link names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from flask.testing import FlaskClient

HOST = "http://localhost"
FOLLOWED = (200, 301, 302, 303, 308)
"""What a link may be answered with; where a redirect leads is looked at as well."""


class _Page(HTMLParser):
    """The links of a page, what it loads, and the ids of its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        seen = {name: value or "" for name, value in attrs}
        self.ids.add(seen.get("id", ""))
        if tag == "a" and "href" in seen:
            self.links.append(seen["href"])
        elif tag == "form" and seen.get("method", "get") == "get":
            self.links.append(seen.get("action", ""))
        elif tag == "link" and seen.get("rel") in {"canonical", "prev", "next"}:
            self.links.append(seen["href"])
        elif seen.get("rel") != "alternate":  # the same page in the other language
            self.loaded += [seen[name] for name in ("src", "href") if name in seen]
            self.loaded += [part.split()[0] for part in seen.get("srcset", "").split(",") if part.strip()]


@dataclass
class Crawl:
    """What a crawl found: the pages that answered, by address, and what is wrong."""

    client: FlaskClient
    is_followed: Callable[[str], bool]
    pages: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _ids: dict[str, set[str]] = field(default_factory=dict)
    _targets: list[tuple[str, str, str]] = field(default_factory=list)

    def run(self, *starts: str) -> "Crawl":
        """Follow every link of the shop from these pages on, each address once."""
        waiting = [("", start) for start in starts]
        while waiting:
            source, address = waiting.pop()
            if address not in self.pages:
                waiting += [(address, link) for link in self._open(source, address)]
        self.faults += [
            f"{source} links to {path}#{name}, which is not there"
            for source, path, name in self._targets
            if path in self._ids and name not in self._ids[path]
        ]
        return self

    def _open(self, source: str, address: str) -> Iterator[str]:
        """Open an address, and yield the links that it has."""
        self.pages[address] = ""
        with self.client.get(address) as answer:
            if answer.status_code not in FOLLOWED:
                self.faults.append(f"{source} links to {address}, which answers {answer.status_code}")
            elif answer.status_code != 200:
                yield from self._inside(address, answer.location)
            elif answer.mimetype == "text/html":
                text = self.pages[address] = answer.text
                page = _Page()
                page.feed(text)
                self._ids[address] = page.ids
                for link in page.links:
                    yield from self._inside(address, link, is_link=True)
                for file in page.loaded:
                    yield from self._inside(address, file)

    def _inside(self, source: str, link: str, *, is_link: bool = False) -> Iterator[str]:
        """Yield where a link leads, if it leads to the shop; the part of the page that it names is looked for later."""
        url = urljoin(HOST + source, link)
        if not url.startswith(f"{HOST}/"):
            return
        path, _, name = url.removeprefix(HOST).partition("#")
        if is_link and not self.is_followed(path):
            return
        if name:
            self._targets.append((source, path, unquote(name)))
        yield path


def is_one_filter(path: str) -> bool:
    """Return whether a link has one parameter at most: filters together make more addresses than one can see."""
    parts = urlsplit(path)
    return len(parse_qsl(parts.query)) <= 1
