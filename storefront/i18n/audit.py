"""The audit in words: actions, objects, and what a fact was before and after."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from storefront.enums import (
    AuditAction,
    AuditObject,
    BillingInterval,
    CouponKind,
    PaymentEventState,
    ProductReviewStatus,
    ProductStatus,
    RequestStatus,
    StaffRole,
    TaxRate,
    WithdrawalExclusion,
    Zone,
)
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.coupons import coupon_kind_label
from storefront.i18n.customers import block_kind_label, data_request_label
from storefront.i18n.goods import exclusion_label, interval_label, product_status_label, tax_rate_label
from storefront.i18n.labels import carrier_label, zone_label
from storefront.i18n.requests import request_status_label
from storefront.i18n.reviews import review_status_label
from storefront.i18n.staff import role_label, state_label
from storefront.money import format_money

_ACTIONS = {
    AuditAction.CREATED: _l("Creó"),
    AuditAction.CHANGED: _l("Cambió"),
    AuditAction.REMOVED: _l("Eliminó"),
    AuditAction.PUBLISHED: _l("Publicó"),
    AuditAction.ARCHIVED: _l("Archivó"),
    AuditAction.IMPORTED: _l("Importó"),
    AuditAction.RECEIVED: _l("Recibió unidades"),
    AuditAction.COUNTED: _l("Contó unidades"),
    AuditAction.DAMAGED: _l("Dio de baja unidades"),
    AuditAction.CORRECTED: _l("Corrigió unidades"),
    AuditAction.SHIPPED: _l("Envió"),
    AuditAction.READY_FOR_PICKUP: _l("Dejó listo para recoger"),
    AuditAction.DELIVERED: _l("Marcó como entregado"),
    AuditAction.RETURNED: _l("Marcó como devuelto"),
    AuditAction.RETURN_CLOSED: _l("Cerró un retracto sin reembolso"),
    AuditAction.RESTOCKED: _l("Puso unidades en el inventario"),
    AuditAction.CANCELLED: _l("Canceló"),
    AuditAction.REFUNDED: _l("Reembolsó"),
    AuditAction.PAYMENT_ACCEPTED: _l("Aceptó el pago"),
    AuditAction.PAYMENT_REJECTED: _l("Devolvió el pago"),
    AuditAction.SETTLED: _l("Anotó dinero saldado de otra forma"),
    AuditAction.PLAN_ENDED: _l("Terminó el plan"),
    AuditAction.DOWNLOADS_RENEWED: _l("Entregó de nuevo las descargas"),
    AuditAction.REPLAYED: _l("Aplicó otra vez"),
    AuditAction.IGNORED: _l("Descartó"),
    AuditAction.RETRIED: _l("Envió otra vez"),
    AuditAction.ADDED: _l("Dio acceso"),
    AuditAction.ROLE_CHANGED: _l("Cambió el rol"),
    AuditAction.DISABLED: _l("Quitó el acceso"),
    AuditAction.LEFT: _l("Cerró su cuenta"),
    AuditAction.NOTED: _l("Anotó"),
    AuditAction.ANSWERED: _l("Respondió"),
    AuditAction.CLOSED: _l("Cerró"),
    AuditAction.DATA_REQUESTED: _l("Anotó una solicitud de datos"),
    AuditAction.DATA_ANSWERED: _l("Dio por respondida una solicitud de datos"),
    AuditAction.DATA_EXPORTED: _l("Descargó la copia de los datos"),
}
_OBJECTS = {
    AuditObject.ORDER: _l("Pedido"),
    AuditObject.EVENT: _l("Evento de Stripe"),
    AuditObject.MAIL: _l("Correo"),
    AuditObject.STAFF: _l("Equipo"),
    AuditObject.PRODUCT: _l("Producto"),
    AuditObject.VARIANT: _l("Variante"),
    AuditObject.PICTURE: _l("Foto"),
    AuditObject.CATEGORY: _l("Categoría"),
    AuditObject.FILE: _l("Archivo"),
    AuditObject.STOCK: _l("Inventario"),
    AuditObject.COUPON: _l("Cupón"),
    AuditObject.SHIPPING: _l("Envíos"),
    AuditObject.CUSTOMER: _l("Cliente"),
    AuditObject.TEXT: _l("Texto"),
    AuditObject.REQUEST: _l("Solicitud"),
}
_EVENT_STATES = {
    PaymentEventState.DONE: _l("aplicado"),
    PaymentEventState.IGNORED: _l("sin efecto"),
    PaymentEventState.FAILED: _l("falló"),
    PaymentEventState.WAITING: _l("espera su pago"),
}
_SECOND_FACTOR = {
    "off": _l("sin activar"),
    "on": _l("activo"),
    "offered": _l("pidió un código QR"),
    "new_device": _l("en otro teléfono"),
    "new_codes": _l("con códigos de recuperación nuevos"),
    "reset": _l("otra persona lo quitó"),
    "code_used": _l("entró con un código de recuperación"),
    "required": _l("obligatorio para todo el equipo"),
    "optional": _l("a elección de cada uno"),
}
_FACTS = {
    "block": _l("Bloqueo"),
    "customer_note": _l("Nota sobre el cliente"),
    "data_answered": _l("Solicitud de datos respondida"),
    "data_request": _l("Solicitud de datos"),
    "due_on": _l("Responder hasta"),
    "last_day": _l("Último día"),
    "received_on": _l("Llegó el"),
    "address": _l("Dirección"),
    "amount_minor": _l("Valor"),
    "answer": _l("Respuesta"),
    "barcodes": _l("Código de barras"),
    "brand": _l("Marca"),
    "cap_minor": _l("Descuento máximo"),
    "carrier": _l("Transportadora"),
    "categories": _l("Categorías nuevas"),
    "codes_left": _l("Códigos de recuperación que quedan"),
    "category": _l("Categoría"),
    "code": _l("Código"),
    "cut_off_hour": _l("Hora de corte"),
    "description": _l("Descripción"),
    "description_en": _l("Descripción en inglés"),
    "email": _l("Correo"),
    "ends_at": _l("Hasta"),
    "ends_with_period": _l("Termina con lo pagado"),
    "files": _l("Archivos"),
    "hours": _l("Horario de atención"),
    "hours_en": _l("Horario de atención, en inglés"),
    "intervals": _l("Se cobra cada"),
    "is_active": _l("Activo"),
    "is_first_order_only": _l("Solo en la primera compra"),
    "kind": _l("Tipo"),
    "leads_to": _l("Enlace"),
    "low_stock": _l("Avisar al llegar a"),
    "max_uses": _l("Usos en total"),
    "max_uses_per_customer": _l("Usos por persona"),
    "minimum_minor": _l("Compra mínima"),
    "only_categories": _l("Solo estas categorías"),
    "only_products": _l("Solo estos productos"),
    "percent": _l("Porcentaje"),
    "pickup_address": _l("Dirección para recoger"),
    "pickup_hours": _l("Horario para recoger"),
    "pickup_hours_en": _l("Horario para recoger, en inglés"),
    "starts_at": _l("Desde"),
    "has_daily_mail": _l("Correo de cada mañana"),
    "file_name": _l("Archivo"),
    "is_account_new": _l("Cuenta nueva"),
    "is_restocked": _l("Vuelve al inventario"),
    "is_sign_in_replaced": _l("Contraseña nueva"),
    "is_visible": _l("Visible en la tienda"),
    "meanings": _l("También busca"),
    "name": _l("Nombre"),
    "name_en": _l("Nombre en inglés"),
    "nit": _l("NIT"),
    "note": _l("Nota"),
    "on_hand": _l("En inventario"),
    "on_sale": _l("A la venta"),
    "options": _l("Opciones"),
    "options_en": _l("Opciones en inglés"),
    "original_prices": _l("Precios anteriores en pesos"),
    "paid_minor": _l("Pagado"),
    "payment_status": _l("Pago"),
    "parent_id": _l("Debajo de"),
    "phone": _l("Teléfono"),
    "plan": _l("Plan"),
    "position": _l("Orden"),
    "prices": _l("Precios en pesos"),
    "product_facts": _l("Ficha técnica"),
    "product_facts_en": _l("Ficha técnica en inglés"),
    "products_changed": _l("Productos cambiados"),
    "products_created": _l("Productos nuevos"),
    "published_from": _l("Publicar desde"),
    "return": _l("Retracto"),
    "role": _l("Rol"),
    "reason": _l("Motivo"),
    "review": _l("Reseña"),
    "rows": _l("Filas"),
    "second_factor": _l("Segundo factor"),
    "slug": _l("Dirección de la página"),
    "state": _l("Estado"),
    "status": _l("Estado"),
    "tax_rate": _l("IVA"),
    "text": _l("Texto"),
    "text_en": _l("Texto en inglés"),
    "total_minor": _l("Total"),
    "tracking_number": _l("Número de guía"),
    "tracking_template": _l("Enlace de rastreo"),
    "tracking_url": _l("Enlace de rastreo"),
    "trial_days": _l("Días de prueba"),
    "zone": _l("Zona"),
    "unchanged": _l("Sin cambios"),
    "units": _l("Unidades"),
    "version": _l("Versión"),
    "weights": _l("Peso en gramos"),
    "whatsapp": _l("WhatsApp"),
    "withdrawal_exception": _l("Retracto"),
    "variants_changed": _l("Combinaciones cambiadas"),
    "variants_created": _l("Combinaciones nuevas"),
}
"""By name of a fact; one that is not here is shown by its name."""


def _request_status(value: str) -> str:
    return request_status_label(RequestStatus(value)) if value in tuple(RequestStatus) else value


_VALUES: Mapping[tuple[str, str], Callable[[Any], str]] = {
    (AuditObject.ORDER, "status"): lambda value: state_label("status", value),
    (AuditObject.ORDER, "payment_status"): lambda value: state_label("payment", value),
    (AuditObject.ORDER, "carrier"): carrier_label,
    (AuditObject.PRODUCT, "intervals"): lambda value: interval_label(BillingInterval(value)),
    (AuditObject.PRODUCT, "withdrawal_exception"): lambda value: exclusion_label(WithdrawalExclusion(value)),
    (AuditObject.PRODUCT, "status"): lambda value: product_status_label(ProductStatus(value)),
    (AuditObject.PRODUCT, "tax_rate"): lambda value: tax_rate_label(TaxRate(value)),
    (AuditObject.CUSTOMER, "status"): _request_status,
    (AuditObject.REQUEST, "status"): _request_status,
    (AuditObject.COUPON, "kind"): lambda value: coupon_kind_label(CouponKind(value)),
    (AuditObject.SHIPPING, "zone"): lambda value: zone_label(Zone(value)),
    (AuditObject.EVENT, "state"): lambda value: str(_EVENT_STATES[PaymentEventState(value)]),
    (AuditObject.TEXT, "review"): lambda value: review_status_label(ProductReviewStatus(value)),
    (AuditObject.CUSTOMER, "block"): block_kind_label,
    (AuditObject.CUSTOMER, "data_answered"): data_request_label,
    (AuditObject.CUSTOMER, "data_request"): data_request_label,
    (AuditObject.STAFF, "role"): lambda value: role_label(StaffRole(value)),
    (AuditObject.STAFF, "second_factor"): lambda value: str(_SECOND_FACTOR[value]),
}
"""How a fact of a kind of object is worded; numbers, texts and amounts need nothing."""


def audit_action_label(action: AuditAction) -> str:
    """Return what somebody did."""
    return str(_ACTIONS[action])


def audit_object_label(object_type: AuditObject) -> str:
    """Return the kind of object that it was done to."""
    return str(_OBJECTS[object_type])


def audit_changes(
    object_type: AuditObject, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    """Return (fact, before, after) in words; a text is empty where nothing was told, or nothing was there before."""
    new = after or {}
    old = {name: value for name, value in (before or {}).items() if value is not None or name not in new}
    return [
        (
            str(_FACTS.get(name, name)),
            _words(object_type, name, old[name]) if name in old else "",
            _words(object_type, name, new[name]) if name in new else "",
        )
        for name in {**old, **new}
    ]


def _words(object_type: AuditObject, name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, Mapping):
        return ", ".join(_part(object_type, name, part, one) for part, one in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "–"
    if name.endswith("_minor"):
        return format_money(value, current_language())
    worded = _VALUES.get((object_type, name))
    return worded(value) if worded else str(value)


def _part(object_type: AuditObject, name: str, part: str, value: Any) -> str:
    """Return one of several values: units of something, or what something has."""
    worded = _VALUES.get((object_type, name))
    if name == "units":
        return f"{value} × {part}"
    return f"{part}: {worded(value) if worded else _words(object_type, name, value)}"
