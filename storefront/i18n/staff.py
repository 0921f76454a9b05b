"""Labels of the back office: states of orders, payments, shipments and checkout sessions."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from storefront.enums import (
    CheckoutSessionState,
    OrderEventCode,
    OrderStatus,
    OrderTab,
    PaymentStatus,
    RefundStatus,
    SlipSize,
    StaffRole,
)
from storefront.i18n.orders import status_label

_STATUSES = {OrderStatus.PENDING: _l("Pendiente"), OrderStatus.CONFIRMED: _l("Confirmado")}
_PAYMENTS = {
    PaymentStatus.PENDING: _l("Sin pagar"),
    PaymentStatus.PROCESSING: _l("Pago en proceso"),
    PaymentStatus.PAID: _l("Pagado"),
    PaymentStatus.FAILED: _l("El pago no pasó"),
    PaymentStatus.PARTIALLY_REFUNDED: _l("Reembolso parcial"),
    PaymentStatus.REFUNDED: _l("Reembolsado"),
}
_CHECKOUT_SESSIONS = {
    CheckoutSessionState.ASKED: _l("Sin respuesta de Stripe"),
    CheckoutSessionState.OPEN: _l("Se puede pagar"),
    CheckoutSessionState.PAID: _l("Pagado"),
    CheckoutSessionState.CLOSED: _l("Cerrado"),
    CheckoutSessionState.REFUSED: _l("Rechazado por Stripe"),
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
    "correct": _l("Listo: la guía quedó corregida. Si el comprador ya la tenía, envíale otra vez el correo."),
    "note": _l("Listo: la nota quedó guardada."),
    "mail": _l("Listo: el correo sale en unos segundos."),
    "ready": _l("Listo: el comprador sabe que puede recogerlo."),
    "deliver": _l("Listo: anotamos que el comprador lo tiene."),
    "restock": _l("Listo: las unidades están en el inventario."),
    "return": _l("Listo: anotamos que volvió. Falta devolver el dinero."),
    "close": _l("Listo: la solicitud quedó cerrada sin reembolso."),
    "accept": _l("Listo: el pedido sigue con lo que se pagó."),
    "repeat_refund": _l("Listo: pedimos otra vez el reembolso del pago doble."),
    "reject": _l("Listo: el pago se devuelve y el pedido quedó cancelado."),
    "settle": _l("Listo: anotamos que el dinero quedó saldado."),
    "cancel": _l("Listo: el pedido quedó cancelado."),
    "end_plan": _l("Listo: el plan terminó y no se cobra más."),
    "end_plan_refunded": _l("Listo: el plan terminó y el último cobro va de vuelta."),
    "end_plan_later": _l("Listo: el plan termina con lo que está pagado. Hasta ese día puedes deshacerlo."),
    "resume_plan": _l("Listo: el plan sigue y se cobra como antes."),
}
_TABS = {
    OrderTab.TO_PREPARE: _l("Por preparar"),
    OrderTab.READY: _l("Listos para recoger"),
    OrderTab.ON_THE_WAY: _l("En camino"),
    OrderTab.TO_DECIDE: _l("Por decidir"),
    OrderTab.ALL: _l("Todos"),
}
_SHIPPING_PROBLEMS = {
    "unreadable": _l("No es un número de pedido"),
    "unknown": _l("No existe ese pedido"),
    "repeated": _l("El pedido está repetido en la lista"),
    "not_to_send": _l("El pedido no está por enviar"),
    "tracking": _l("El número de guía no es válido"),
}
_SLIP_SIZES = {
    SlipSize.LABEL: _l("Etiqueta de 100 × 150 mm"),
    SlipSize.A4: _l("Hoja A4"),
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
    "checkout_session": _CHECKOUT_SESSIONS,
    "refund": _REFUNDS,
}

_EVENTS = {
    OrderEventCode.MOVED: "",
    OrderEventCode.NOTED: _l("Nota"),
    OrderEventCode.PLACED: _l("Pedido creado"),
    OrderEventCode.RENEWED: _l("Renovación de un plan"),
    OrderEventCode.REBUILT: _l("Rehecho desde la página de pago"),
    OrderEventCode.CANCELLED: _l("alguien lo canceló"),
    OrderEventCode.EXPIRED: _l("no se pagó a tiempo"),
    OrderEventCode.PAGE_REFUSED: _l("Stripe no abrió la página de pago"),
    OrderEventCode.OUT_OF_STOCK: _l("no quedaban unidades"),
    OrderEventCode.DECLINED: _l("el pago no pasó"),
    OrderEventCode.INVOICE_PAID: _l("se pagó la factura del plan"),
    OrderEventCode.PAID_LATE: _l("se pagó después de cancelado y ya no había unidades"),
    OrderEventCode.AMOUNT_DIFFERS: _l("se pagó otro valor"),
    OrderEventCode.PAYMENT_ACCEPTED: _l("Pago de otro valor aceptado"),
    OrderEventCode.PAYMENT_REJECTED: _l("se pagó otro valor y se devuelve"),
    OrderEventCode.GOODS_RELEASED: _l("Unidades liberadas; el pago sigue por revisar"),
    OrderEventCode.REFUND_REQUESTED: _l("Reembolso solicitado"),
    OrderEventCode.REFUND_REFUSED: _l("Stripe rechazó un reembolso"),
    OrderEventCode.REFUND_FAILED: _l("Un reembolso falló en el banco"),
    OrderEventCode.REFUND_UNDONE: _l("el reembolso no llegó"),
    OrderEventCode.SETTLED_OTHERWISE: _l("Dinero saldado de otra forma"),
    OrderEventCode.DISPUTED: _l("Reclamo en el banco"),
    OrderEventCode.READY_FOR_PICKUP: _l("listo para recoger"),
    OrderEventCode.COLLECTED: _l("recogido"),
    OrderEventCode.RESTOCKED: _l("Unidades de vuelta en el inventario"),
    OrderEventCode.DOWNLOADS_RENEWED: _l("Descargas entregadas de nuevo"),
    OrderEventCode.WITHDRAWAL_ASKED: _l("Retracto solicitado"),
    OrderEventCode.WITHDRAWAL_CLOSED: _l("Retracto cerrado sin reembolso"),
    OrderEventCode.PLAN_CHANGED: _l("El plan cambió"),
    OrderEventCode.PLAN_ENDED: _l("El plan terminó de inmediato"),
    OrderEventCode.PLAN_DUPLICATE: _l("Plan pagado junto a otro igual"),
    OrderEventCode.TRIAL_REFUSED: _l("El plan termina: esa tarjeta ya lo había probado"),
    OrderEventCode.PARCEL_SENT: _l("Otro paquete enviado"),
    OrderEventCode.TRACKING_CHANGED: _l("Guía corregida"),
    OrderEventCode.ADDRESS_CHANGED: _l("Dirección corregida"),
    OrderEventCode.MAIL_SENT_AGAIN: _l("Correo enviado otra vez"),
}


def order_tab_label(tab: OrderTab) -> str:
    """Return the name of a tab of the list of orders."""
    return str(_TABS[tab])


def shipping_problem_label(problem: str) -> str:
    """Return why a line of a pasted list is not sent."""
    return str(_SHIPPING_PROBLEMS[problem])


def slip_size_label(size: SlipSize) -> str:
    """Return the name of a packing slip's paper."""
    return str(_SLIP_SIZES[size])


def event_code_label(code: OrderEventCode) -> str:
    """Return the label of an event's code for staff, beside the statuses that it changed."""
    return str(_EVENTS[code])


def role_label(role: StaffRole) -> str:
    """Return the name of a staff role."""
    return str(_ROLES[role])


def state_label(kind: str, state: str) -> str:
    """Return the label of a state of an order, a payment, a checkout session or a refund."""
    return str(_STATES[kind].get(state) or status_label(OrderStatus(state)))


def step_label(step: str) -> str:
    """Return the message after a step of an order."""
    return str(_STEPS[step])
