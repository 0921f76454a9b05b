"""The receipt as PDF, on one sheet of letter paper where it fits."""

from collections.abc import Iterable, Sequence

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from storefront.i18n import current_language, date_label, method_label, phone_label
from storefront.i18n import translate as _
from storefront.i18n.receipts import not_an_invoice, payment_label, tax_label
from storefront.services.orders.receipts import Receipt, Tax
from storefront.settings import settings
from storefront.web.templating import money

_FONT, _WIDTHS = "Helvetica", (96, 18, 36, 36)
_LOOK_ALIKES = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "•": "-"}
)


def draw(receipt: Receipt) -> bytes:
    """Return the receipt as a PDF in the reader's language."""
    order, shop, sheet = receipt.order, settings(), _Sheet(format="letter")
    sheet.begin(_("Recibo de compra %(number)s", number=order.number), receipt)
    sheet.lines(not_an_invoice(), style="B")
    sheet.heading(_("Vendedor"))
    sheet.lines(
        f"{shop.SELLER_NAME}, NIT {shop.SELLER_NIT}", shop.SELLER_ADDRESS, f"{shop.SELLER_PHONE}, {shop.SELLER_EMAIL}"
    )
    sheet.heading(_("Comprador"))
    sheet.lines(*_buyer(receipt))
    sheet.heading(_("Lo que compraste"))
    head = (_("Producto"), _("Cant."), _("Precio"), _("Total"))
    rows = [
        (line.name, str(line.quantity), money(line.unit_price_minor), money(line.total_minor)) for line in order.lines
    ]
    sheet.rows(head, rows)
    sheet.sums(_sums(receipt))
    sheet.heading(_("IVA contenido en los precios"))
    sheet.lines(*map(_tax_line, receipt.taxes))
    sheet.heading(_("Pago"))
    sheet.lines(f"{date_label(receipt.paid_at, 'full')}. {payment_label(order.payment_reference, order.total_minor)}")
    for refund in receipt.refunds:
        title = _(
            "Reembolso del %(day)s: %(amount)s", day=date_label(refund.at, "full"), amount=money(refund.amount_minor)
        )
        sheet.lines(title, *(f"{n} × {name}" for name, n in refund.goods), *map(_tax_line, refund.taxes))
        if refund.freight_minor:
            sheet.lines(_("Envío, sin IVA: %(amount)s", amount=money(refund.freight_minor)))
    return bytes(sheet.output())


class _Sheet(FPDF):
    """A PDF with the elements of a receipt."""

    def begin(self, title: str, receipt: Receipt) -> None:
        self.set_margins(15, 15)
        self.set_title(title)
        self.set_author(settings().SELLER_NAME)
        self.set_lang("es-CO" if current_language() == "es" else "en-US")
        self.set_creation_date(receipt.paid_at)
        self.add_page()
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
            table.row([_plain(text) for text in head])
            for row in rows:
                table.row([_plain(text) for text in row])

    def sums(self, sums: Iterable[tuple[str, str]]) -> None:
        self.ln(2)
        for name, amount in sums:
            self.cell(sum(_WIDTHS[:3]), 5.5, _plain(name), align="R")
            self.cell(_WIDTHS[3], 5.5, _plain(amount), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _put(self, text: str, height: float) -> None:
        self.multi_cell(0, height, _plain(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _buyer(receipt: Receipt) -> list[str]:
    order, address = receipt.order, receipt.order.address or {}
    lines = [f"{address['first_name']} {address['last_name']}".strip()] if address else []
    lines.append(order.email)
    if address.get("street"):
        place = dict.fromkeys((address["street"], address["city"], address["department"]))
        lines.append(", ".join(place))  # Bogotá is its own department
    if address.get("phone"):
        lines.append(phone_label(address["phone"]))
    return lines


def _tax_line(tax: Tax) -> str:
    amounts = _("%(tax)s dentro de %(net)s", tax=money(tax.tax_minor), net=money(tax.net_minor))
    return f"{tax_label(tax.basis_points, tax.rate)}: {amounts}"


def _sums(receipt: Receipt) -> list[tuple[str, str]]:
    order = receipt.order
    sums = [(_("Subtotal"), money(order.subtotal_minor))]
    if order.discount_minor:
        sums.append((_("Descuento"), f"-{money(order.discount_minor)}"))
    if order.shipping_method:
        sums.append(
            (method_label(order.shipping_method), money(order.shipping_minor) if order.shipping_minor else _("Gratis"))
        )
    sums.append((_("Total pagado"), f"{money(order.total_minor)}{'' if current_language() == 'en' else ' COP'}"))
    sums.append((_("IVA incluido en el total"), money(order.tax_minor)))
    if order.refunded_minor:
        sums.append((_("Reembolsado"), f"-{money(order.refunded_minor)}"))
        sums.append((_("Pagaste en definitiva"), money(receipt.rest_minor)))
    return sums


def _plain(text: str) -> str:
    """Return text in Latin-1, which the PDF's standard fonts have; other characters become a question mark."""
    return text.translate(_LOOK_ALIKES).encode("latin-1", "replace").decode("latin-1")
