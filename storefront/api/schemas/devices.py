"""Signed-in devices."""

from marshmallow import fields

from storefront.api.fields import Moment
from storefront.api.schema import ResponseSchema
from storefront.api.schemas.common import page_of


class DeviceSchema(ResponseSchema):
    """A browser or an app in which the account is open; `current` is the one that asks."""

    device_id = fields.String()
    name = fields.String(metadata={"example": "Chrome en Android"})
    kind = fields.String(metadata={"enum": ["app", "browser"]})
    signed_in_at = Moment()
    last_seen_at = Moment()
    current = fields.Boolean()


DevicesSchema = page_of(DeviceSchema, "DevicesSchema")
