"""Labels of buyers' identity documents."""

from flask_babel import lazy_gettext as _l

from storefront.enums import DocumentType

_NAMES = {
    DocumentType.CC: _l("Cédula de ciudadanía"),
    DocumentType.CE: _l("Cédula de extranjería"),
    DocumentType.NIT: _l("NIT (empresa o persona con RUT)"),
    DocumentType.PAS: _l("Pasaporte"),
}


def document_types() -> list[tuple[str, str]]:
    """Return the kinds of documents with their names, for a form."""
    return [(kind.value, str(name)) for kind, name in _NAMES.items()]


def document_label(kind: DocumentType, number: str) -> str:
    """Return a document as receipts show it: ``CC 1020304050``, ``Pasaporte AB12345``."""
    return f"{_NAMES[kind] if kind == DocumentType.PAS else kind} {number}"
