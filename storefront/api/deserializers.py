"""Conversion of request bodies into the types of the services."""

from typing import Any

from flask import request

from storefront.api.tokens import current_customer
from storefront.enums import Method
from storefront.errors import InvalidInput
from storefront.i18n import current_language
from storefront.services.accounts import addresses, documents
from storefront.services.catalogue import ItemRequest
from storefront.services.checkout import return_urls
from storefront.services.shopper import Shopper
from storefront.settings import settings

_FIELDS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "department": "state",
    "zip_code": "zipCode",
}


def shopper() -> Shopper:
    """Return the signed-in customer as a `Shopper`."""
    customer = current_customer()
    return Shopper(customer_id=customer.customer_id, email=customer.email)


def language() -> str:
    """Return the language of orders and emails: that of `Accept-Language`, else the customer's own."""
    return current_language() if request.accept_languages else current_customer().language


def items_of(body: dict[str, Any]) -> tuple[ItemRequest, ...]:
    """Return the body's items; each names a product, a variant or both."""
    return tuple(ItemRequest(item["product_id"], item["quantity"], item["variant_id"]) for item in body["items"])


def address_of(typed: dict[str, Any] | None, *, method: Method | None, field: str = "") -> addresses.Address | None:
    """Return the checked address, or raise `InvalidInput` naming its fields as the client does, inside of `field`."""
    if typed is None:
        return None
    try:
        return addresses.check_address(
            first_name=typed["first_name"],
            last_name=typed["last_name"],
            phone=typed["phone"],
            street=typed["street"],
            city=typed["city"],
            department=typed["state"],
            zip_code=typed["zip_code"] or "",
            country=typed["country"],
            is_pickup=method == Method.PICKUP,
        )
    except addresses.InvalidAddress as refusal:
        prefix = f"{field}." if field else ""
        problems = {prefix + _FIELDS.get(name, name): code for name, code in refusal.problems.items()}
        raise InvalidInput(problems) from None


def typed_of(address: addresses.Address) -> dict[str, Any]:
    """Return a kept address as a client would type it."""
    values = address.to_dict()
    return {**values, "state": values["department"]}


def document_of(typed: dict[str, Any] | None, *, field: str = "buyerDocument") -> documents.BuyerDocument | None:
    """Return the checked document, or raise `InvalidInput` naming its parts as the client does."""
    if typed is None:
        return None
    try:
        return documents.check_document(typed["type"], typed["number"])
    except InvalidInput as refusal:
        problems = {f"{field}.{name.removeprefix('document_')}": code for name, code in refusal.problems.items()}
        raise InvalidInput(problems) from None


def return_urls_of(body: dict[str, Any]) -> dict[str, str]:
    """Return the checked success and cancel URLs."""
    allowed = settings().RETURN_URL_ALLOWLIST
    success = return_urls.check(body["success_url"], allowed, field="successUrl")
    return {
        "success_url": return_urls.with_session(success),
        "cancel_url": return_urls.check(body["cancel_url"], allowed, field="cancelUrl"),
    }
