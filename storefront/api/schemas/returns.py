"""The right of withdrawal: what can be given back, and what was asked for."""

from marshmallow import fields

from storefront.api.fields import Moment
from storefront.api.schema import ResponseSchema
from storefront.enums import ReturnRequestState, RightState


class LineRightSchema(ResponseSchema):
    """What can be given back of a line: `quantity` units, until a day once the time runs."""

    line_id = fields.String()
    state = fields.String(metadata={"enum": list(RightState)})
    quantity = fields.Integer()
    until = fields.Date(allow_none=True)
    message = fields.String()


class RequestedLineSchema(ResponseSchema):
    """Units of a line that a request is for."""

    line_id = fields.String()
    quantity = fields.Integer()


class ReturnRequestSchema(ResponseSchema):
    """A request to give units back; `note` is what the shop wrote when it ended it without a refund."""

    withdrawal_number = fields.String(metadata={"example": "2026-11-0001-R1"})
    status = fields.String(metadata={"enum": list(ReturnRequestState)})
    message = fields.String()
    requested_at = Moment()
    refund_due_on = fields.Date()
    lines = fields.List(fields.Nested(RequestedLineSchema))
    reason = fields.String()
    note = fields.String()


class RightsSchema(ResponseSchema):
    """What can be done about an order now: cancelled as a whole before it is sent, or given back line by line."""

    can_cancel = fields.Boolean()
    cancellation_amount = fields.Integer(allow_none=True)
    can_withdraw = fields.Boolean()
    lines = fields.List(fields.Nested(LineRightSchema))
    requests = fields.List(fields.Nested(ReturnRequestSchema))
