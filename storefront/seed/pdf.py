"""A PDF of plain text with a few marks, laid out by fpdf2.

Marks: `# ` title, `## ` heading, `- ` item, `| ` line of a table (fixed width), `---` new page.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import XPos, YPos

_MARGIN = 64
_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Style:
    """A font, and the distances in points: of its lines, above a paragraph, and from the left margin."""

    font: str
    emphasis: str
    size: float
    line_height: float
    space_before: float
    indent: float = 0


_TITLE = _Style("Helvetica", "B", 22, 28, 0)
_HEADING = _Style("Helvetica", "B", 13, 18, 14)
_ITEM = _Style("Helvetica", "", 10.5, 15, 2, indent=14)
_TABLE = _Style("Courier", "", 9.5, 13, 0)
_TEXT = _Style("Helvetica", "", 10.5, 15, 6)
_MARKS = (("# ", _TITLE), ("## ", _HEADING), ("- ", _ITEM), ("| ", _TABLE))


def typeset(text: str) -> bytes:
    """Return the PDF of a text; the same text gives the same bytes."""
    lines = text.splitlines()
    document = _Document(next(line[2:] for line in lines if line.startswith("# ")))
    for line in lines:
        if line == "---":
            document.add_page()
        else:
            mark, style = next(((mark, style) for mark, style in _MARKS if line.startswith(mark)), ("", _TEXT))
            document.paragraph(line.removeprefix(mark), style)
    return bytes(document.output())


class _Document(FPDF):
    """Letter paper with the title and the page's number at the foot."""

    def __init__(self, title: str) -> None:
        super().__init__(unit="pt", format="letter")
        self.core_fonts_encoding = "cp1252"
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_title(title)
        self.set_author("FitAiid")
        self.set_lang("es-CO")
        self.set_creation_date(_WRITTEN_AT)
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, _MARGIN)
        self.c_margin = 0  # a cell's own margin
        self.add_page()

    def footer(self) -> None:
        """Write the line at the foot of each page."""
        self.set_font("Helvetica", "", 8.5)
        self.set_y(-42)
        self.cell(0, 10, f"{self.title}, página {self.page_no()} de {{nb}}")

    def paragraph(self, text: str, style: _Style) -> None:
        """Write one line of the text, over as many lines of the page as it takes."""
        self.set_font(style.font, style.emphasis, style.size)
        self.ln(style.space_before)
        if not text:
            return
        if style is _ITEM:
            self.cell(style.indent, style.line_height, "•")  # breaks the page if the item does not fit
        self.multi_cell(0, style.line_height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
