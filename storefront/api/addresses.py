"""The customer's saved addresses: list, add, change, remove."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import address_of, typed_of
from storefront.api.schemas.addresses import (
    AddressBookSchema,
    ChangeAddressSchema,
    NewAddressSchema,
    SavedAddressSchema,
)
from storefront.api.schemas.common import PagingSchema, slice_of
from storefront.api.tokens import current_customer
from storefront.services.accounts import addresses

bp = ApiBlueprint("addresses-api", __name__, url_prefix="/api/me/addresses", description="The address book.")


@bp.operation("GET", "", limit="read", query=PagingSchema, response=AddressBookSchema)
def list_addresses(query: dict[str, Any]) -> dict[str, Any]:
    """List the customer's addresses, the default one first, then the newest."""
    return slice_of([_shown(row) for row in addresses.list_for(current_customer().customer_id)], query)


@bp.operation(
    "POST",
    "",
    limit="change",
    body=NewAddressSchema,
    response=SavedAddressSchema,
    status=201,
    idempotency=True,
)
def add_address(body: dict[str, Any]) -> dict[str, Any]:
    """Save an address; the first one is the default, which the checkout proposes."""
    address = address_of(body, method=None)
    assert address is not None
    customer_id = current_customer().customer_id
    address_id = addresses.add(customer_id, address, is_default=body["is_default"])
    return _shown(addresses.get(customer_id, address_id))


@bp.operation(
    "PATCH", "/<address_id>", limit="change", body=ChangeAddressSchema, response=SavedAddressSchema, refuses=(404,)
)
def change_address(body: dict[str, Any], address_id: str) -> dict[str, Any]:
    """Change an address; what is left out stays.

    `isDefault: true` makes it the default; with `false` nothing changes, for one of them always is.
    """
    customer_id = current_customer().customer_id
    kept = addresses.Address.from_dict(addresses.get(customer_id, address_id).address)
    address = address_of(typed_of(kept) | body, method=None)
    assert address is not None
    addresses.edit(customer_id, address_id, address, is_default=body.get("is_default", False))
    return _shown(addresses.get(customer_id, address_id))


@bp.operation("DELETE", "/<address_id>", limit="change", status=204, refuses=(404,))
def remove_address(address_id: str) -> None:
    """Delete an address; if it was the default, the newest of the others becomes it."""
    addresses.remove(current_customer().customer_id, address_id)


def _shown(row: addresses.SavedAddress) -> dict[str, Any]:
    return {**row.address, "address_id": row.id, "is_default": row.is_default}
