"""What a signed-in device is called."""

from storefront.i18n.babel import translate as _


def device_words(browser: str, system: str, *, is_app: bool) -> str:
    """Return a device's name: ``Chrome en Android``, ``App FitAiid en iPhone``."""
    name = _app_words(browser) if is_app else browser or _("Navegador")
    return _("%(name)s en %(system)s", name=name, system=system) if system else name


def _app_words(name: str) -> str:
    return _("App %(name)s", name=name) if name else _("Aplicación")
