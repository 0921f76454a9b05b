"""Error pages in the user's language, with a request id and a way to continue."""

from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from storefront.database import PoolTimeout
from storefront.errors import (
    DatabaseUnavailable,
    DownloadOver,
    FilesUnavailable,
    NotFound,
    NotPermitted,
    PaymentProviderError,
    ShopError,
    TooManyHolds,
)
from storefront.i18n import explain
from storefront.i18n import translate as _
from storefront.web.origin import ForeignForm, may_be_foreign

_PAGES = {
    400: (_l("No pudimos leer esa solicitud"), _l("Vuelve a la página anterior e inténtalo de nuevo.")),
    403: (_l("No tienes permiso para esto"), _l("Esta página es de otra persona o necesita otro permiso.")),
    404: (_l("No encontramos esa página"), _l("Puede que el enlace esté mal escrito o que la página ya no exista.")),
    405: (_l("Esa página no se abre así"), _l("Vuelve a la página anterior y usa sus botones.")),
    410: (_l("Esto ya no está disponible"), _l("El enlace venció o el producto se retiró.")),
    413: (_l("Enviaste más de lo que podemos recibir"), _l("Acorta el texto e inténtalo de nuevo.")),
    429: (_l("Vas muy rápido"), _l("Llegaron demasiadas solicitudes seguidas. Espera un minuto e inténtalo otra vez.")),
    500: (_l("Algo falló de nuestro lado"), _l("Ya quedó registrado. Tu carrito está a salvo; inténtalo de nuevo.")),
    503: (_l("Volvemos enseguida"), _l("La tienda no responde ahora mismo. Espera un minuto e inténtalo otra vez.")),
}
_REFUSALS: dict[type[ShopError], int] = {
    NotFound: 404,
    NotPermitted: 403,
    DownloadOver: 410,
    TooManyHolds: 429,
    PaymentProviderError: 503,
    DatabaseUnavailable: 503,
    FilesUnavailable: 503,
}


def register(app: Flask) -> None:
    """Answer errors with our own pages; the API answers its own in JSON (`extensions["api_errors"]`)."""
    app.register_error_handler(HTTPException, _error_response)
    app.register_error_handler(ShopError, _error_response)
    app.register_error_handler(CSRFError, _expired_form_response)
    app.register_error_handler(ForeignForm, _foreign_form_response)
    app.register_error_handler(
        PoolTimeout, lambda _: _error_response(DatabaseUnavailable(reason="no connection is free"))
    )


def error_page(status: int, message: str = "") -> Response:
    """Return the page for a status, with a message of its own where there is one."""
    title, advice = _PAGES.get(status) or _PAGES[500 if status >= 500 else 400]
    g.is_degraded = status >= 500
    page = render_template("errors/error.html", status=status, title=title, message=message or advice)
    return make_response(page, status)


def _error_response(error: HTTPException | ShopError) -> Any:
    if request.path.startswith("/api/") and "api_errors" in current_app.extensions:
        return current_app.extensions["api_errors"](error)
    if isinstance(error, ShopError):
        g.refusal = error  # for the security log
        status = next((code for kind, code in _REFUSALS.items() if isinstance(error, kind)), 422)
        g.is_degraded = status >= 500  # before anything asks for the reader's language, which is the account's
        return error_page(status, "" if status == 404 else explain(error))
    if isinstance(error, SecurityError):
        # The host is not ours, so no address could be built for a page.
        return Response("400 Bad Request\n", 400, mimetype="text/plain")
    if error.code is None or error.code < 400:
        return error
    return _with_headers(error, error_page(error.code, _advice(error.code)))


def _advice(status: int) -> str:
    """Return advice for this page that replaces the status' general one, or an empty text."""
    if status == 429 and request.endpoint == "account.sign_in_with_password":
        return _(
            "Hubo demasiados intentos con contraseñas equivocadas. Espera quince minutos, o elige ya otra contraseña en"
            " «Olvidé mi contraseña»."
        )
    return ""


def _with_headers(error: HTTPException, response: Response) -> Response:
    """Add the headers of the protocol: `Allow` with 405, `Retry-After` with 429 and 503."""
    if isinstance(error, InternalServerError):
        return response
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _foreign_form_response(error: ForeignForm) -> Response:
    """Return the page for a form from another site, which had no effect."""
    title = _("Ese formulario vino de otro sitio")
    advice = _("Por seguridad no hicimos lo que pedía. Abre la tienda y hazlo desde aquí.")
    return make_response(render_template("errors/error.html", status=403, title=title, message=advice), 403)


def _expired_form_response(error: CSRFError) -> Any:
    """Return a page that resends the form with the typed values, unless another site sent it."""
    if request.path.startswith("/api/"):
        return _error_response(error)
    fields = [] if may_be_foreign() else [item for item in request.form.items(multi=True) if not _is_secret(item[0])]
    page = render_template("errors/expired_form.html", fields=fields, action=request.full_path.removesuffix("?"))
    return make_response(page, 400)


def _is_secret(field: str) -> bool:
    return field == "csrf_token" or "password" in field
