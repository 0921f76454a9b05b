"""Messages that only the API uses: titles by status, and problems of a body's fields."""

import re
from http import HTTPStatus

from flask_babel import lazy_gettext as _l

from storefront.i18n import field_message

_TITLES = {
    400: _l("Solicitud no válida"),
    401: _l("Falta una sesión válida"),
    404: _l("No encontrado"),
    405: _l("Método no permitido"),
    409: _l("Conflicto con otra solicitud"),
    410: _l("Ya no está disponible"),
    413: _l("El cuerpo es demasiado grande"),
    415: _l("Solo se acepta application/json"),
    429: _l("Demasiadas solicitudes"),
    500: _l("Error del servidor"),
    503: _l("Servicio no disponible"),
}
_DETAILS = {
    404: _l("No hay nada en esta dirección."),
    405: _l("Esta dirección no admite ese método; mira el encabezado Allow."),
    413: _l("El cuerpo puede tener hasta 64 KB."),
    415: _l("Envía el cuerpo como JSON con Content-Type: application/json."),
    429: _l("Hiciste demasiadas solicitudes; espera lo que dice Retry-After."),
    503: _l("El servicio no responde en este momento; inténtalo de nuevo."),
}
_FIELDS = {
    "unknown_field": _l("Este campo no existe"),
    "not_an_integer": _l("Escribe un número entero, sin comillas ni decimales"),
    "not_a_boolean": _l("Escribe true o false"),
    "not_a_text": _l("Escribe un texto entre comillas"),
    "not_a_list": _l("Escribe una lista"),
    "not_an_object": _l("Escribe un objeto"),
    "not_a_choice": _l("Elige uno de los valores permitidos"),
    "repeated": _l("Este parámetro está repetido"),
    "invalid_key": _l("La clave tiene de 1 a 255 caracteres ASCII imprimibles"),
    "all_or_nothing": _l("Todavía no lo enviamos: se cancela completo o no se cancela; deja este campo fuera"),
    "link_over": _l("El enlace ya se usó o venció; pide otro"),
    "wrong_password": _l("La contraseña actual no es esa"),
    "number_range": _l("El número está fuera del rango permitido"),
}
_INTERNAL_NAMES = {"state": "department", "type": "document_type", "number": "document_number"}


def title_of(status: int) -> str:
    """Return the title of a problem."""
    return str(_TITLES.get(status) or HTTPStatus(status).phrase)


def detail_of(status: int) -> str:
    """Return the default detail for a status."""
    return str(_DETAILS.get(status, _TITLES.get(status, "")))


def field_label(code: str, path: str) -> str:
    """Return the message for the field at a path like `items[0].quantity`."""
    name = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", path.rsplit(".", 1)[-1]).lower()
    if code == "out_of_range" and name != "quantity":
        code = "number_range"
    return str(_FIELDS[code]) if code in _FIELDS else field_message(code, _INTERNAL_NAMES.get(name, name))
