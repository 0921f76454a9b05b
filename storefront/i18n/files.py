"""Labels of files: format, size, and remaining downloads."""

from datetime import datetime

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
