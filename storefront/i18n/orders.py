"""Labels and messages for the state of an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask_babel import lazy_gettext as _l

from storefront import clock
from storefront.enums import (
    Method,
    OrderEventCode,
    OrderEventKind,
    OrderStanding,
    OrderStatus,
    PaymentStatus,
    ReviewReason,
    ShipmentState,
)
from storefront.i18n.babel import translate as _
from storefront.i18n.dates import date_label, time_label


class HasStanding(Protocol):
    """The fields of an order that decide its label."""

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""

    @property
    def payment_status(self) -> PaymentStatus:
        """Where its money stands."""

    @property
    def total_minor(self) -> int:
        """What it cost."""

    @property
    def shipping_method(self) -> Method | None:
        """How it is delivered, if anything ships."""

    @property
    def review_reason(self) -> ReviewReason | None:
        """Why a person must look at its payment, if so."""

    @property
    def is_refund_owed(self) -> bool:
        """Whether money that should have gone back did not."""


class HasCode(Protocol):
    """An event of an order's history."""

    @property
    def new(self) -> str | None:
        """The status it moved to."""

    @property
    def code(self) -> OrderEventCode:
        """Why it moved."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state that an order's page shows: a key for templates, a label, a sentence, and the tone of its badge."""

    key: OrderStanding
    label: str
    sentence: str
    tone: str


_TABLE = {
    OrderStanding.PENDING: (
        _l("Pendiente de pago"),
        _l("Todavía no hemos recibido el pago. Apartamos tus productos por un rato."),
        "waiting",
    ),
    OrderStanding.PROCESSING_PAYMENT: (
        _l("Esperamos tu pago"),
        _l("El medio de pago que elegiste puede tardar unos días. Te escribimos apenas llegue el pago."),
        "waiting",
    ),
    OrderStanding.FAILED: (_l("El pago no pasó"), _l("Tu banco no aprobó el pago y no se cobró nada."), "bad"),
    OrderStanding.REVIEW: (
        _l("Pago en revisión"),
        _l("Recibimos un pago que no coincide con el pedido. Una persona lo está revisando y te escribe."),
        "waiting",
    ),
    OrderStanding.CONFIRMED: (_l("Pagado"), _l("Recibimos tu pago y estamos por preparar el pedido."), "good"),
    OrderStanding.PROCESSING: (_l("En preparación"), _l("Estamos preparando tu pedido."), "good"),
    OrderStanding.SHIPPED: (_l("Enviado"), _l("Tu pedido va en camino."), "good"),
    OrderStanding.DELIVERED: (_l("Entregado"), _l("Tu pedido fue entregado."), "good"),
    OrderStanding.CANCELLED: (_l("Cancelado"), _l("Este pedido se canceló. No se cobró nada."), "bad"),
    OrderStanding.EXPIRED: (
        _l("Venció sin pago"),
        _l("El tiempo para pagar terminó y liberamos los productos apartados. No se cobró nada."),
        "bad",
    ),
    OrderStanding.NOT_RECEIVED: (
        _l("El pago no llegó"),
        _l("El pago no llegó y liberamos los productos apartados. No se cobró nada."),
        "bad",
    ),
    OrderStanding.CANCELLED_PAID: (
        _l("Cancelado"),
        _l("El pedido se canceló después del pago. Te devolvemos el dinero."),
        "bad",
    ),
    OrderStanding.CANCELLED_GOODS: (
        _l("Cancelado"),
        _l("Se canceló lo que no habíamos enviado y devolvimos ese dinero. Lo demás sigue siendo tuyo."),
        "neutral",
    ),
    OrderStanding.RETURNED: (_l("Devuelto"), _l("Recibimos la devolución de tu pedido."), "neutral"),
    OrderStanding.REFUNDED: (
        _l("Reembolsado"),
        _l("Devolvimos el dinero de este pedido al medio de pago que usaste."),
        "neutral",
    ),
}

_SHIPMENTS = {
    ShipmentState.TO_PREPARE: _l("Por preparar"),
    ShipmentState.SHIPPED: _l("En camino"),
    ShipmentState.DELIVERED: _l("Entregado"),
    ShipmentState.READY_FOR_PICKUP: _l("Listo para recoger"),
    ShipmentState.COLLECTED: _l("Recogido"),
}


def standing_of(order: HasStanding, history: Iterable[HasCode] = ()) -> Standing:
    """Return the state of an order for its buyer; its history tells why it was cancelled."""
    key = _key(order)
    if key == OrderStanding.CANCELLED:
        key = _ENDS.get(_code_of_end(history), key)
    label, sentence, tone = _TABLE[key]
    if key == OrderStanding.SHIPPED and order.shipping_method == Method.PICKUP:
        label, sentence = _l("Listo para recoger"), _l("Tu pedido te espera en la tienda.")
    if key == OrderStanding.DELIVERED and order.shipping_method == Method.PICKUP:
        label, sentence = _l("Recogido"), _l("Recogiste tu pedido en la tienda.")
    if key == OrderStanding.CONFIRMED and order.shipping_method is None:
        sentence = _("Recibimos tu pago y lo que compraste ya está disponible.")
    if order.is_refund_owed and key != OrderStanding.RETURNED:
        sentence = _("Un reembolso de este pedido no llegó: estamos viendo cómo devolverte el dinero.")
    if order.payment_status == PaymentStatus.PARTIALLY_REFUNDED:
        return Standing(key, _("%(status)s, reembolso parcial", status=label), str(sentence), tone)
    return Standing(key, str(label), str(sentence), tone)


def hold_label(until: datetime | None, shipping_method: Method | None) -> str:
    """Return until when an unpaid order's stock is reserved; an empty text where none is."""
    if until is None or shipping_method is None or until <= clock.now():
        return ""
    return _(
        "Apartamos tus productos hasta las %(time)s; después vuelven a la venta.",
        time=time_label(until),
    )


def wait_label(until: datetime | None) -> str:
    """Return until which day an order whose payment takes days is kept; an empty text where it is not."""
    if until is None or until <= clock.now():
        return ""
    return _("Guardamos tu pedido hasta el %(day)s.", day=date_label(until, "full"))


def order_status_label(order: HasStanding) -> str:
    """Return the label of an order's status for staff; a collected order is not called delivered."""
    is_collected = order.status == OrderStatus.DELIVERED and order.shipping_method == Method.PICKUP
    return _("Recogido") if is_collected else status_label(order.status)


def status_label(status: OrderStatus) -> str:
    """Return the label of a status, whatever the payment status is."""
    return str(_TABLE[OrderStanding(status)][0])


def shipment_label(state: ShipmentState) -> str:
    """Return the label of a shipment's state."""
    return str(_SHIPMENTS[state])


def event_label(kind: OrderEventKind, new: str | None, code: OrderEventCode) -> str:
    """Return the label of an order's event for its buyer; an event for staff only gives an empty text."""
    if code == OrderEventCode.REFUND_UNDONE:
        return _("El reembolso no llegó") if kind == OrderEventKind.PAYMENT else ""
    if code in _CODE_MESSAGES:
        return str(_CODE_MESSAGES[code])
    if kind == OrderEventKind.STATUS and new:
        return str(_EVENTS.get(OrderStatus(new), _TABLE[OrderStanding(new)][0]))
    if kind == OrderEventKind.PAYMENT and new:
        return str(_PAYMENT_EVENTS.get(PaymentStatus(new), ""))
    return ""


_CODE_MESSAGES = {
    OrderEventCode.READY_FOR_PICKUP: _l("Listo para recoger"),
    OrderEventCode.COLLECTED: _l("Recogido"),
    OrderEventCode.PARCEL_SENT: _l("Otro paquete va en camino"),
    OrderEventCode.WITHDRAWAL_ASKED: _l("Pediste devolver productos (retracto)"),
}
_EVENTS = {OrderStatus.PENDING: _l("Pedido creado"), OrderStatus.CONFIRMED: _l("Pedido confirmado")}
_PAYMENT_EVENTS = {
    PaymentStatus.PROCESSING: _l("Pago en proceso"),
    PaymentStatus.PAID: _l("Pago recibido"),
    PaymentStatus.FAILED: _l("El pago no pasó"),
    PaymentStatus.PARTIALLY_REFUNDED: _l("Reembolso parcial"),
    PaymentStatus.REFUNDED: _l("Reembolso total"),
}


def _code_of_end(history: Iterable[HasCode]) -> OrderEventCode:
    """Return why an order was cancelled the last time."""
    codes = [event.code for event in history if event.new == OrderStatus.CANCELLED]
    return codes[-1] if codes else OrderEventCode.CANCELLED


_ENDS = {
    OrderEventCode.EXPIRED: OrderStanding.EXPIRED,
    OrderEventCode.PAGE_REFUSED: OrderStanding.EXPIRED,
    OrderEventCode.OUT_OF_STOCK: OrderStanding.EXPIRED,
    OrderEventCode.DECLINED: OrderStanding.NOT_RECEIVED,
}
"""What buyers are told where nobody cancelled."""


def _key(order: HasStanding) -> OrderStanding:
    if order.review_reason:
        return OrderStanding.REVIEW
    if order.payment_status == PaymentStatus.REFUNDED or order.status == OrderStatus.REFUNDED:
        return OrderStanding.REFUNDED
    if order.status == OrderStatus.CANCELLED and order.total_minor == 0:
        return OrderStanding.CANCELLED
    if order.status == OrderStatus.CANCELLED and order.payment_status in (
        PaymentStatus.PAID,
        PaymentStatus.PARTIALLY_REFUNDED,
    ):
        is_whole = order.payment_status == PaymentStatus.PAID
        return OrderStanding.CANCELLED_PAID if is_whole else OrderStanding.CANCELLED_GOODS
    if order.status != OrderStatus.PENDING:
        return OrderStanding(order.status)
    return _UNPAID.get(order.payment_status, OrderStanding.PENDING)


_UNPAID = {
    PaymentStatus.PROCESSING: OrderStanding.PROCESSING_PAYMENT,
    PaymentStatus.FAILED: OrderStanding.FAILED,
}
