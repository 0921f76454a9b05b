"""Identity documents of buyers: what is accepted, how it is kept, and the NIT's check digit."""

import pytest

from storefront.domain.buyer_document import BuyerDocument, check_digit, check_document
from storefront.enums import DocumentType
from storefront.errors import InvalidInput


@pytest.mark.parametrize(
    ("nit", "digit"),
    [
        ("800197268", 4),  # DIAN
        ("899999068", 1),  # Ecopetrol
        ("860002964", 4),  # Banco de Bogotá
        ("890903938", 8),  # Bancolombia
        ("899999034", 1),  # SENA
        ("900373913", 4),
        ("901234567", 7),
    ],
)
def test_the_check_digit_is_the_dians(nit: str, digit: int) -> None:
    assert check_digit(nit) == digit


@pytest.mark.parametrize(
    ("kind", "number", "kept"),
    [
        ("CC", "1.020.304.050", ("CC", "1020304050")),
        (" cc ", " 79 123 456 ", ("CC", "79123456")),
        ("CE", "345678", ("CE", "345678")),
        ("NIT", "800.197.268-4", ("NIT", "800197268-4")),
        ("nit", "8001972684", ("NIT", "800197268-4")),
        ("NIT", "800197268\u20114", ("NIT", "800197268-4")),
        ("PAS", "ab 123456", ("PAS", "AB123456")),
        ("pasaporte", "AB123456", ("PAS", "AB123456")),
        ("Passport", "AB123456", ("PAS", "AB123456")),
    ],
)
def test_what_is_typed_is_kept_in_one_form(kind: str, number: str, kept: tuple[str, str]) -> None:
    document = check_document(kind, number)
    assert document == BuyerDocument(DocumentType(kept[0]), kept[1])
    assert document is not None
    assert BuyerDocument.from_dict(document.to_dict()) == document


@pytest.mark.parametrize(
    ("kind", "number", "field", "code"),
    [
        ("", "1020304050", "document_type", "required"),
        ("TI", "1020304050", "document_type", "invalid"),
        ("CC", "", "document_number", "required"),
        ("CC", "---", "document_number", "invalid_cc"),
        ("CC", "12a45", "document_number", "invalid_cc"),
        ("CC", "0123456", "document_number", "invalid_cc"),
        ("CC", "12345678901", "document_number", "invalid_cc"),
        ("CC", "\u0661\u0662\u0663\u0664\u0665", "document_number", "invalid_cc"),
        ("CE", "12", "document_number", "invalid_ce"),
        ("NIT", "80019", "document_number", "invalid_nit"),
        ("NIT", "800197268-5", "document_number", "wrong_check_digit"),
        ("NIT", "800197268", "document_number", "wrong_check_digit"),
        ("PAS", "AB/12345", "document_number", "invalid_pas"),
        ("PAS", "A" * 17, "document_number", "invalid_pas"),
    ],
)
def test_what_is_no_document_is_refused_at_its_field(kind: str, number: str, field: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_document(kind, number)
    assert refusal.value.problems == {field: code}


def test_nothing_typed_is_no_document_and_a_bad_row_is_none() -> None:
    assert check_document("", " ") is None
    for data in (None, {}, {"type": "TI", "number": "1"}, {"type": "CC"}, {"type": "CC", "number": ""}):
        assert BuyerDocument.from_dict(data) is None
