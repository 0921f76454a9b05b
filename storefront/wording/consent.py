"""What a buyer of digital content agrees to; a changed text is a new version, and orders keep what was shown."""

from collections.abc import Mapping

CONSENT_VERSION = "2026-11"
"""The text in force; Ley 1480 of 2011, article 47, number 1, excepts services that began with consent."""

_TEXTS: Mapping[str, str] = {
    "es": "Quiero recibir el contenido digital de inmediato y sé que así pierdo el derecho de retracto sobre él.",
    "en": "I want to get the digital content right away, and I know that I lose the right to withdraw from it.",
}


def consent_text(language: str) -> str:
    """Return the sentence beside the box, in a language of the shop."""
    return _TEXTS["en" if language == "en" else "es"]
