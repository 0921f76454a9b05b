"""Petitions, complaints, claims and suggestions (PQR), as on the page that the law asks for."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schema import camel
from storefront.api.schemas.requests import FiledSchema, FileRequestSchema
from storefront.enums import RequestKind
from storefront.errors import InvalidInput
from storefront.i18n import current_language
from storefront.services.customer_requests import filing

bp = ApiBlueprint("requests-api", __name__, url_prefix="/api", description="Petitions, complaints and claims.")


@bp.operation(
    "POST",
    "/requests",
    access="anyone",
    limit="request",
    body=FileRequestSchema,
    response=FiledSchema,
    status=201,
)
def file_request(body: dict[str, Any]) -> dict[str, str]:
    """File a petition, complaint, claim or suggestion; it is answered by mail within 15 business days.

    The same one on the same day is not filed twice: it keeps its number.
    """
    kind, order_number = RequestKind(body["kind"]), body["order_number"].removeprefix("#").strip()
    form = body | {"kind": kind, "order_number": order_number, "language": current_language()}
    try:
        return {"request_number": filing.file(filing.Filing(**form))}
    except InvalidInput as refusal:
        raise InvalidInput({camel(name): code for name, code in refusal.problems.items()}) from None
