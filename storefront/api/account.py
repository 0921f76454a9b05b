"""The customer's own profile."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import address_of, document_of
from storefront.api.schema import camel
from storefront.api.schemas.account import (
    ChangePasswordSchema,
    CloseSchema,
    DataSchema,
    ProfileSchema,
    UserSchema,
)
from storefront.api.tokens import current_customer
from storefront.errors import InvalidCredentials, InvalidInput
from storefront.services.accounts import api_logins, authentication, data_export, erasure, passwords, profiles

bp = ApiBlueprint("account-api", __name__, url_prefix="/api/me", description="The customer's own profile.")


@bp.operation("GET", "", limit="read", response=UserSchema)
def me() -> authentication.SignedInCustomer:
    """Show the profile."""
    return current_customer()


@bp.operation("PATCH", "", limit="change", body=ProfileSchema, response=UserSchema)
def change_me(body: dict[str, Any]) -> authentication.SignedInCustomer:
    """Change names, phone, language, consent, document or default address; what is left out stays."""
    address = address_of(body.get("default_address"), method=None, field="defaultAddress")
    fields = {"phone": "phone", "buyer_document": "document", "default_address": "address"}
    forget = tuple(column for name, column in fields.items() if name in body and body[name] is None)
    try:
        profiles.change(
            current_customer().customer_id,
            first_name=body.get("first_name"),
            last_name=body.get("last_name"),
            phone=body.get("phone"),
            language=body.get("language"),
            accepts_marketing=body.get("marketing_consent"),
            address=address,
            document=document_of(body.get("buyer_document")),
            forget=forget,
        )
    except InvalidInput as refusal:
        raise InvalidInput({camel(name): code for name, code in refusal.problems.items()}) from None
    return api_logins.recognise(current_customer().login_id, current_customer().customer_id)


@bp.operation("POST", "/password", limit="password", body=ChangePasswordSchema, status=204)
def change_password(body: dict[str, Any]) -> None:
    """Change the password; every login ends, this one too."""
    try:
        passwords.change_password(
            current_customer().customer_id, current=body["current_password"], new=body["new_password"]
        )
    except InvalidCredentials:
        raise InvalidInput({"currentPassword": "wrong_password"}) from None


@bp.operation("GET", "/data", limit="recovery", response=DataSchema, refuses=(400,))
def my_data() -> dict[str, Any]:
    """Give a copy of everything that is held about the customer, once the e-mail is confirmed."""
    return data_export.export(current_customer().customer_id)


@bp.operation("POST", "/close", limit="password", body=CloseSchema, status=204)
def close_account(body: dict[str, Any]) -> None:
    """Close the account for good; what the law wants kept of paid orders stays and points to nobody."""
    try:
        erasure.erase(current_customer().customer_id, password=body["password"])
    except InvalidCredentials:
        raise InvalidInput({"password": "wrong_password"}) from None
