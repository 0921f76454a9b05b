"""The municipalities of Colombia, for address forms of clients."""

from typing import Any

from flask import after_this_request
from flask.wrappers import Response

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schemas.addresses import FindMunicipalitiesSchema, MunicipalitiesSchema
from storefront.api.schemas.common import slice_of
from storefront.services.accounts import addresses

bp = ApiBlueprint("places-api", __name__, url_prefix="/api", description="Places that the shop delivers to.")


@bp.operation(
    "GET",
    "/municipalities",
    access="anyone",
    limit="read",
    query=FindMunicipalitiesSchema,
    response=MunicipalitiesSchema,
)
def list_municipalities(query: dict[str, Any]) -> dict[str, Any]:
    """Find municipalities by a part of their name; accents and case make no difference. They change once in years."""
    after_this_request(_keep_for_a_day)
    return slice_of(addresses.search_municipalities(query["search"]), query)


def _keep_for_a_day(response: Response) -> Response:
    if response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=86400"
    return response
