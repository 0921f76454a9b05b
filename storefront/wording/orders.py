"""Where an order stands, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask_babel import lazy_gettext as _l

from storefront import clock
from storefront.wording.dates import time_words
from storefront.wording.language import translate as _


class HasStanding(Protocol):
    """What an order tells about itself."""

    @property
    def status(self) -> str:
        """Where the order stands."""

    @property
    def payment_status(self) -> str:
        """Where its money stands."""

    @property
    def shipping_method(self) -> str | None:
        """How it is delivered, if anything ships."""

    @property
    def review_reason(self) -> str | None:
        """Why a person must look at its payment, if so."""

    @property
    def is_refund_owed(self) -> bool:
        """Whether money that should have gone back did not."""


class HasCause(Protocol):
    """One line of an order's history."""

    @property
    def new(self) -> str | None:
        """The status it moved to."""

    @property
    def cause(self) -> str:
        """Who or what moved it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One word for templates to choose by, a label, a sentence, and the tone of its badge."""

    key: str
    label: str
    sentence: str
    tone: str


_TABLE = {
    "pending": (
        _l("Pendiente de pago"),
        _l("Todavía no hemos recibido el pago. Apartamos tus productos por un rato."),
        "waiting",
    ),
    "processing_payment": (
        _l("Confirmando el pago"),
        _l("Tu banco está procesando el pago. Te escribimos apenas se confirme."),
        "waiting",
    ),
    "failed": (_l("El pago no pasó"), _l("Tu banco no aprobó el pago y no se cobró nada."), "bad"),
    "review": (
        _l("Pago en revisión"),
        _l("Recibimos un pago que no coincide con el pedido. Una persona lo está revisando y te escribe."),
        "waiting",
    ),
    "confirmed": (_l("Pagado"), _l("Recibimos tu pago y estamos por preparar el pedido."), "good"),
    "processing": (_l("En preparación"), _l("Estamos preparando tu pedido."), "good"),
    "shipped": (_l("Enviado"), _l("Tu pedido va en camino."), "good"),
    "delivered": (_l("Entregado"), _l("Tu pedido fue entregado."), "good"),
    "cancelled": (_l("Cancelado"), _l("Este pedido se canceló. No se cobró nada."), "bad"),
    "expired": (
        _l("Venció sin pago"),
        _l("El tiempo para pagar terminó y soltamos los productos apartados. No se cobró nada."),
        "bad",
    ),
    "cancelled_paid": (
        _l("Cancelado"),
        _l("El pedido se canceló después del pago. Te devolvemos el dinero."),
        "bad",
    ),
    "cancelled_goods": (
        _l("Cancelado"),
        _l("Se canceló lo que no habíamos enviado y devolvimos ese dinero. Lo demás sigue siendo tuyo."),
        "neutral",
    ),
    "returned": (_l("Devuelto"), _l("Recibimos la devolución de tu pedido."), "neutral"),
    "refunded": (_l("Reembolsado"), _l("Devolvimos el dinero de este pedido a tu tarjeta."), "neutral"),
}

_SHIPMENTS = {
    "to_prepare": _l("Por preparar"),
    "shipped": _l("En camino"),
    "delivered": _l("Entregado"),
    "ready_for_pickup": _l("Listo para recoger"),
    "collected": _l("Recogido"),
}


def standing_of(order: HasStanding, history: Iterable[HasCause] = ()) -> Standing:
    """Return where an order stands for the person who placed it; its history tells why it was cancelled."""
    key = _key(order)
    if key == "cancelled" and _ran_out(history):
        key = "expired"
    label, sentence, tone = _TABLE[key]
    if key == "shipped" and order.shipping_method == "pickup":
        label, sentence = _l("Listo para recoger"), _l("Tu pedido te espera en la tienda.")
    if key == "delivered" and order.shipping_method == "pickup":
        label, sentence = _l("Recogido"), _l("Recogiste tu pedido en la tienda.")
    if key == "confirmed" and order.shipping_method is None:
        sentence = _("Recibimos tu pago y lo que compraste ya está disponible.")
    if order.is_refund_owed and key != "returned":
        sentence = _("Un reembolso de este pedido no llegó: estamos viendo cómo devolverte el dinero.")
    if order.payment_status == "partially_refunded":
        return Standing(key, _("%(status)s, reembolso parcial", status=label), str(sentence), tone)
    return Standing(key, str(label), str(sentence), tone)


def hold_words(until: datetime | None, shipping_method: str | None) -> str:
    """Return until when an unpaid order's goods are put aside; nothing where nothing is, or no more."""
    if until is None or shipping_method is None or until <= clock.now():
        return ""
    return _(
        "Hasta las %(time)s apartamos tus productos; después vuelven a estar a la venta para todos.",
        time=time_words(until),
    )


def status_words(order: HasStanding) -> str:
    """Return where an order stands in a word or two."""
    return standing_of(order).label


def order_status_words(order: HasStanding) -> str:
    """Return the name of an order's status for staff; what was fetched was not delivered."""
    is_collected = order.status == "delivered" and order.shipping_method == "pickup"
    return _("Recogido") if is_collected else status_label(order.status)


def status_label(status: str) -> str:
    """Return the name of a status, whatever the money says."""
    return str(_TABLE[status][0]) if status in _TABLE else status


def shipment_words(state: str) -> str:
    """Return where a parcel is."""
    return str(_SHIPMENTS.get(state, state))


def event_words(kind: str, new: str | None, note: str) -> str:
    """Return one line of an order's history for its buyer; what is only for staff gives an empty text."""
    if note.startswith("refund ") and note.endswith("did not arrive"):
        return _("El reembolso no llegó") if kind == "payment" else ""
    if kind == "status" and note == "ready for pickup":
        return _("Listo para recoger")
    if kind == "status" and note == "collected":
        return _("Recogido")
    if kind == "status" and new in _TABLE:
        return str(_EVENTS.get(new, _TABLE[new][0]))
    if kind == "payment":
        return str(_PAYMENT_EVENTS.get(new or "", ""))
    if note.startswith("withdrawal") and " asked" in note:
        return _("Pediste devolver productos (retracto)")
    return ""


_EVENTS = {"pending": _l("Pedido creado"), "confirmed": _l("Pedido confirmado")}
_PAYMENT_EVENTS = {
    "processing": _l("Pago en proceso"),
    "paid": _l("Pago recibido"),
    "failed": _l("El pago no pasó"),
    "partially_refunded": _l("Reembolso parcial"),
    "refunded": _l("Reembolso total"),
}


def _ran_out(history: Iterable[HasCause]) -> bool:
    causes = [event.cause for event in history if event.new == "cancelled"]
    return bool(causes) and not causes[-1].startswith(("customer", "staff"))


def _key(order: HasStanding) -> str:
    if order.review_reason:
        return "review"
    if order.payment_status == "refunded" or order.status == "refunded":
        return "refunded"
    if order.status == "cancelled" and order.payment_status in {"paid", "partially_refunded"}:
        return "cancelled_paid" if order.payment_status == "paid" else "cancelled_goods"
    if order.status != "pending":
        return order.status
    return {"processing": "processing_payment", "failed": "failed"}.get(order.payment_status, "pending")
