"""Names of what staff write for the shop's pages."""

from flask_babel import lazy_gettext as _l

from storefront.enums import ShopPart, TextPage

_PAGES = {
    TextPage.TERMS: (
        _l("Términos y condiciones"),
        _l("Quién vende, precios con IVA, pagos con tarjeta, entregas y garantías de la tienda."),
    ),
    TextPage.PRIVACY: (
        _l("Tratamiento de datos personales"),
        _l(
            "Qué datos personales guarda la tienda, para qué, por cuánto tiempo y cómo pedir que los corrijamos o"
            " borremos."
        ),
    ),
    TextPage.RETURNS: (
        _l("Cambios, devoluciones y retracto"),
        _l("Derecho de retracto de 5 días hábiles, garantía, reembolsos y reversión del pago."),
    ),
    TextPage.ABOUT: (
        _l("Quiénes somos"),
        _l("Quién está detrás de la tienda, cómo trabajamos y dónde encontrarnos."),
    ),
}
_PARTS = {
    ShopPart.BANNER: _l("Aviso de la tienda"),
    ShopPart.CONTACT: _l("Contacto"),
    ShopPart.SELLER: _l("Datos del vendedor"),
}


def text_page_label(page: TextPage) -> str:
    """Return the title of a page."""
    return str(_PAGES[page][0])


def text_page_description(page: TextPage) -> str:
    """Return what a page is about, for search engines."""
    return str(_PAGES[page][1])


def shop_part_label(part: ShopPart) -> str:
    """Return the name of a part of what is said about the shop."""
    return str(_PARTS[part])
