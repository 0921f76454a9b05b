"""Digital files and subscriptions."""

from marshmallow import fields

from storefront.api.fields import Moment, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.common import CardSchema


class LibraryItemSchema(ResponseSchema):
    """One file of the customer's; only one whose `status` is `ready` can be downloaded."""

    entitlement_id = fields.String()
    product_id = fields.String()
    name = fields.String()
    file_name = fields.String()
    format = fields.String(metadata={"enum": ["pdf", "mp4", "zip"]})
    size_bytes = fields.Integer()
    downloads_left = fields.Integer()
    expires_at = Moment(allow_none=True)
    source = fields.String(metadata={"enum": ["order", "subscription"]})
    status = fields.String(attribute="state", metadata={"enum": ["ready", "used_up", "expired", "revoked"]})
    order_number = fields.String()


class LibrarySchema(ResponseSchema):
    """Everything that the customer may download."""

    items = fields.List(fields.Nested(LibraryItemSchema))


class DownloadLinkSchema(ResponseSchema):
    """A signed link that lives ten minutes at most and needs no token."""

    url = fields.String()
    expires_at = Moment()


class PlanPaymentSchema(ResponseSchema):
    """An order that paid for a plan: the plan's share, the period that it paid for once that is known."""

    order_id = fields.String(attribute="public_id")
    order_number = fields.String(attribute="number")
    amount = fields.Integer(attribute="amount_minor")
    refunded = fields.Integer(attribute="refunded_minor")
    paid_at = Moment()
    period_start = Moment(allow_none=True)
    period_end = Moment(allow_none=True)


class SubscriptionSchema(ResponseSchema):
    """A plan, charged next at `currentPeriodEnd` unless `cancelAtPeriodEnd`; `paidUntil` is what was paid for."""

    subscription_id = fields.String()
    product_id = fields.String()
    name = fields.String()
    status = fields.String(metadata={"enum": ["trialing", "active", "past_due", "paused", "cancelled"]})
    price = fields.Integer(attribute="price_minor")
    currency = fields.String()
    interval = fields.String(metadata={"enum": ["month", "year"]})
    current_period_end = Moment()
    cancel_at_period_end = fields.Boolean()
    paid_until = Moment()
    trial_ends_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    end_reason = fields.String(
        metadata={"description": "`payment_failed` where the plan ended because it was not paid."}
    )
    card = fields.Nested(CardSchema, allow_none=True)
    payments = fields.List(fields.Nested(PlanPaymentSchema), attribute="invoices")


class SubscriptionsSchema(ResponseSchema):
    """The customer's plans."""

    items = fields.List(fields.Nested(SubscriptionSchema))


class PortalSchema(RequestSchema):
    """Where the billing portal sends the customer back to."""

    return_url = Text(most=16384, required=True, raw=True, metadata={"maxLength": 2048})


class PortalLinkSchema(ResponseSchema):
    """The billing portal's address."""

    url = fields.String()
