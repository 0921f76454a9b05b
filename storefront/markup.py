"""The small markup in which staff write pages: paragraphs, headings, lists and links; everything else is plain text.

`## ` and `### ` begin headings, `- ` and `1. ` items of lists, `[text](address)` is a link, and an empty line ends a
paragraph. Words in braces, such as `{nit}`, stand for values. No HTML passes: all text is escaped.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from markupsafe import Markup, escape

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,300})\)")
_MEANT_AS_LINK = re.compile(r"\]\(")
_WORD = re.compile(r"\{([^{}\n]{0,40})\}")
_BEGINNINGS = ("https://", "mailto:", "tel:")
_HEADINGS = {"##": "h2", "###": "h3"}
_ITEM = re.compile(r"(-|[0-9]{1,3}\.) +(.*)")
_HEADING = re.compile(r"(#{2,3}) +(.*)")


def render(text: str, words: Mapping[str, str], root: str = "") -> Markup:
    """Return a text as HTML; `words` are the values of words in braces, and `root` goes before the shop's own paths."""
    lines = [line.strip() for line in filled(text, words).splitlines()]
    parts = (_block(kind, list(block), root) for kind, block in groupby(lines, _kind))
    return Markup("\n").join(part for part in parts if part)


def with_own_links(text: str, own: Callable[[str], str]) -> str:
    """Return a text whose links to pages of the shop lead where `own` says."""
    return _LINK.sub(lambda found: f"[{found[1]}]({own(found[2])})" if _is_own(found[2]) else found[0], text)


def problem_of(text: str, words: Mapping[str, str], most: int) -> str:
    """Return what is wrong with a text: `required`, `too_long`, `bad_link`, `unknown_word`; empty if nothing is."""
    if not text:
        return "required"
    if len(text) > most:
        return "too_long"
    if any(word not in words for word in _WORD.findall(text)):
        return "unknown_word"
    whole = filled(text, words)
    links = _LINK.findall(whole)
    is_wrong = len(links) != len(_MEANT_AS_LINK.findall(whole)) or not all(_is_usable(url) for _, url in links)
    return "bad_link" if is_wrong else ""


def filled(text: str, words: Mapping[str, str]) -> str:
    """Return a text with the values of the words in braces; nothing else changes."""
    return _WORD.sub(lambda found: words.get(found[1], found[0]), text)


def _kind(line: str) -> str:
    """Return what a line belongs to: a heading, an item of a list, nothing, or a paragraph."""
    if not line:
        return ""
    if found := _HEADING.fullmatch(line):
        return _HEADINGS[found[1]]
    if found := _ITEM.fullmatch(line):
        return "ul" if found[1] == "-" else "ol"
    return "p"


def _block(kind: str, lines: list[str], root: str) -> Markup:
    if kind in ("ul", "ol"):
        items = [Markup("<li>{}</li>").format(_linked(_ITEM.sub(r"\2", line), root)) for line in lines]
        return Markup("<{0}>{1}</{0}>").format(kind, Markup("").join(items))
    if kind in _HEADINGS.values():
        heading = Markup("<{0}>{1}</{0}>")
        return Markup("\n").join(heading.format(kind, _linked(_HEADING.sub(r"\2", line), root)) for line in lines)
    return Markup("<p>{}</p>").format(Markup("<br>").join(_linked(line, root) for line in lines)) if kind else Markup()


def _linked(line: str, root: str) -> Markup:
    return Markup("").join(_pieces(line, root))


def _pieces(line: str, root: str) -> Iterator[Markup]:
    """Yield a line's text escaped, and its links; a link that leads where it must not stays text."""
    end = 0
    for found in _LINK.finditer(line):
        yield escape(line[end : found.start()])
        text, url = found.groups()
        address = root + url if url.startswith("/") else url
        yield Markup('<a href="{}">{}</a>').format(address, text) if _is_usable(url) else escape(found[0])
        end = found.end()
    yield escape(line[end:])


def _is_usable(url: str) -> bool:
    """Return whether a link may lead there: a page of the shop, a secure address, an e-mail or a phone."""
    return url.startswith(_BEGINNINGS) or _is_own(url)


def _is_own(url: str) -> bool:
    return url.startswith("/") and not url.startswith(("//", "/\\"))
