"""An order's history in words: who or what caused a line of it, what its note says, and which mail was sent."""

import re
from typing import Protocol

from flask_babel import lazy_gettext as _l

from storefront.enums import OrderEventCode
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.labels import carrier_label, dispute_label
from storefront.money import format_money

_AMOUNT = re.compile(r"\b[0-9]{3,}\b")
_WITH_AMOUNTS = frozenset(
    {
        *(OrderEventCode.REFUND_REQUESTED, OrderEventCode.REFUND_REFUSED, OrderEventCode.REFUND_FAILED),
        *(OrderEventCode.AMOUNT_DIFFERS, OrderEventCode.PAYMENT_ACCEPTED, OrderEventCode.PAYMENT_REJECTED),
    }
)
_BY_PEOPLE = frozenset(
    {OrderEventCode.SETTLED_OTHERWISE, OrderEventCode.WITHDRAWAL_CLOSED, OrderEventCode.WITHDRAWAL_ASKED}
)
_OF_PARCELS = frozenset({OrderEventCode.MOVED, OrderEventCode.PARCEL_SENT})
_PLAN_NOTES = {
    "ends with its period": _l("termina con lo pagado"),
    "goes on": _l("sigue"),
    "plan past_due": _l("un cobro no pasó"),
    "plan paused": _l("en pausa"),
}
_AS_THEY_ARE = frozenset({OrderEventCode.NOTED, OrderEventCode.DECLINED, OrderEventCode.RESTOCKED})
_MAILS = {
    "arrival_asked": _l("Pregunta si llegó"),
    "delivered": _l("Pedido entregado"),
    "download_ready": _l("Descargas listas"),
    "order_cancelled_late_payment": _l("Cancelado, pago tardío"),
    "order_confirmed": _l("Pedido confirmado"),
    "payment_awaited": _l("Esperamos el pago"),
    "payment_failed": _l("El pago no pasó"),
    "payment_not_received": _l("El pago no llegó"),
    "payment_rejected": _l("Pago devuelto"),
    "ready_for_pickup": _l("Listo para recoger"),
    "refund": _l("Reembolso"),
    "refund_failed": _l("El reembolso no llegó"),
    "shipped": _l("Pedido en camino"),
    "subscription_cancelled": _l("Plan cancelado"),
    "subscription_charge_soon": _l("Aviso de cobro del plan"),
    "subscription_payment_failed": _l("El cobro del plan no pasó"),
    "subscription_renewed": _l("Plan renovado"),
    "subscription_resumed": _l("El plan sigue"),
    "subscription_started": _l("Plan activado"),
    "subscription_trial_refused": _l("Prueba del plan no permitida"),
    "withdrawal_asked": _l("Retracto recibido"),
    "withdrawal_closed": _l("Retracto cerrado"),
}


class Line(Protocol):
    """A line of an order's history."""

    @property
    def code(self) -> OrderEventCode:
        """What happened."""

    @property
    def note(self) -> str:
        """Sums, names and reasons, as they were written down."""


def cause_label(cause: str) -> str:
    """Return who or what caused a line: a member of the staff by name, the buyer, Stripe, or the shop by itself."""
    kind, _space, name = cause.partition(" ")
    if kind == "staff" and name:
        return name
    if kind.rstrip(":") == "customer":
        return _("El comprador")
    return "Stripe" if kind in ("webhook", "stripe") else _("La tienda, sola")


def note_label(line: Line, has_money: bool) -> str:
    """Return what a line's note tells people: amounts as money for those who see it, carriers by name, reasons."""
    if line.code in _WITH_AMOUNTS:
        amounts = [format_money(int(found), current_language()) for found in _AMOUNT.findall(line.note)]
        return " / ".join(amounts) if has_money else ""
    if line.code in _BY_PEOPLE:
        return line.note.partition(": ")[2]
    if line.code == OrderEventCode.DISPUTED:
        return dispute_label(line.note.partition(": ")[2])
    if line.code == OrderEventCode.PLAN_CHANGED:
        return str(_PLAN_NOTES.get(line.note, ""))
    if line.code == OrderEventCode.MAIL_SENT_AGAIN:
        return mail_label(line.note)
    if line.code in _OF_PARCELS:
        carrier, _space, number = line.note.partition(" ")
        return f"{carrier_label(carrier)} {number}".strip() if carrier_label(carrier) != carrier else ""
    if line.code in (OrderEventCode.TRACKING_CHANGED, OrderEventCode.ADDRESS_CHANGED):
        return line.note
    return line.note if line.code in _AS_THEY_ARE else ""


def mail_label(template: str) -> str:
    """Return what a mail to the buyer is about."""
    return str(_MAILS.get(template, template.replace("_", " ")))
