"""The fields of a buyer's document, in the checkout and in the profile."""

from storefront.errors import InvalidInput
from storefront.services.accounts import documents
from storefront.web.forms import DocumentForm


def fill(form: DocumentForm, document: documents.BuyerDocument | None) -> None:
    """Fill the fields from a document."""
    form.document_type.data = document.type if document else ""
    form.document_number.data = document.number if document else ""


def checked(form: DocumentForm) -> documents.BuyerDocument | None:
    """Return the document, None if it was left out or after adding what is wrong as errors of the fields."""
    try:
        return documents.check_document(form.document_type.data or "", form.document_number.data or "")
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
        return None
