"""Messages for the shop's errors: one table for pages and API."""

from collections.abc import Callable, Mapping
from typing import Any

from storefront.errors import (
    AccountRequired,
    CheckoutBlocked,
    ContentRefused,
    FilesUnavailable,
    InvalidInput,
    PictureRefused,
    PlanOver,
    RowsRefused,
    ShopError,
    UploadBroken,
    WeakPassword,
    WrongState,
)
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.i18n.dates import date_label, date_range_label
from storefront.i18n.field_messages import field_message
from storefront.i18n.files import content_refusal, picture_refusal
from storefront.i18n.labels import method_label
from storefront.i18n.staff import role_label
from storefront.money import format_money
from storefront.settings import settings

Facts = Mapping[str, Any]


def explain(error: ShopError) -> str:
    """Return the message for an error, with its data and a way to resolve it."""
    if isinstance(error, InvalidInput):
        return " ".join(dict.fromkeys(_sentence(code, name) for name, code in error.problems.items()))
    if isinstance(error, WrongState) and error.data.get("reason") == "too_old":
        return _("Este pedido ya es muy viejo para pagarlo: sus productos se liberan pronto. Haz uno nuevo.")
    if isinstance(error, WrongState) and error.data.get("reason") == "awaited":
        return _("El pago de este pedido está en camino: no hace falta pagarlo otra vez.")
    if isinstance(error, WrongState) and error.data.get("reason") == "other_currency":
        return _("Se pagó en otra moneda: este pago solo se puede devolver.")
    if isinstance(error, WrongState) and error.data.get("reason") == "units_left":
        return _("Faltan unidades por enviar: envíalas en otro paquete o devuelve su dinero.")
    if isinstance(error, WrongState):
        return _("El pedido ya no está en un estado que permita hacer esto.")
    if isinstance(error, WeakPassword):
        return field_message(str(error.data.get("reason", "too_short")), "password") + "."
    if isinstance(error, FilesUnavailable):
        return _("Los archivos de la tienda no responden ahora mismo. Espera un minuto e inténtalo otra vez.")
    if isinstance(error, UploadBroken):
        return _("El archivo no llegó completo. No se guardó nada: súbelo otra vez.")
    if isinstance(error, PictureRefused):
        return picture_refusal(error.data)
    if isinstance(error, ContentRefused):
        return content_refusal(error.data)
    if isinstance(error, CheckoutBlocked):
        return _(
            "Por ahora no podemos recibir este pedido. Si crees que es un error, escríbenos a %(email)s.",
            email=settings().SELLER_EMAIL,
        )
    if isinstance(error, PlanOver):
        return _("Este plan ya terminó.")
    if isinstance(error, AccountRequired):
        return _("Para comprar un plan necesitas una cuenta: inicia sesión o crea una.")
    if isinstance(error, RowsRefused):
        return "\n".join(
            _("Línea %(line)s, columna %(column)s: %(problem)s", line=line, column=column, problem=explain(problem))
            for line, column, problem in error.data.get("rows", ())
        ) or _("Hay filas que no se pueden usar.")
    return _SENTENCES.get(error.code, _unforeseen)(error.data)


def _sentence(code: str, field: str) -> str:
    return field_message(code, field).rstrip(".") + "."


def _money(amount_minor: int) -> str:
    return format_money(amount_minor, current_language())


def _out_of_stock(facts: Facts) -> str:
    return " ".join(
        _shortage(name, available) for *_ids, name, _quantity, available in facts.get("shortages", ())
    ) or _("No hay unidades suficientes.")


def _units_reserved(facts: Facts) -> str:
    if not facts.get("reserved"):
        sku, on_hand = facts.get("sku", ""), facts.get("on_hand", 0)
        return _n("Solo hay %(num)s unidad de %(sku)s.", "Solo hay %(num)s unidades de %(sku)s.", on_hand, sku=sku)
    return _(
        "De %(sku)s hay %(on_hand)s unidades y %(reserved)s están reservadas para pedidos: no pueden quedar menos.",
        sku=facts["sku"],
        on_hand=facts["on_hand"],
        reserved=facts["reserved"],
    )


def _stock_changed(facts: Facts) -> str:
    return _(
        "Alguien cambió el inventario de %(sku)s mientras lo mirabas: ahora hay %(on_hand)s. Revísalo y confirma otra"
        " vez.",
        sku=facts.get("sku", ""),
        on_hand=facts.get("on_hand", 0),
    )


def _variant_required(facts: Facts) -> str:
    if facts.get("name"):
        return _("Elige cuál opción de %(name)s quieres.", name=facts["name"])
    return _("Elige una opción de este producto.")


def _shortage(name: str, available: int) -> str:
    if available <= 0:
        return _("%(name)s está agotado.", name=name)
    return _n(
        "Solo queda %(num)s unidad de %(name)s.", "Solo quedan %(num)s unidades de %(name)s.", available, name=name
    )


def _product_unavailable(facts: Facts) -> str:
    if facts.get("name"):
        return _("%(name)s ya no está a la venta.", name=facts["name"])
    return _("Ese producto ya no está a la venta.")


def _minimum_not_met(facts: Facts) -> str:
    if "missing_minor" not in facts:
        return _("Tu compra no llega al mínimo de este cupón.")
    return _(
        "Este cupón pide una compra mínima de %(minimum)s; te faltan %(missing)s.",
        minimum=_money(facts["minimum_minor"]),
        missing=_money(facts["missing_minor"]),
    )


def _not_started(facts: Facts) -> str:
    if facts.get("starts_at"):
        return _("Este cupón empieza a valer el %(day)s.", day=date_label(facts["starts_at"]))
    return _("Este cupón todavía no vale.")


def _shipping_unavailable(facts: Facts) -> str:
    if facts.get("city") and facts.get("method"):
        method = method_label(facts["method"])
        return _("“%(method)s” no llega a %(city)s; elige otra forma de envío.", method=method, city=facts["city"])
    return _("Elige una forma de envío que llegue a tu dirección.")


def _price_changed(facts: Facts) -> str:
    quote = facts.get("quote")
    if quote is None:
        return _("El total cambió; revísalo antes de pagar.")
    if "before_minor" in facts:
        before = _money(facts["before_minor"])
        return _(
            "El total cambió desde que hiciste el pedido: era %(before)s y ahora es %(total)s. No se ha cobrado nada.",
            before=before,
            total=_money(quote.total_minor),
        )
    return _("El total cambió: ahora es %(total)s. No se ha cobrado nada.", total=_money(quote.total_minor))


def _delivery_changed(facts: Facts) -> str:
    if "latest" not in facts:
        return _("La fecha de entrega cambió; revísala antes de pagar.")
    dates = date_range_label(facts["earliest"], facts["latest"])
    return _("La fecha de entrega cambió: ahora lo recibes %(dates)s.", dates=dates)


def _too_small(facts: Facts) -> str:
    if "minimum_minor" not in facts:
        return _("El total es menor que el mínimo que se puede pagar con tarjeta.")
    minimum = _money(facts["minimum_minor"])
    return _("El pago con tarjeta empieza en %(minimum)s; agrega algo más al carrito.", minimum=minimum)


def _too_many_holds(facts: Facts) -> str:
    if facts.get("reason") == "units":
        return _(
            "Sin pagar se pueden apartar hasta %(units)s unidades a la vez: paga o cancela lo que tienes pendiente, "
            "o compra en varios pedidos y paga cada uno antes del siguiente.",
            units=facts["units"],
        )
    if facts.get("reason") == "value":
        return _(
            "Sin pagar se pueden apartar productos por hasta %(value)s a la vez: paga o cancela lo que tienes "
            "pendiente, o compra en varios pedidos y paga cada uno antes del siguiente.",
            value=_money(facts["value_minor"]),
        )
    return _("Hay demasiados pedidos sin pagar a tu nombre; paga uno o espera unos minutos.")


def _idempotency_conflict(facts: Facts) -> str:
    if facts.get("reason") == "running":
        return _("Una solicitud con esa clave sigue en curso; espera su respuesta.")
    return _("Esa clave de idempotencia ya se usó con otro contenido.")


def _download_expired(facts: Facts) -> str:
    if facts.get("is_link"):
        return _("Este enlace de descarga venció. Pide otro en tu biblioteca o en la página del pedido.")
    return _("El plazo para descargar este archivo terminó.")


def _provider_silent(facts: Facts) -> str:
    if facts.get("about") == "plan":
        return _("Stripe no respondió. Tu plan sigue como estaba; inténtalo de nuevo en un momento.")
    return _("No pudimos abrir la página de pago. Tu carrito está a salvo y no se cobró nada; inténtalo de nuevo.")


def _account_needed(facts: Facts) -> str:
    if facts.get("reason") == "unverified":
        return _(
            "En este momento, para pagar hay que confirmar el correo: el enlace está en el mensaje que te enviamos, "
            "o pide otro en Mis datos. Tu carrito está a salvo."
        )
    return _(
        "En este momento, para pagar hace falta entrar a una cuenta: cuidamos las tarjetas de todos. "
        "Tu carrito está a salvo."
    )


def _not_permitted(facts: Facts) -> str:
    if facts.get("reason") == "unverified":
        return _("Confirma primero tu correo: el enlace está en el mensaje que te enviamos, o pide otro en Mis datos.")
    if "limit_minor" in facts:
        limit = format_money(facts["limit_minor"], current_language())
        return _(
            "Tu rol permite devolver hasta %(limit)s de un pedido. Pídeselo a gerencia o a un propietario.", limit=limit
        )
    if "role" in facts:
        role = role_label(facts["role"])
        return _("Tu rol (%(role)s) no permite hacer esto. Pídeselo a un propietario.", role=role)
    return _("Tu rol no permite hacer esto.")


def _not_staff(facts: Facts) -> str:
    if "email" in facts:
        return _("%(email)s no trabaja en la tienda o está desactivado.", email=facts["email"])
    return _("Esa persona no trabaja en la tienda.")


def _database_away(_facts: Facts) -> str:
    return _("La tienda no responde ahora mismo. Espera unos segundos e inténtalo otra vez.")


def _unforeseen(_facts: Facts) -> str:
    return _("Algo falló de nuestro lado; inténtalo de nuevo.")


_SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "not_found": lambda facts: _("No encontramos lo que buscas."),
    "edit_conflict": lambda facts: _("Otra persona cambió esto mientras lo editabas; compara y guarda otra vez."),
    "empty_cart": lambda facts: _("Tu carrito está vacío."),
    "product_unavailable": _product_unavailable,
    "out_of_stock": _out_of_stock,
    "units_reserved": _units_reserved,
    "stock_changed": _stock_changed,
    "variant_required": _variant_required,
    "coupon_invalid": lambda facts: _("Ese cupón no existe; revisa cómo está escrito."),
    "coupon_expired": lambda facts: _("Ese cupón ya venció."),
    "coupon_not_started": _not_started,
    "coupon_exhausted": lambda facts: _("Ese cupón ya se usó todas las veces que se podía."),
    "coupon_minimum_not_met": _minimum_not_met,
    "coupon_not_applicable": lambda facts: _("Ese cupón no vale para los productos de tu carrito."),
    "coupon_already_used": lambda facts: _("Ya usaste ese cupón."),
    "shipping_unavailable": _shipping_unavailable,
    "price_changed": _price_changed,
    "delivery_changed": _delivery_changed,
    "amount_too_small": _too_small,
    "consent_required": lambda facts: _("Marca la casilla para recibir el contenido digital de inmediato."),
    "already_subscribed": lambda facts: _("Ya tienes este plan. Lo ves en Mis planes."),
    "account_needed": _account_needed,
    "rate_limited": _too_many_holds,
    "email_taken": lambda facts: _("Ya hay una cuenta con ese correo; inicia sesión."),
    "invalid_credentials": lambda facts: _("El correo y la contraseña no coinciden."),
    "not_permitted": _not_permitted,
    "not_staff": _not_staff,
    "last_owner": lambda facts: _("La tienda se quedaría sin propietario activo; nombra otro primero."),
    "payment_provider_error": _provider_silent,
    "mail_unavailable": lambda facts: _("El servidor de correo no recibe mensajes ahora; saldrán cuando vuelva."),
    "mail_refused": lambda facts: _("El servidor de correo no acepta este mensaje ni lo aceptará."),
    "idempotency_conflict": _idempotency_conflict,
    "invalid_json": lambda facts: _("El cuerpo de la solicitud no es JSON válido."),
    "return_url_not_allowed": lambda facts: _("Esa dirección de retorno no está permitida."),
    "token_missing": lambda facts: _("Falta el token de acceso."),
    "token_invalid": lambda facts: _("El token de acceso no es válido."),
    "token_expired": lambda facts: _("El token de acceso venció."),
    "token_revoked": lambda facts: _("El token de acceso ya no vale; inicia sesión de nuevo."),
    "download_expired": _download_expired,
    "download_limit_reached": lambda facts: _("Ya usaste todas las descargas de este archivo."),
    "download_revoked": lambda facts: _("Devolvimos el dinero de este contenido y el acceso terminó."),
    "invalid_signature": lambda facts: _("La firma del evento no es válida."),
    "service_unavailable": _database_away,
    "internal_error": _unforeseen,
}
