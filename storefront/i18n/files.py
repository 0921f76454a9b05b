"""Labels of files: format, size, and remaining downloads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.numbers import format_decimal
from flask_babel import lazy_gettext as _l

from storefront.enums import EntitlementState, FileFormat
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.i18n.dates import date_label

_FORMATS = {FileFormat.PDF: "PDF", FileFormat.MP4: _l("Video MP4"), FileFormat.ZIP: _l("Archivo ZIP")}
_UNITS = ("KB", "MB", "GB")
_LOCALES = {"es": "es_CO", "en": "en_US"}


def format_label(name: FileFormat) -> str:
    """Return the name of a format."""
    return str(_FORMATS[name])


def size_label(size_bytes: int) -> str:
    """Return a size as file managers show it: ``3,4 KB``, ``27 MB``; never less than 1 KB."""
    amount, unit = max(1.0, size_bytes / 1000), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    pattern = "#,##0.#" if amount < 10 else "#,##0"
    return f"{format_decimal(amount, pattern, locale=_LOCALES[current_language()])}\N{NO-BREAK SPACE}{_UNITS[unit]}"


def access_label(state: EntitlementState, downloads_left: int, expires_at: datetime | str) -> str:
    """Return how often and until when a file can be downloaded, or why it cannot."""
    day = date_label(expires_at, "full")
    if state == EntitlementState.REVOKED:
        return _("Devolvimos el dinero de este contenido y el acceso terminó.")
    if state == EntitlementState.EXPIRED:
        return _("El acceso venció el %(day)s.", day=day)
    if state == EntitlementState.USED_UP:
        return _("Ya usaste todas las descargas.")
    return _n("Te queda %(num)s descarga hasta el %(day)s.", "Te quedan %(num)s descargas hasta el %(day)s.",
              downloads_left, day=day)  # fmt: skip


def picture_refusal(facts: Mapping[str, Any]) -> str:
    """Return why an uploaded picture cannot be used, and what to do."""
    sentences = {
        "empty": _("El archivo está vacío: elige otro."),
        "type": _("Ese archivo no es una foto que podamos usar: sube JPEG, PNG, WebP o AVIF."),
        "svg": _("Los dibujos SVG no se aceptan, porque pueden contener programas: expórtalo como PNG."),
        "too_many_bytes": _("La foto pesa demasiado: puede tener hasta %(num)s MB.", num=facts.get("megabytes", "")),
        "too_many_pixels": _(
            "La foto es demasiado grande: puede tener hasta %(num)s megapíxeles.", num=facts.get("megapixels", "")
        ),
        "too_small": _(
            "La foto es muy pequeña: cada lado necesita %(num)s píxeles o más.", num=facts.get("pixels", "")
        ),
        "too_long": _(
            "La foto es muy alargada: un lado puede ser hasta %(num)s veces el otro.", num=facts.get("times", "")
        ),
    }
    return sentences.get(
        str(facts.get("reason")), _("La foto está dañada o incompleta: ábrela, guárdala otra vez y súbela.")
    )


def content_refusal(facts: Mapping[str, Any]) -> str:
    """Return why an uploaded file cannot be sold, and what to do."""
    sentences = {
        "empty": _("El archivo está vacío: elige otro."),
        "too_many_bytes": _("El archivo pesa demasiado: puede tener hasta %(num)s MB.", num=facts.get("megabytes", "")),
        "not_digital": _("Solo los productos digitales tienen archivos."),
        "known": _("El producto ya tiene ese mismo archivo."),
    }
    return sentences.get(str(facts.get("reason")), _("Ese archivo no se puede vender aquí: sube PDF, ZIP o MP4."))
