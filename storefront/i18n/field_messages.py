"""Messages for the problems of form and JSON fields, which say how to correct them."""

from flask_babel import lazy_gettext as _l

_MESSAGES = {
    "required": _l("Completa este campo"),
    "too_long": _l("Usa menos caracteres"),
    "too_many_lines": _l("El carrito admite hasta 50 productos distintos"),
    "too_many_with_plan": _l(
        "Con un plan se pagan a la vez hasta 20 productos más, y el envío cuenta como uno; compra el resto aparte"
    ),
    "invalid": _l("Revisa este dato: tiene algo que no podemos usar"),
    "invalid_email": _l("Escribe un correo válido, como nombre@ejemplo.com"),
    "invalid_phone": _l("Escribe un celular de 10 dígitos que empiece por 3, o un fijo que empiece por 60"),
    "unknown_city": _l("No encontramos esa ciudad o municipio; revisa cómo está escrito"),
    "city_not_in_department": _l("Esa ciudad no queda en el departamento elegido"),
    "unsupported_country": _l("Por ahora solo enviamos dentro de Colombia"),
    "zip_mismatch": _l("Ese código postal no es del departamento elegido"),
    "one_plan": _l("Compra un plan a la vez"),
    "one_of_plan": _l("De cada plan se compra uno"),
    "out_of_range": _l("Escribe una cantidad entera entre 1 y 100"),
    "changed_meanwhile": _l("El pedido cambió mientras lo mirabas; revísalo y confirma otra vez"),
    "not_returnable": _l("Este producto no se puede devolver ahora"),
    "more_than_bought": _l("No te quedan tantas unidades por devolver"),
    "nothing_chosen": _l("Escribe cuántas unidades devuelves"),
    "invalid_units": _l("Escribe las unidades con números, sin decimales"),
    "too_many_addresses": _l("Guardas 20 direcciones, que es lo más que cabe; quita una primero"),
    "too_short": _l("Usa una contraseña de 8 caracteres o más"),
    "too_common": _l("Esa contraseña es muy conocida; elige otra"),
}
_OF_FIELD = {
    ("email", "required"): _l("Escribe tu correo"),
    ("email", "unverified"): _l("Confirma primero tu correo con el enlace del mensaje que te enviamos, o pide otro"),
    ("full_name", "required"): _l("Escribe tu nombre y tu apellido"),
    ("first_name", "required"): _l("Escribe tu nombre"),
    ("last_name", "required"): _l("Escribe tu apellido"),
    ("full_name", "last_name_required"): _l("Escribe también tu apellido"),
    ("full_name", "invalid"): _l("Escribe tu nombre y tu apellido con letras"),
    ("phone", "required"): _l("Escribe tu celular"),
    ("department", "required"): _l("Elige el departamento"),
    ("department", "invalid"): _l("Elige el departamento de la lista"),
    ("city", "required"): _l("Escribe la ciudad o el municipio"),
    ("street", "required"): _l("Escribe la dirección"),
    ("street", "invalid"): _l("Escribe la dirección con su tipo de vía, como Calle 85 # 12-28"),
    ("zip_code", "invalid"): _l("El código postal tiene 6 dígitos; también puedes dejarlo vacío"),
    ("method", "required"): _l("Elige cómo quieres recibir el pedido"),
    ("code", "required"): _l("Escribe el código del cupón"),
    ("password", "required"): _l("Escribe la contraseña"),
    ("password", "too_long"): _l("Usa una contraseña de menos de 128 caracteres"),
    ("carrier", "invalid"): _l("Elige la transportadora de la lista"),
    ("guide", "required"): _l("Escribe el número de guía"),
    ("guide", "invalid"): _l("La guía tiene solo letras, números y guiones"),
    ("tracking_url", "invalid"): _l("Escribe una dirección que empiece por https://"),
    ("amount", "required"): _l("Escribe un valor o las unidades que se devuelven"),
    ("amount", "invalid"): _l("Escribe el valor en pesos, sin centavos"),
    ("amount", "out_of_range"): _l("No queda tanto por devolver de este pedido"),
    ("note", "required"): _l("Escribe por qué, para la historia del pedido"),
    ("restock", "out_of_range"): _l("Escribe cuántas unidades vuelven, sin pasar de las que faltan en el inventario"),
    ("units", "out_of_range"): _l("No quedan tantas unidades por devolver"),
    ("current_password", "required"): _l("Escribe tu contraseña actual"),
    ("current_password", "wrong_password"): _l("Esa no es tu contraseña actual"),
    ("password", "wrong_password"): _l("Esa no es tu contraseña"),
    ("password", "plans_running"): _l("Tienes un plan activo: cancélalo primero en Mis planes"),
    ("password", "last_owner"): _l("Eres el único propietario de la tienda: nombra otro antes de cerrar tu cuenta"),
    ("new_password", "required"): _l("Escribe la contraseña nueva"),
    ("notes", "too_long"): _l("Las notas admiten hasta 500 caracteres"),
}


def field_message(code: str, field: str = "") -> str:
    """Return the message for an error code; a field can have a message of its own."""
    return str(_OF_FIELD.get((field, code)) or _MESSAGES.get(code) or _MESSAGES["invalid"])
