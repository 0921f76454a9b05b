"""A small typesetter: plain text with a few marks becomes a PDF that any reader opens.

Marks: `# ` title, `## ` heading, `- ` item, `| ` line of a table (fixed width), `---` new page.
"""

import textwrap
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_WIDTH, _HEIGHT, _MARGIN = 612, 792, 64
_REGULAR, _BOLD, _FIXED = "F1", "F2", "F3"
_FONTS = {_REGULAR: "Helvetica", _BOLD: "Helvetica-Bold", _FIXED: "Courier"}

# Helvetica's widths from the space to the tilde, in thousandths of the size.
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Style:
    font: str
    size: float
    leading: float
    space_before: float
    indent: float = 0


_TITLE = _Style(_BOLD, 22, 28, 0)
_HEADING = _Style(_BOLD, 13, 18, 14)
_ITEM = _Style(_REGULAR, 10.5, 15, 2, indent=14)
_TABLE = _Style(_FIXED, 9.5, 13, 0)
_TEXT = _Style(_REGULAR, 10.5, 15, 6)
_FOOT = _Style(_REGULAR, 8.5, 0, 0)
_MARKS = (("# ", _TITLE), ("## ", _HEADING), ("- ", _ITEM), ("| ", _TABLE))


def typeset(text: str) -> bytes:
    """Return the PDF of a text; the same text gives the same bytes."""
    title = next(line[2:] for line in text.splitlines() if line.startswith("# "))
    pages = [list(page) for page in _pages(text.splitlines())]
    drawn = [
        "\n".join([*page, _show(f"{title}, página {number} de {len(pages)}", _FOOT, _MARGIN, 36)])
        for number, page in enumerate(pages, 1)
    ]
    return _file(title, drawn)


def _pages(lines: Iterable[str]) -> Iterator[list[str]]:
    page: list[str] = []
    y = float(_HEIGHT - _MARGIN)
    for line in lines:
        if line == "---":
            yield page
            page, y = [], float(_HEIGHT - _MARGIN)
            continue
        mark, style = next(((mark, style) for mark, style in _MARKS if line.startswith(mark)), ("", _TEXT))
        y -= style.space_before
        for number, piece in enumerate(_wrap(line.removeprefix(mark), style)):
            y -= style.leading
            if y < _MARGIN:
                yield page
                page, y = [], _HEIGHT - _MARGIN - style.leading
            if style is _ITEM and number == 0:
                page.append(_show("•", style, _MARGIN, y))
            page.append(_show(piece, style, _MARGIN + style.indent, y))
    yield page


def _wrap(words: str, style: _Style) -> list[str]:
    """Break a paragraph where the column ends; a line of a table stays as it is."""
    if style is _TABLE:
        return [words]
    column = _WIDTH - 2 * _MARGIN - style.indent
    most = len(words) or 1
    while True:
        pieces = textwrap.wrap(words, most)
        if all(_length(piece, style) <= column for piece in pieces):
            return pieces
        most -= 1


def _length(words: str, style: _Style) -> float:
    plain = unicodedata.normalize("NFD", words)
    units = sum(_WIDTHS[ord(char) - 32] if 32 <= ord(char) < 127 else 0 for char in plain)
    return units * style.size / 1000 * (1.08 if style.font == _BOLD else 1)


def _show(words: str, style: _Style, x: float, y: float) -> str:
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{style.font} {style.size} Tf {x:g} {y:g} Td ({escaped}) Tj ET"


def _file(title: str, pages: list[str]) -> bytes:
    """Put the objects in a row, with the table that says where each begins."""
    first = 4 + len(_FONTS)
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    fonts = " ".join(f"/{name} {4 + number} 0 R" for number, name in enumerate(_FONTS))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (es-CO) /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        f"<< /Title <feff{title.encode('utf-16-be').hex()}> /Author (FitAiid) >>".encode(),
    ]
    for name in _FONTS.values():
        objects.append(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode())
    for number, page in enumerate(pages):
        box = f"/MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Resources << /Font << {fonts} >> >>"
        contents = zlib.compress(page.encode("cp1252"), 9)
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {first + 2 * number + 1} 0 R >>".encode())
        head = f"<< /Length {len(contents)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + contents + b"\nendstream")
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
