"""The interface of a payment provider, in the shop's own types.

All amounts are minor units. Every method may raise `PaymentRefused` (a definite no: nothing
happened and nothing will) or `PaymentUnknown` (no answer: it may have happened).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from storefront.enums import BillingInterval, CheckoutPayment, CheckoutStatus, RefundStatus
from storefront.gateways.account import AccountProvider
from storefront.gateways.subscriptions import Invoice, InvoiceLine, InvoicePayment, PlanProvider, SubscriptionSnapshot


class PaymentRefused(Exception):
    """The provider refused and did nothing; `code` is its error code.

    `is_passing` is True where the same call may succeed later: too many at once, or a wrong key.
    """

    def __init__(self, code: str, message: str = "", *, is_passing: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.is_passing = is_passing


class KeyRefused(PaymentRefused):
    """The provider does not accept our key; no call works until it is replaced."""


class CustomerMissing(PaymentRefused):
    """The provider does not know the customer: deleted there, or made in its other mode."""


class PaymentUnknown(Exception):
    """Timeout, lost connection or a fault at the provider: the outcome is unknown, so repeat with the same key."""


class EventRejected(Exception):
    """The event is not signed by the provider, is too old or from the future."""


class Unreadable(PaymentUnknown):
    """The provider sent something in a shape that the shop cannot read; the text says which field is wrong.

    As the answer to a call it means no more than no answer.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    """One line of what is paid; `unit_price_minor` before the order's discount.

    With an `interval`, `month` or `year`, it is a plan and that is its price each time. The provider keeps
    `variant_id` with the line.
    """

    name: str
    unit_price_minor: int
    quantity: int
    image_url: str | None = None
    interval: BillingInterval | None = None
    variant_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """Everything a hosted payment page needs; stored with the checkout session and sent again unchanged.

    A plan among the lines needs `customer_id`, the provider's id of the shopper; with `trial_days` it
    costs nothing today, and `total_minor` is what is due today.
    """

    order_id: str
    order_number: str
    lines: tuple[CheckoutLine, ...]
    currency: str
    discount_minor: int
    discount_name: str
    shipping_minor: int | None
    shipping_name: str
    total_minor: int
    email: str
    language: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    quote_hash: str
    customer_id: str | None = None
    trial_days: int = 0

    @property
    def has_plan(self) -> bool:
        """Return whether something will be charged again."""
        return any(line.interval for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSnapshot:
    """A hosted payment page as the provider sees it now."""

    id: str
    order_id: str | None
    status: CheckoutStatus
    payment_status: CheckoutPayment
    total_minor: int
    currency: str
    url: str | None
    payment_id: str | None
    expires_at: datetime | None
    quote_hash: str | None = None
    email: str | None = None
    customer_id: str | None = None
    subscription_id: str | None = None
    invoice_id: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_paid(self) -> bool:
        """Return whether the money is there, or none is due."""
        return self.status == CheckoutStatus.COMPLETE and self.payment_status != CheckoutPayment.UNPAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment at the provider: what a `payment_intent.*` event is about.

    A plan's payment names no order of ours, only the `customer_id` of who pays.
    """

    id: str
    order_id: str | None
    received_minor: int
    currency: str
    failure_code: str | None = None
    amount_minor: int = 0
    customer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge and all that was ever refunded of it (cumulative); the card's brand and last digits if it was a card."""

    id: str
    payment_id: str | None
    order_id: str | None
    amount_minor: int
    refunded_minor: int
    currency: str
    card: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One refund; the provider knows none that is only `requested`."""

    id: str
    payment_id: str | None
    amount_minor: int
    currency: str
    status: RefundStatus
    reference: str | None
    """Our own refund row, where we asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A customer's complaint at the bank about a payment."""

    id: str
    payment_id: str | None
    amount_minor: int
    status: str
    reason: str


Subject = SessionSnapshot | Payment | Charge | Refund | Dispute | SubscriptionSnapshot | Invoice | InvoicePayment


@dataclass(frozen=True, kw_only=True)
class PaymentEvent:
    """An event that the provider signed, whatever it holds.

    `problem` is the reason why its body is no event at all. The subject is translated when it is first read, so that
    an odd object of a type that nobody handles does no harm.
    """

    id: str
    type: str
    created_at: datetime
    is_live: bool
    payload: Mapping[str, Any] = field(repr=False)
    problem: str = ""
    translate: Callable[[], Subject | None] = field(repr=False, compare=False)

    @cached_property
    def subject(self) -> Subject | None:
        """Return what the event is about, None where the shop has no type for it; raise `Unreadable`."""
        return self.translate()

    def about(self, subject: Subject) -> "PaymentEvent":
        """Return the event with its subject as the provider has it now."""
        return replace(self, translate=lambda: subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Some events in the order in which they happened; `has_more` if newer ones follow."""

    events: tuple[PaymentEvent, ...]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """A line of a paid session, as the provider remembers it; a plan has its interval and its price each time."""

    name: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    interval: BillingInterval | None = None
    recurring_minor: int | None = None
    variant_id: str = ""


class PaymentLists(Protocol):
    """Everything that the provider has, some at a time, newest first; nothing is asked for before it is wanted."""

    def list_checkouts(self) -> Iterator[tuple[SessionSnapshot, ...]]:
        """Yield all hosted pages."""

    def list_refunds(self) -> Iterator[tuple[Refund, ...]]:
        """Yield all refunds."""

    def list_subscriptions(self) -> Iterator[tuple[SubscriptionSnapshot, ...]]:
        """Yield all subscriptions, those too that are over, without their cards."""

    def list_paid_invoices(self) -> Iterator[tuple[Invoice, ...]]:
        """Yield all invoices that were paid."""


class PaymentGateway(PlanProvider, AccountProvider, PaymentLists, Protocol):
    """The calls to the payment provider that the shop needs."""

    @property
    def is_live(self) -> bool:
        """Whether real money moves; events of the other mode are not ours."""

    def open_checkout(self, request: CheckoutRequest, key: str) -> SessionSnapshot:
        """Open a hosted payment page; the same key and request give the same page."""

    def close_checkout(self, checkout_id: str) -> SessionSnapshot:
        """Expire a page so that it can never be paid; return what it is now, which may be paid."""

    def fetch_checkout(self, checkout_id: str) -> SessionSnapshot:
        """Return the page as it is now."""

    def fetch_lines(self, checkout_id: str) -> tuple[PaidLine, ...]:
        """Return what was bought on a page."""

    def refund(self, payment_id: str, amount_minor: int, *, reference: str) -> Refund:
        """Give money back once per `reference`, our refund row's id."""

    def read_event(self, raw: bytes, signature: str | None) -> PaymentEvent:
        """Verify the signature alone, or raise `EventRejected`; then any body is an event."""

    def translate_event(self, payload: Mapping[str, Any]) -> PaymentEvent:
        """Return the event of a payload that was verified before."""

    def fetch_subject(self, event: PaymentEvent) -> Subject:
        """Return what an event is about as the provider has it now; raise `Unreadable` where that is odd, too."""

    def find_event_before(self, moment: datetime) -> str | None:
        """Return the id of the newest event that is older than a moment, None if none is kept so long."""

    def list_events(self, after: str | None) -> EventPage:
        """Return the events that follow one, or the oldest that are kept; whether a webhook delivered them or not."""


__all__ = [
    "Charge",
    "CheckoutLine",
    "CheckoutRequest",
    "CustomerMissing",
    "Dispute",
    "EventPage",
    "EventRejected",
    "Invoice",
    "InvoiceLine",
    "InvoicePayment",
    "KeyRefused",
    "PaidLine",
    "Payment",
    "PaymentEvent",
    "PaymentGateway",
    "PaymentRefused",
    "PaymentUnknown",
    "Refund",
    "SessionSnapshot",
    "Subject",
    "SubscriptionSnapshot",
    "Unreadable",
]
