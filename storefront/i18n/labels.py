"""Labels of product kinds, delivery methods, carriers, stock and disputes."""

from contextlib import nullcontext

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from storefront.enums import Method, ProductKind
from storefront.i18n.babel import translate as _
from storefront.i18n.babel import translate_number as _n

LOW_STOCK = 5
"""At this stock and below, the page shows the number of units left."""

_METHODS = {
    Method.STANDARD: _l("Envío estándar"),
    Method.EXPRESS: _l("Envío exprés"),
    Method.OVERNIGHT: _l("Envío al día siguiente"),
    Method.PICKUP: _l("Recoger en la tienda"),
}
_KINDS = {
    ProductKind.PHYSICAL: _l("Producto físico"),
    ProductKind.DIGITAL: _l("Descarga digital"),
    ProductKind.SUBSCRIPTION: _l("Suscripción"),
}
_CARRIERS = {
    "servientrega": "Servientrega",
    "coordinadora": "Coordinadora",
    "interrapidisimo": "Inter Rapidísimo",
    "envia": "Envía",
    "tcc": "TCC",
    "deprisa": "Deprisa",
}


def method_label(method: Method, language: str | None = None) -> str:
    """Return the name of a delivery method, in the language of this request or in the given one."""
    with force_locale(language) if language else nullcontext():
        return str(_METHODS.get(method, method))


def kind_label(kind: ProductKind) -> str:
    """Return the name of a kind of product."""
    return str(_KINDS[kind])


def carrier_label(carrier: str) -> str:
    """Return a carrier's name, or the label of pickup."""
    return _("Recoger en la tienda") if carrier == Method.PICKUP else _CARRIERS.get(carrier, carrier)


def as_sent(available: int) -> int:
    """Return a stock level capped to what labels distinguish, so that equal cards share one cached fragment."""
    return min(available, LOW_STOCK + 1)


def stock_label(available: int) -> str:
    """Return the stock label of a product."""
    if available <= 0:
        return _("Agotado")
    if available <= LOW_STOCK:
        return _n("Última unidad", "Últimas %(num)s unidades", available)
    return _("Disponible")


_DISPUTES = {
    "bank_cannot_process": _l("el banco no pudo procesar el pago"),
    "check_returned": _l("el pago fue devuelto"),
    "credit_not_processed": _l("no recibió un reembolso que esperaba"),
    "customer_initiated": _l("el comprador abrió el reclamo en su banco"),
    "debit_not_authorized": _l("el comprador no autorizó el débito"),
    "duplicate": _l("se le cobró dos veces"),
    "fraudulent": _l("no reconoce la compra: dice que usaron su tarjeta sin permiso"),
    "general": _l("sin motivo preciso"),
    "incorrect_account_details": _l("los datos de la cuenta no eran correctos"),
    "insufficient_funds": _l("la cuenta no tenía fondos"),
    "noncompliant": _l("el cobro no siguió las reglas de la franquicia"),
    "product_not_received": _l("no recibió el producto"),
    "product_unacceptable": _l("el producto llegó defectuoso o no era el descrito"),
    "subscription_canceled": _l("se le cobró un plan que había cancelado"),
    "unrecognized": _l("no reconoce el cobro en su extracto"),
}
"""Stripe's reasons of disputes."""


def dispute_label(reason: str) -> str:
    """Return the label of a dispute's reason; an unknown one stays as Stripe names it."""
    return str(_DISPUTES.get(reason, reason.replace("_", " ")))
