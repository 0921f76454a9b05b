"""Labels that the receipt's page and its PDF share."""

from typing import Protocol

from flask_babel import lazy_gettext as _l

from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.subscriptions import card_label

_NO_TAX = {"zero": _l("Exento de IVA"), "excluded": _l("Excluido de IVA"), "": _l("Sin IVA")}


def tax_label(basis_points: int, rate: str = "") -> str:
    """Return a rate of IVA: ``IVA 19 %``, ``Exento de IVA``, ``Excluido de IVA``; ``Sin IVA`` if nobody knows."""
    if basis_points == 0:
        return str(_NO_TAX.get(rate, _NO_TAX[""]))
    percent = f"{basis_points / 100:g}"
    if current_language() == "es":
        percent = percent.replace(".", ",")
    return _("IVA %(percent)s %%", percent=percent)


class Paid(Protocol):
    """What an order tells of its payment."""

    @property
    def payment_reference(self) -> str | None:
        """What leads to the money at the provider."""

    @property
    def total_minor(self) -> int:
        """What was to be paid."""

    @property
    def card(self) -> tuple[str, str] | None:
        """Brand and last digits of the card, if they are known."""


def payment_label(order: Paid) -> str:
    """Return how an order was paid."""
    if order.payment_reference is None or order.total_minor == 0:
        return _("Sin costo: no se cobró nada")
    reference = order.payment_reference
    if order.card:
        return _("%(card)s, por Stripe (referencia %(reference)s)", card=card_label(*order.card), reference=reference)
    return _("Por Stripe (referencia %(reference)s)", reference=reference)


def not_an_invoice() -> str:
    """Return the notice that a receipt is no invoice."""
    return _("Este es un recibo o comprobante de compra. No es una factura electrónica de venta.")
