"""The words of the staff's pages: machine words of money, parcels and tries, as people say them."""

from flask_babel import lazy_gettext as _l

from storefront.wording.orders import status_label

_STATUSES = {"pending": _l("Pendiente"), "confirmed": _l("Confirmado")}
_PAYMENTS = {
    "pending": _l("Sin pagar"),
    "processing": _l("Pago en proceso"),
    "paid": _l("Pagado"),
    "failed": _l("El pago no pasó"),
    "partially_refunded": _l("Reembolso parcial"),
    "refunded": _l("Reembolsado"),
}
_ATTEMPTS = {
    "asked": _l("Sin respuesta de Stripe"),
    "open": _l("Se puede pagar"),
    "paid": _l("Pagado"),
    "closed": _l("Cerrado"),
    "refused": _l("Rechazado por Stripe"),
}
_REFUNDS = {
    "requested": _l("Pedido a Stripe"),
    "pending": _l("En camino"),
    "requires_action": _l("Stripe espera algo"),
    "succeeded": _l("Hecho"),
    "failed": _l("No se pudo"),
    "canceled": _l("Anulado"),
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
    "owner": _l("Propietario"),
    "manager": _l("Gerencia"),
    "warehouse": _l("Bodega"),
    "support": _l("Atención al cliente"),
    "accountant": _l("Contabilidad"),
}


def role_words(role: str) -> str:
    """Return the name of a staff role."""
    return str(_ROLES[role])


def state_words(kind: str, state: str) -> str:
    """Return what a state of an order, a payment, a try to pay or a refund means."""
    table = {"status": _STATUSES, "payment": _PAYMENTS, "attempt": _ATTEMPTS, "refund": _REFUNDS}.get(kind, {})
    return str(table.get(state) or status_label(state))


def step_words(step: str) -> str:
    """Return what staff read after a step was taken."""
    return str(_STEPS[step])
