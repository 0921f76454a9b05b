"""Every fixed set of values that the shop stores or shows: the types of columns, of rules and of pages' choices.

Members are texts, so that templates, JSON and logs show the value; the database keeps the value, too.
"""

from enum import StrEnum

from storefront.enums.audit import AuditAction as AuditAction
from storefront.enums.audit import AuditObject as AuditObject
from storefront.enums.customers import BlockKind as BlockKind
from storefront.enums.customers import DataRequestKind as DataRequestKind
from storefront.enums.figures import FigurePeriod as FigurePeriod
from storefront.enums.figures import FigureTable as FigureTable
from storefront.enums.figures import FunnelStep as FunnelStep
from storefront.enums.goods import BillingInterval as BillingInterval
from storefront.enums.goods import CouponStatus as CouponStatus
from storefront.enums.goods import PageKind as PageKind
from storefront.enums.goods import ProductKind as ProductKind
from storefront.enums.goods import ProductReviewStatus as ProductReviewStatus
from storefront.enums.goods import ProductStatus as ProductStatus
from storefront.enums.goods import StockReason as StockReason
from storefront.enums.goods import TaxRate as TaxRate
from storefront.enums.goods import WithdrawalExclusion as WithdrawalExclusion
from storefront.enums.jobs import JobKind as JobKind
from storefront.enums.jobs import JobState as JobState
from storefront.enums.orders import OrderTab as OrderTab
from storefront.enums.orders import PlanTab as PlanTab
from storefront.enums.orders import SlipSize as SlipSize
from storefront.enums.requests import RequestKind as RequestKind
from storefront.enums.requests import RequestStatus as RequestStatus
from storefront.enums.texts import ShopPart as ShopPart
from storefront.enums.texts import TextPage as TextPage


class DocumentType(StrEnum):
    """A buyer's identity document: cédula de ciudadanía, cédula de extranjería, NIT of a company, passport."""

    CC = "CC"
    CE = "CE"
    NIT = "NIT"
    PAS = "PAS"


class FileFormat(StrEnum):
    """What a digital product's file is."""

    PDF = "pdf"
    MP4 = "mp4"
    ZIP = "zip"

    @property
    def media_type(self) -> str:
        """Return what `Content-Type` says of it."""
        return "video/mp4" if self == FileFormat.MP4 else f"application/{self}"


class CouponKind(StrEnum):
    """What a coupon takes off: whole percent, an amount, or standard delivery."""

    PERCENT = "percent"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


class Method(StrEnum):
    """The delivery methods, in the order in which they are offered."""

    STANDARD = "standard"
    EXPRESS = "express"
    OVERNIGHT = "overnight"
    PICKUP = "pickup"


class Zone(StrEnum):
    """How far a municipality is from the shop's carriers, nearest first."""

    LOCAL = "local"
    MAIN = "main"
    NATIONAL = "national"
    REMOTE = "remote"


class OrderStatus(StrEnum):
    """The status of an order."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    REFUNDED = "refunded"


class PaymentStatus(StrEnum):
    """The status of an order's payment."""

    PENDING = "pending"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


PAID_STATUSES = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)
"""Those of a payment that arrived and did not go back as a whole."""


class OrderStanding(StrEnum):
    """The status of an order that its buyer sees, from its status and its payment's."""

    PENDING = "pending"
    PROCESSING_PAYMENT = "processing_payment"
    FAILED = "failed"
    REVIEW = "review"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NOT_RECEIVED = "not_received"
    CANCELLED_PAID = "cancelled_paid"
    CANCELLED_GOODS = "cancelled_goods"
    RETURNED = "returned"
    REFUNDED = "refunded"


class ReviewReason(StrEnum):
    """Why staff must review an order's payment."""

    AMOUNT_MISMATCH = "amount_mismatch"


class OrderEventKind(StrEnum):
    """What a line of an order's history changed; a note changes no status."""

    STATUS = "status"
    PAYMENT = "payment"
    NOTE = "note"


class OrderEventCode(StrEnum):
    """What happened to an order; the line's note keeps sums, reasons and names beside it.

    `noted` is a line from before there were codes, which has only a note.
    """

    MOVED = "moved"
    NOTED = "noted"
    PLACED = "placed"
    RENEWED = "renewed"
    REBUILT = "rebuilt"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PAGE_REFUSED = "page_refused"
    OUT_OF_STOCK = "out_of_stock"
    DECLINED = "declined"
    INVOICE_PAID = "invoice_paid"
    PAID_LATE = "paid_late"
    AMOUNT_DIFFERS = "amount_differs"
    PAYMENT_ACCEPTED = "payment_accepted"
    PAYMENT_REJECTED = "payment_rejected"
    GOODS_RELEASED = "goods_released"
    REFUND_REQUESTED = "refund_requested"
    REFUND_REFUSED = "refund_refused"
    REFUND_FAILED = "refund_failed"
    REFUND_UNDONE = "refund_undone"
    SETTLED_OTHERWISE = "settled_otherwise"
    DISPUTED = "disputed"
    READY_FOR_PICKUP = "ready_for_pickup"
    COLLECTED = "collected"
    RESTOCKED = "restocked"
    DOWNLOADS_RENEWED = "downloads_renewed"
    WITHDRAWAL_ASKED = "withdrawal_asked"
    WITHDRAWAL_CLOSED = "withdrawal_closed"
    PLAN_CHANGED = "plan_changed"
    PLAN_ENDED = "plan_ended"
    PLAN_DUPLICATE = "plan_duplicate"
    TRIAL_REFUSED = "trial_refused"
    PARCEL_SENT = "parcel_sent"
    TRACKING_CHANGED = "tracking_changed"
    ADDRESS_CHANGED = "address_changed"
    MAIL_SENT_AGAIN = "mail_sent_again"


class ShipmentState(StrEnum):
    """The state of a shipment."""

    TO_PREPARE = "to_prepare"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    READY_FOR_PICKUP = "ready_for_pickup"
    COLLECTED = "collected"


class CheckoutSessionState(StrEnum):
    """The state of a checkout session; `asked` is sent or about to be, its answer unknown."""

    ASKED = "asked"
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    REFUSED = "refused"


class CheckoutStatus(StrEnum):
    """The status of a checkout session at the provider, and in the API."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class CheckoutPayment(StrEnum):
    """What was paid on a hosted page."""

    PAID = "paid"
    UNPAID = "unpaid"
    NO_PAYMENT_REQUIRED = "no_payment_required"


class PaymentEventState(StrEnum):
    """What became of an event of the provider; `waiting` is for a payment that the shop does not know yet."""

    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"
    WAITING = "waiting"


class RefundStatus(StrEnum):
    """The status of a refund: `requested` by the shop, then the provider's."""

    REQUESTED = "requested"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class PlanStatus(StrEnum):
    """The status of a subscription."""

    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class EntitlementSource(StrEnum):
    """What gave the right to a file: the purchase of it, or a plan that it comes with."""

    ORDER = "order"
    SUBSCRIPTION = "subscription"


class EntitlementState(StrEnum):
    """Whether a file can be downloaded now, or why not."""

    READY = "ready"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_UP = "used_up"


class DownloadState(StrEnum):
    """Bytes flow or may be fetched, the last one left, or it broke and its use was given back."""

    OPEN = "open"
    DONE = "done"
    RETURNED = "returned"


class RightState(StrEnum):
    """Whether one line can be given back, or why not; `early` is not delivered yet, `started` began with consent."""

    OPEN = "open"
    EARLY = "early"
    OVER = "over"
    NONE_LEFT = "none_left"
    STARTED = "started"
    PERSONAL_USE = "personal_use"
    PERISHABLE = "perishable"
    CUSTOM_MADE = "custom_made"


class ReturnRequestState(StrEnum):
    """A request to give units back: its money is due, was asked for, or staff ended it without."""

    OPEN = "open"
    REFUNDED = "refunded"
    CLOSED = "closed"


class IdempotencyState(StrEnum):
    """A request is worked on, its answer is kept, or it may be tried again."""

    RUNNING = "running"
    DONE = "done"
    OPEN = "open"


class Channel(StrEnum):
    """The channel of a login."""

    WEB = "web"
    API = "api"


class LinkPurpose(StrEnum):
    """What a single-use link by mail is for."""

    VERIFY = "verify"
    RESET = "reset"


class ConsentPurpose(StrEnum):
    """What a customer consented to."""

    MARKETING = "marketing"


class StaffRole(StrEnum):
    """The role of a member of staff."""

    OWNER = "owner"
    MANAGER = "manager"
    WAREHOUSE = "warehouse"
    SUPPORT = "support"
    ACCOUNTANT = "accountant"
