"""A buyer's identity document: what the seller needs for an invoice in the buyer's or a company's name.

Ley 1231 of 2008 and the Estatuto Tributario (article 617) want name and document of the buyer on an invoice.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.enums import DocumentType
from storefront.errors import InvalidInput
from storefront.settings import settings
from storefront.text import clean

MAX_NUMBER = 20
_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43)
"""The DIAN's weights of a NIT's digits, from the last one backwards (Orden Administrativa 4 of 1989)."""
_SHAPES = {
    DocumentType.CC: r"[1-9][0-9]{3,9}",
    DocumentType.CE: r"[0-9]{4,10}",
    DocumentType.NIT: r"[1-9][0-9]{5,9}[0-9]",
    DocumentType.PAS: r"[A-Z0-9]{5,16}",
}
_OTHER_NAMES = {"PASAPORTE": "PAS", "PASSPORT": "PAS", "PP": "PAS", "PA": "PAS"}


@dataclass(frozen=True, slots=True)
class BuyerDocument:
    """A checked document; a NIT ends with a hyphen and its check digit, others are digits or letters only."""

    type: DocumentType
    number: str

    def to_dict(self) -> dict[str, str]:
        """Return plain data for a JSON column."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, str] | None) -> "BuyerDocument | None":
        """Return the document kept by `to_dict`; None for none, or for what is none."""
        kind, number = (data or {}).get("type"), (data or {}).get("number")
        return cls(DocumentType(kind), number) if kind in tuple(DocumentType) and number else None


class HasDocument:
    """The columns of a row that keeps its buyer's document as it was."""

    document_type: Mapped[DocumentType | None]
    document_number: Mapped[str | None] = mapped_column(String(MAX_NUMBER))

    @property
    def document(self) -> BuyerDocument | None:
        """Return the document, if it was given."""
        if self.document_type is None or self.document_number is None:
            return None
        return BuyerDocument(self.document_type, self.document_number)

    @document.setter
    def document(self, document: BuyerDocument | None) -> None:
        self.document_type = document.type if document else None
        self.document_number = document.number if document else None


def check_document(kind: str, number: str) -> BuyerDocument | None:
    """Return the document that the typed text means, None if nothing was typed.

    Raises `InvalidInput` naming `document_type` or `document_number`.
    """
    kind, text = clean(kind).upper(), re.sub(r"[\s.,-]", "", clean(number)).upper()
    kind = _OTHER_NAMES.get(kind, kind)
    if not text and not clean(number):
        if not kind:
            return None
        raise InvalidInput({"document_number": "required"})
    if kind not in tuple(DocumentType):
        raise InvalidInput({"document_type": "invalid" if kind else "required"})
    known = DocumentType(kind)
    if not re.fullmatch(_SHAPES[known], text):
        raise InvalidInput({"document_number": f"invalid_{known.lower()}"})
    if known == DocumentType.NIT:
        if check_digit(text[:-1]) != int(text[-1]):
            raise InvalidInput({"document_number": "wrong_check_digit"})
        text = f"{text[:-1]}-{text[-1]}"
    return BuyerDocument(known, text)


def is_required(total_minor: int) -> bool:
    """Return whether an order of this total needs the buyer's document, by the owner's setting; zero never does."""
    least = settings().DOCUMENT_REQUIRED_FROM_MINOR
    return 0 < least <= total_minor


def check_digit(nit: str) -> int:
    """Return the check digit of a NIT's digits, as the DIAN computes it (modulus 11)."""
    rest = sum(int(digit) * weight for digit, weight in zip(reversed(nit), _WEIGHTS, strict=False)) % 11
    return rest if rest < 2 else 11 - rest
