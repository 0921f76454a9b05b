"""The texts of consents; a changed text is a new version, and the text shown is stored with the consent."""

from collections.abc import Mapping

CONSENT_VERSION = "2026-11"
"""The text in force; Ley 1480 of 2011, article 47, number 1, excepts services that began with consent."""

MARKETING_VERSION = "2026-11-29"
"""The text in force; Ley 1581 of 2012, article 9, wants consent before, express and informed."""

_TEXTS: Mapping[str, str] = {
    "es": "Quiero recibir el contenido digital de inmediato y sé que así pierdo el derecho de retracto sobre él.",
    "en": "I want to get the digital content right away, and I know that I lose the right to withdraw from it.",
}


def consent_text(language: str) -> str:
    """Return the label of the checkbox for digital content, in a language of the shop."""
    return _TEXTS["en" if language == "en" else "es"]


_MARKETING: Mapping[str, str] = {
    "es": "Autorizo a FitAiid a usar mi nombre y mi correo para contarme de ofertas y novedades. "
    "Puedo retirar esta autorización cuando quiera en mi perfil.",
    "en": "I allow FitAiid to use my name and email to tell me about offers and news. "
    "I can withdraw this at any time in my profile.",
}


def marketing_text(language: str) -> str:
    """Return the label of the checkbox for marketing, in a language of the shop."""
    return _MARKETING["en" if language == "en" else "es"]
