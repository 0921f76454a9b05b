"""Names of signed-in devices."""

from storefront.i18n.babel import translate as _


def device_label(browser: str, system: str, *, is_app: bool) -> str:
    """Return a device's name: ``Chrome en Android``, ``App FitAiid en iPhone``."""
    name = _app_label(browser) if is_app else browser or _("Navegador")
    return _("%(name)s en %(system)s", name=name, system=system) if system else name


def _app_label(name: str) -> str:
    return _("App %(name)s", name=name) if name else _("Aplicación")
