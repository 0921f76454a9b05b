"""The receipt as PDF, on one sheet of letter paper where it fits."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from config import ROOT
from storefront.i18n import current_language, date_label, document_label, method_label, phone_label
from storefront.i18n import translate as _
from storefront.i18n.receipts import not_an_invoice, payment_label, tax_label
from storefront.money import format_money, whole_pesos
from storefront.services.orders.pdf_text import plain
from storefront.services.orders.receipts import Receipt, Tax
from storefront.settings import settings

if TYPE_CHECKING:
    from storefront.domain.order import OrderLine

_LOGO = ROOT / "static" / "img" / "logo.svg"
_FONT, _WIDTHS = "Helvetica", (96, 18, 36, 36)


def draw(receipt: Receipt) -> bytes:
    """Return the receipt as a PDF in the reader's language."""
    order, sold_by, sheet = receipt.order, receipt.seller, _Sheet(format="letter")
    sheet.begin(_("Recibo de compra %(number)s", number=order.number), receipt)
    sheet.lines(not_an_invoice(), style="B")
    sheet.heading(_("Vendedor"))
    sheet.lines(f"{sold_by.name}, NIT {sold_by.nit}", sold_by.address, f"{sold_by.phone}, {sold_by.email}")
    sheet.heading(_("Comprador"))
    sheet.lines(*_buyer(receipt))
    sheet.heading(_("Lo que compraste"))
    head = (_("Producto"), _("Cant."), _("Precio"), _("Total"))
    rows = [
        (_described(line), str(line.quantity), _money(line.unit_price_minor), _money(line.total_minor))
        for line in order.lines
    ]
    sheet.rows(head, rows)
    sheet.sums(_sums(receipt))
    sheet.heading(_("IVA contenido en los precios"))
    sheet.lines(*map(_tax_line, receipt.taxes))
    sheet.heading(_("Pago"))
    sheet.lines(f"{date_label(receipt.paid_at, 'full')}. {payment_label(order)}")
    for refund in receipt.refunds:
        title = _(
            "Reembolso del %(day)s: %(amount)s", day=date_label(refund.at, "full"), amount=_money(refund.amount_minor)
        )
        sheet.lines(title, *(f"{n} × {name}" for name, n in refund.goods), *map(_tax_line, refund.taxes))
        if refund.freight_minor:
            sheet.lines(_("Envío, sin IVA: %(amount)s", amount=_money(refund.freight_minor)))
    return bytes(sheet.output())


class _Sheet(FPDF):
    """A PDF with the elements of a receipt."""

    def begin(self, title: str, receipt: Receipt) -> None:
        self.set_margins(15, 15)
        self.set_title(title)
        self.set_author(receipt.seller.name)
        self.set_lang("es-CO" if current_language() == "es" else "en-US")
        self.set_creation_date(receipt.paid_at)
        self.add_page()
        self.image(_LOGO, h=11, alt_text=settings().SHOP_NAME)
        self.ln(4)
        self.set_font(_FONT, "B", 18)
        self._put(title, 10)

    def heading(self, text: str) -> None:
        self.ln(3)
        self.set_font(_FONT, "B", 11)
        self._put(text, 6)

    def lines(self, *texts: str, style: str = "") -> None:
        self.set_font(_FONT, style, 10)
        for text in texts:
            self._put(text, 5)

    def rows(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.set_font(_FONT, "", 10)
        with self.table(
            col_widths=_WIDTHS,
            text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
            line_height=6,
            borders_layout="HORIZONTAL_LINES",
        ) as table:
            table.row([plain(text) for text in head])
            for row in rows:
                table.row([plain(text) for text in row])

    def sums(self, sums: Iterable["_Sum"]) -> None:
        self.ln(2)
        for row in sums:
            self.set_font(_FONT, "B" if row.is_total else "", 12 if row.is_total else 10)
            height = 8 if row.is_total else 5.5
            self.cell(sum(_WIDTHS[:3]), height, plain(row.name), align="R")
            self.cell(_WIDTHS[3], height, plain(row.amount), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _put(self, text: str, height: float) -> None:
        self.multi_cell(0, height, plain(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _money(amount_minor: int) -> str:
    return format_money(amount_minor, current_language())


def _buyer(receipt: Receipt) -> list[str]:
    order, address = receipt.order, receipt.order.address or {}
    lines = [f"{address['first_name']} {address['last_name']}".strip()] if address else []
    if order.document:
        lines.append(document_label(order.document.type, order.document.number))
    lines.append(order.email)
    if address.get("street"):
        place = dict.fromkeys((address["street"], address["city"], address["department"]))
        lines.append(", ".join(place))  # Bogotá is its own department
    if address.get("phone"):
        lines.append(phone_label(address["phone"]))
    return lines


def _described(line: "OrderLine") -> str:
    """Return the name of a line with its article number, which orders of before have not."""
    return f"{line.name} ({line.sku})" if line.sku else line.name


def _tax_line(tax: Tax) -> str:
    amounts = _("%(tax)s incluido en %(net)s", tax=_money(whole_pesos(tax.tax_minor)), net=_money(tax.net_minor))
    return f"{tax_label(tax.basis_points, tax.rate)}: {amounts}"


class _Sum(NamedTuple):
    """A row below the lines; a total stands out."""

    name: str
    amount: str
    is_total: bool = False


def _sums(receipt: Receipt) -> list[_Sum]:
    order = receipt.order
    sums = [_Sum(_("Subtotal"), _money(order.subtotal_minor))]
    if order.discount_minor:
        sums.append(_Sum(_("Descuento"), f"-{_money(order.discount_minor)}"))
    if order.shipping_method:
        freight = _money(order.shipping_minor) if order.shipping_minor else _("Gratis")
        sums.append(_Sum(method_label(order.shipping_method), freight))
    currency = "" if current_language() == "en" else " COP"
    sums.append(_Sum(_("Total pagado"), f"{_money(order.total_minor)}{currency}", is_total=True))
    sums.append(_Sum(_("IVA incluido en el total"), _money(whole_pesos(order.tax_minor))))
    if order.refunded_minor:
        sums.append(_Sum(_("Reembolsado"), f"-{_money(order.refunded_minor)}"))
        sums.append(_Sum(_("Pagaste en definitiva"), _money(receipt.rest_minor), is_total=True))
    return sums
