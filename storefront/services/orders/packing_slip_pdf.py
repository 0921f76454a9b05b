"""Packing slips as PDF: one order after another, each on its own label of 100 × 150 mm or sheet of A4."""

from collections.abc import Callable, Sequence

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from storefront import clock
from storefront.domain.shipping import Address
from storefront.enums import Method, SlipSize
from storefront.i18n import current_language, date_label, method_label, phone_label
from storefront.i18n import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.services.orders import code128
from storefront.services.orders.packing_slips import Slip, SlipLine
from storefront.services.orders.pdf_text import plain
from storefront.settings import seller

_FONT = "Helvetica"
_BAR_HEIGHT, _WIDEST_MODULE = 14.0, 0.5
_PAPERS = {SlipSize.LABEL: ((100.0, 150.0), 5.0, 1.0), SlipSize.A4: ((210.0, 297.0), 15.0, 1.25)}
"""By size, width and height in millimetres, the margin, and by how much its letters are larger."""


def draw(slips: Sequence[Slip], size: SlipSize, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Return the slips as a PDF in the reader's language."""
    sheet = _Sheet(size)
    for done, slip in enumerate(slips, 1):
        sheet.draw(slip)
        if progress is not None:
            progress("draw", done, len(slips))
    return bytes(sheet.output())


class _Sheet(FPDF):
    """A PDF of packing slips; each page of an order has its number and barcode on top."""

    def __init__(self, size: SlipSize) -> None:
        paper, margin, self.scale = _PAPERS[size]
        super().__init__(format=paper)
        self.slip: Slip | None = None
        self.sheets = 0
        self.set_margins(margin, margin)
        self.c_margin = 0
        self.set_auto_page_break(True, margin + 4 * self.scale)
        self.set_title(plain(_("Hojas de empaque")))
        self.set_author(plain(seller().name))
        self.set_lang("es-CO" if current_language() == "es" else "en-US")
        self.set_creation_date(clock.now())

    def draw(self, slip: Slip) -> None:
        """Begin a new page with an order's slip."""
        self.slip, self.sheets = slip, 0
        self.add_page()
        self._receiver(slip)
        self._rule()
        for line in slip.lines:
            self._line(line)
        self._rule()
        self._put(_n("%(num)s unidad en total", "%(num)s unidades en total", slip.units), 10, "B")
        if slip.order.notes:
            self.ln(1)
            self._put(_("Nota del comprador: %(note)s", note=slip.order.notes), 10)

    def header(self) -> None:
        """Draw the number with its barcode."""
        if self.slip is None:
            return
        self.sheets += 1
        order = self.slip.order
        self._put(seller().name, 8)
        self._barcode(order.number)
        number = _("Pedido %(number)s", number=order.number)
        self._put(number if self.sheets == 1 else _("%(order)s, hoja %(n)s", order=number, n=self.sheets), 14, "B")
        if self.slip.parcel > 1:
            self._put(_("Paquete %(n)s de este pedido", n=self.slip.parcel), 10, "B")
        self.ln(1)

    def _barcode(self, text: str) -> None:
        fitting = self.epw / (code128.width(text) + 2 * code128.QUIET)
        module, height = min(fitting, _WIDEST_MODULE * self.scale), _BAR_HEIGHT * self.scale
        left, top = self.l_margin + code128.QUIET * module, self.get_y() + 1
        self.set_fill_color(0)
        for begins, width in code128.bars(text):
            self.rect(left + begins * module, top, width * module, height, style="F")
        self.set_y(top + height + 1)

    def _receiver(self, slip: Slip) -> None:
        order = slip.order
        address = Address.from_dict(order.address or {})
        is_picked_up = order.shipping_method == Method.PICKUP
        self._put(_("Lo recoge") if is_picked_up else _("Para"), 8)
        self._put(f"{address.first_name} {address.last_name}".strip() or order.email, 14, "B")
        if not is_picked_up:
            self._put(address.street, 12)
            place = dict.fromkeys((address.city, address.department, address.zip_code))
            self._put(", ".join(part for part in place if part), 12)  # Bogotá is its own department
        if address.phone:
            self._put(_("Tel. %(phone)s", phone=phone_label(address.phone)), 12)
        how = [method_label(order.shipping_method)] if order.shipping_method else []
        if order.delivery_latest:
            how.append(_("a más tardar el %(day)s", day=date_label(order.delivery_latest)))
        self._put(", ".join(how), 10)

    def _line(self, line: SlipLine) -> None:
        """Draw a box to tick with the units, and beside it the name, options and article number, kept together."""
        named = [(line.name, 10.0, "B"), (line.options, 9.0, ""), (line.sku, 9.0, "")]
        texts = [(text, size, style) for text, size, style in named if text]
        box, indent = 4 * self.scale, 16 * self.scale
        with self.offset_rendering() as trial:
            self._texts(texts, indent)
        if trial.page_break_triggered:
            self.add_page()
        top = self.get_y()
        self.rect(self.l_margin, top + 0.5, box, box)
        self.set_xy(self.l_margin + box + 1, top)
        self.set_font(_FONT, "B", 12 * self.scale)
        self.cell(indent - box - 1, 5 * self.scale, plain(f"{line.units} ×"))
        self.set_xy(self.l_margin, top)
        self._texts(texts, indent)
        self.ln(1)

    def _texts(self, texts: Sequence[tuple[str, float, str]], indent: float) -> None:
        for text, size, style in texts:
            self.set_x(self.l_margin + indent)
            self._put(text, size, style)

    def _put(self, text: str, size: float, style: str = "") -> None:
        if text:
            self.set_font(_FONT, style, size * self.scale)
            self.multi_cell(0, size * self.scale * 0.42, plain(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _rule(self) -> None:
        self.ln(1)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(1.5)
