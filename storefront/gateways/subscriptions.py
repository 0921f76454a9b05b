"""The interface of a payment provider for plans, in the shop's types; amounts are minor units."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storefront.enums import BillingInterval, PlanStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSnapshot:
    """A plan that is charged again and again, as the provider sees it.

    `paid_until` is the end of what
    was paid for: of the period before this one while this one's charge fails. The card's name and digits
    are known only where the provider was asked, `is_current`, rather than taken from an event. `card_fingerprint` is
    the same for a card wherever it is used. `charged_until` is the end of the period of the newest invoice, if the
    provider was asked and that one is paid; `end_reason` is why a plan ended, such as `payment_failed`.
    """

    id: str
    order_id: str | None
    status: PlanStatus
    price_minor: int
    currency: str
    interval: BillingInterval
    current_period_end: datetime
    paid_until: datetime
    cancel_at_period_end: bool
    trial_ends_at: datetime | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    card_id: str | None = None
    card_brand: str | None = None
    card_last4: str | None = None
    card_fingerprint: str | None = None
    charged_until: datetime | None = None
    end_reason: str | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line of an invoice; `amount_minor` before the discount."""

    name: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What is charged for one period; `reason` is `subscription_create` for the first, `subscription_cycle` later.

    `attempts` are the tries to charge it, `next_attempt_at` is when the next one comes, if one does. The period is
    that of the plan's line, None where nothing but goods and trials were charged.
    """

    id: str
    order_id: str | None
    subscription_id: str | None
    reason: str
    status: str
    paid_minor: int
    currency: str
    lines: tuple[InvoiceLine, ...]
    due_minor: int = 0
    attempts: int = 0
    next_attempt_at: datetime | None = None
    paid_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePayment:
    """Which payment settled an invoice."""

    id: str
    invoice_id: str
    payment_id: str | None


class PlanProvider(Protocol):
    """The handful of things that a provider does about plans; errors are those of the payments."""

    def ensure_customer(
        self, reference: str, *, email: str, name: str, language: str, instead_of: str | None = None
    ) -> str:
        """Return the provider's id of a shopper, made once per `reference`, our customer's id.

        `instead_of` is an id that the provider does not know any more: then another one is made.
        """

    def fetch_subscription(self, subscription_id: str) -> SubscriptionSnapshot:
        """Return a subscription as it is now, with its card."""

    def set_cancellation(self, subscription_id: str, *, at_period_end: bool) -> SubscriptionSnapshot:
        """Cancel a subscription at its period's end, or resume it."""

    def end_subscription(self, subscription_id: str) -> None:
        """End a subscription at once; one that is over already stays over."""

    def portal_url(self, customer_id: str, *, shop: str, return_url: str, language: str) -> str:
        """Return the address of a page where a shopper changes the card.

        The page follows the configuration of this shop, or else the account's default one.
        """

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        """Return the payment that settled an invoice, None while there is none."""
