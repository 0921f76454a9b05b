"""The half of the fake payment provider that plans need."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from storefront.gateways.payments import CheckoutRequest, Invoice, PaymentRefused, SessionSnapshot, SubscriptionSnapshot

CARD = {"card_id": "pm_fake", "card_brand": "visa", "card_last4": "4242"}


@dataclass
class FakePlans:
    """Keeps customers, subscriptions and which payment settled which invoice."""

    customers: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionSnapshot] = field(default_factory=dict)
    invoice_payments: dict[str, str] = field(default_factory=dict)
    paid_invoices: list[Invoice] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)
    portals: list[tuple[str, str, str]] = field(default_factory=list)

    def ensure_customer(
        self, reference: str, *, email: str, name: str, language: str, instead_of: str | None = None
    ) -> str:
        self._called("customer", before=True)
        if instead_of == f"cus_{reference}":
            self.customers[reference] = f"cus_{reference}_again"
        return self.customers.setdefault(reference, f"cus_{reference}")

    def fetch_subscription(self, subscription_id: str) -> SubscriptionSnapshot:
        self._called("subscription", before=True)
        if subscription_id not in self.subscriptions:
            raise PaymentRefused("resource_missing")
        card = CARD | {"card_fingerprint": self.fingerprints.get(subscription_id, f"fp_{subscription_id}")}
        return replace(self.subscriptions[subscription_id], is_current=True, **card)

    def set_cancellation(self, subscription_id: str, *, at_period_end: bool) -> SubscriptionSnapshot:
        self._called("cancellation", before=True)
        row = self.fetch_subscription(subscription_id)
        at = datetime.now(UTC) if at_period_end else None
        self.subscriptions[subscription_id] = replace(row, cancel_at_period_end=at_period_end, cancelled_at=at)
        return self.fetch_subscription(subscription_id)

    def end_subscription(self, subscription_id: str) -> None:
        self._called("end", before=True)
        if subscription_id in self.subscriptions:
            self.end(subscription_id)

    def end(self, subscription_id: str) -> None:
        """End a subscription, as by Stripe's dashboard."""
        row = self.subscriptions[subscription_id]
        now = datetime.now(UTC)
        self.subscriptions[subscription_id] = replace(row, status="cancelled", cancelled_at=now, ended_at=now)

    def portal_url(self, customer_id: str, *, shop: str, return_url: str, language: str) -> str:
        self._called("portal", before=True)
        self.portals.append((customer_id, return_url, language))
        return f"https://billing.stripe.com/p/session/{customer_id}"

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        self._called("invoice", before=True)
        return self.invoice_payments.get(invoice_id)

    def subscribe(self, page: SessionSnapshot, request: CheckoutRequest) -> SessionSnapshot:
        """Begin the plan of a page that is being paid, and return the page."""
        plan = next(line for line in request.lines if line.interval)
        now = datetime.now(UTC).replace(microsecond=0)
        trial = now + timedelta(days=request.trial_days) if request.trial_days else None
        end = trial or now + timedelta(days=365 if plan.interval == "year" else 30)
        key = page.id.removeprefix("cs_test_")
        self.subscriptions[f"sub_{key}"] = SubscriptionSnapshot(
            id=f"sub_{key}",
            order_id=request.order_id,
            status="trialing" if trial else "active",
            price_minor=plan.unit_price_minor,
            currency="COP",
            interval=plan.interval or "",
            current_period_end=end,
            paid_until=end,
            cancel_at_period_end=False,
            trial_ends_at=trial,
            cancelled_at=None,
            ended_at=None,
            card_id="pm_fake",
        )
        if request.total_minor:
            self.invoice_payments[f"in_{key}"] = f"pi_{key}"
        return replace(
            page,
            status="complete",
            payment_status="paid" if request.total_minor else "no_payment_required",
            customer_id=request.customer_id,
            subscription_id=f"sub_{key}",
            invoice_id=f"in_{key}",
            url=None,
        )

    def _called(self, name: str, *, before: bool) -> None:
        raise NotImplementedError
