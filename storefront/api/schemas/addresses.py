"""The address book, and the municipalities that the shop delivers to."""

from marshmallow import fields

from storefront.api.fields import Boolean, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.common import AddressSchema, KeptAddressSchema, PagingSchema, page_of
from storefront.enums import Zone


class NewAddressSchema(AddressSchema):
    """An address to save; it is checked as one that something is sent to."""

    is_default = Boolean(load_default=False)


class ChangeAddressSchema(RequestSchema):
    """What changes of an address; what is left out stays."""

    first_name = Text(most=60)
    last_name = Text(most=60)
    phone = Text(most=40, metadata={"example": "+573001234567"})
    street = Text(most=160, metadata={"example": "Calle 123 #45-67"})
    city = Text(most=80, metadata={"example": "Bogotá"})
    state = Text(most=80, metadata={"example": "Cundinamarca"})
    zip_code = Text(most=20, allow_none=True, metadata={"example": "110111"})
    country = Text(most=40, metadata={"example": "Colombia"})
    is_default = Boolean()


class SavedAddressSchema(KeptAddressSchema):
    """A saved address; the checkout proposes the default one."""

    address_id = fields.String()
    is_default = fields.Boolean()


AddressBookSchema = page_of(SavedAddressSchema, "AddressBookSchema")


class FindMunicipalitiesSchema(PagingSchema):
    """What is looked for: a part of a name, or a DANE code."""

    search = Text(most=100, load_default="", metadata={"example": "medellin"})


class MunicipalitySchema(ResponseSchema):
    """A municipality by its DANE code; its zone decides methods, prices and days of delivery."""

    code = fields.String(metadata={"example": "05001"})
    name = fields.String(metadata={"example": "Medellín"})
    department = fields.String(metadata={"example": "Antioquia"})
    zone = fields.String(metadata={"enum": list(Zone)})


MunicipalitiesSchema = page_of(MunicipalitySchema, "MunicipalitiesSchema")
