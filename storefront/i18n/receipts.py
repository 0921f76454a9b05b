"""Labels that the receipt's page and its PDF share."""

from flask_babel import lazy_gettext as _l

from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _

_NO_TAX = {"zero": _l("Exento de IVA"), "excluded": _l("Excluido de IVA"), "": _l("Sin IVA")}


def tax_label(basis_points: int, rate: str = "") -> str:
    """Return a rate of IVA: ``IVA 19 %``, ``Exento de IVA``, ``Excluido de IVA``; ``Sin IVA`` if nobody knows."""
    if basis_points == 0:
        return str(_NO_TAX.get(rate, _NO_TAX[""]))
    percent = f"{basis_points / 100:g}"
    if current_language() == "es":
        percent = percent.replace(".", ",")
    return _("IVA %(percent)s %%", percent=percent)


def payment_label(reference: str | None, total_minor: int) -> str:
    """Return how an order was paid."""
    if reference is None or total_minor == 0:
        return _("Sin costo: no se cobró nada")
    return _("Tarjeta, por Stripe (referencia %(reference)s)", reference=reference)


def not_an_invoice() -> str:
    """Return the notice that a receipt is no invoice."""
    return _("Este es un recibo o comprobante de compra. No es una factura electrónica de venta.")
