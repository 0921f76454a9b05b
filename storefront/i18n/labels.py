"""Labels of product kinds, delivery methods, carriers, stock, disputes and numbers."""

from collections.abc import Iterable
from contextlib import nullcontext

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from storefront.enums import Method, ProductKind, Zone
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.money import separated
from storefront.settings import contact, seller, shop_texts

MESSENGER = "messenger"
"""The shop's own messenger among the carriers, whose parcels need no tracking number."""

LOW_STOCK = 5
"""At this stock and below, the page shows the number of units left."""

_METHODS = {
    Method.STANDARD: _l("Envío estándar"),
    Method.EXPRESS: _l("Envío exprés"),
    Method.OVERNIGHT: _l("Envío al día siguiente"),
    Method.PICKUP: _l("Recoger en la tienda"),
}
_ZONES = {
    Zone.LOCAL: _l("Bogotá y alrededores"),
    Zone.MAIN: _l("Ciudades principales"),
    Zone.NATIONAL: _l("Resto del país"),
    Zone.REMOTE: _l("Zonas apartadas"),
}
_KINDS = {
    ProductKind.PHYSICAL: _l("Producto físico"),
    ProductKind.DIGITAL: _l("Descarga digital"),
    ProductKind.SUBSCRIPTION: _l("Suscripción"),
}


def method_label(method: Method, language: str | None = None) -> str:
    """Return the name of a delivery method, in the language of this request or in the given one."""
    spanish, english = shop_texts().delivery.methods.get(method, ("", ""))
    if own := english if (language or current_language()) == "en" else spanish:
        return own
    with force_locale(language) if language else nullcontext():
        return str(_METHODS.get(method, method))


def zone_label(zone: Zone) -> str:
    """Return the name of a zone of delivery."""
    return str(_ZONES[zone])


def kind_label(kind: ProductKind) -> str:
    """Return the name of a kind of product."""
    return str(_KINDS[kind])


def carrier_label(carrier: str) -> str:
    """Return a carrier's name, or the label of pickup."""
    own = {Method.PICKUP: _("Recoger en la tienda"), MESSENGER: _("Mensajero propio")}
    return own.get(carrier) or shop_texts().delivery.carriers.get(carrier, carrier)


def pickup_address() -> str:
    """Return where orders are picked up: the seller's address unless staff chose another one."""
    return shop_texts().delivery.pickup_address or seller().address


def pickup_hours() -> str:
    """Return when orders are picked up, in the language of this request or mail."""
    spanish, english = shop_texts().delivery.pickup_hours
    own = english if current_language() == "en" else spanish
    return own or _("de lunes a viernes, de 8 a. m. a 5 p. m.")


def contact_hours() -> str:
    """Return when the shop answers, in the language of this request."""
    spanish, english = contact().hours
    return hours_label(english if current_language() == "en" else spanish)


def hours_label(own: str) -> str:
    """Return the hours that staff wrote, or those of a shop that wrote none."""
    return own or _("De lunes a viernes, de 8 a. m. a 5 p. m.")


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


def choices_label(choices: Iterable[tuple[str, int]], language: str) -> str:
    """Return how much there is to choose from, such as `4 tallas, 2 colores`; the names are the shop's own words."""
    return ", ".join(f"{count} {_plural_of(name.lower(), language)}" for name, count in choices)


def _plural_of(noun: str, language: str) -> str:
    """Return the plural of a noun by the rules of its language, which all names of options that are usual follow."""
    if language == "en":
        return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    if noun.endswith("ión"):
        return f"{noun[:-2]}ones"
    if noun.endswith("z"):
        return f"{noun[:-1]}ces"
    return f"{noun}s" if noun[-1:] in "aeiouáéó" else f"{noun}es"


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


def number_label(number: int) -> str:
    """Return a number as people read it: ``1.500`` in Spanish, ``1,500`` in English."""
    return separated(f"{number:,}", current_language())
