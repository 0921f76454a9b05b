"""The words of the staff's pages: machine words of money, parcels and tries, as people say them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from storefront.enums import AttemptState, OrderStatus, PaymentStatus, RefundStatus, StaffRole
from storefront.wording.orders import status_label

_STATUSES = {OrderStatus.PENDING: _l("Pendiente"), OrderStatus.CONFIRMED: _l("Confirmado")}
_PAYMENTS = {
    PaymentStatus.PENDING: _l("Sin pagar"),
    PaymentStatus.PROCESSING: _l("Pago en proceso"),
    PaymentStatus.PAID: _l("Pagado"),
    PaymentStatus.FAILED: _l("El pago no pasó"),
    PaymentStatus.PARTIALLY_REFUNDED: _l("Reembolso parcial"),
    PaymentStatus.REFUNDED: _l("Reembolsado"),
}
_ATTEMPTS = {
    AttemptState.ASKED: _l("Sin respuesta de Stripe"),
    AttemptState.OPEN: _l("Se puede pagar"),
    AttemptState.PAID: _l("Pagado"),
    AttemptState.CLOSED: _l("Cerrado"),
    AttemptState.REFUSED: _l("Rechazado por Stripe"),
}
_REFUNDS = {
    RefundStatus.REQUESTED: _l("Pedido a Stripe"),
    RefundStatus.PENDING: _l("En camino"),
    RefundStatus.REQUIRES_ACTION: _l("Stripe espera algo"),
    RefundStatus.SUCCEEDED: _l("Hecho"),
    RefundStatus.FAILED: _l("No se pudo"),
    RefundStatus.CANCELED: _l("Anulado"),
}
_STEPS = {
    "ship": _l("Listo: el pedido va en camino y el comprador recibe la guía."),
    "ready": _l("Listo: el comprador sabe que puede recogerlo."),
    "deliver": _l("Listo: anotamos que el comprador lo tiene."),
    "restock": _l("Listo: las unidades están en el inventario."),
    "return": _l("Listo: anotamos que volvió. Falta devolver el dinero."),
    "close": _l("Listo: la solicitud quedó cerrada sin reembolso."),
    "accept": _l("Listo: el pedido sigue con lo que se pagó."),
    "reject": _l("Listo: el pago se devuelve y el pedido quedó cancelado."),
    "settle": _l("Listo: anotamos que el dinero quedó saldado."),
    "cancel": _l("Listo: el pedido quedó cancelado."),
    "end_plan": _l("Listo: el plan terminó y no se cobra más."),
}
_ROLES = {
    StaffRole.OWNER: _l("Propietario"),
    StaffRole.MANAGER: _l("Gerencia"),
    StaffRole.WAREHOUSE: _l("Bodega"),
    StaffRole.SUPPORT: _l("Atención al cliente"),
    StaffRole.ACCOUNTANT: _l("Contabilidad"),
}

_STATES: Mapping[str, Mapping[Any, Any]] = {
    "status": _STATUSES,
    "payment": _PAYMENTS,
    "attempt": _ATTEMPTS,
    "refund": _REFUNDS,
}


def role_words(role: StaffRole) -> str:
    """Return the name of a staff role."""
    return str(_ROLES[role])


def state_words(kind: str, state: str) -> str:
    """Return what a state of an order, a payment, a try to pay or a refund means."""
    return str(_STATES[kind].get(state) or status_label(OrderStatus(state)))


def step_words(step: str) -> str:
    """Return what staff read after a step was taken."""
    return str(_STEPS[step])
