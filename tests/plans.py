"""Plans for tests: customers who buy them, and Stripe's events about them as Stripe sends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from storefront.database import db
from storefront.domain.customer import Customer
from storefront.domain.download import Entitlement
from storefront.domain.outbox import OutboxMail
from storefront.domain.subscription import Subscription
from storefront.services import carts, checkout
from storefront.services.checkout import PlacedOrder
from storefront.services.shopper import Shopper
from tests import factories
from tests.events import Event, event
from tests.factories import PREMIUM
from tests.fakes import FakeGateway

YEARLY, NUTRITION = "fitaiid-premium-anual", "nutricion-personalizada-mensual"  # the latter is tried for 7 days
PRICE = 3_990_000
MONTH = 30 * 24 * 3600
T0 = 1_795_473_300


def begin(*goods: tuple[str, int], shopper: Shopper | None = None, **changes: Any) -> tuple[Shopper, PlacedOrder]:
    """Place a customer's order of the premium plan, or of these goods."""
    shopper = shopper or factories.customer(is_confirmed=True)
    for slug, quantity in goods or ((PREMIUM, 1),):
        carts.add(shopper, slug, quantity)
    said = {"digital_consent": True} | changes
    return shopper, checkout.begin(factories.purchase(shopper, **said))


def bought(gateway: FakeGateway, *goods: tuple[str, int], **changes: Any) -> tuple[Shopper, PlacedOrder]:
    """Buy a plan, and come back to the return page."""
    shopper, started = begin(*goods, **changes)
    factories.pay(gateway, started)
    return shopper, started


def subscriptions() -> Sequence[Subscription]:
    """Return every subscription as the database has it now."""
    db.session.rollback()
    statement = select(Subscription).order_by(Subscription.id).execution_options(populate_existing=True)
    return db.session.scalars(statement).all()


def only() -> Subscription:
    """Return the one subscription."""
    (row,) = subscriptions()
    return row


def rights() -> Sequence[Entitlement]:
    """Return every right to a file that plans gave."""
    db.session.rollback()
    statement = select(Entitlement).where(Entitlement.source == "subscription").order_by(Entitlement.id)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def payer_of(shopper: Shopper) -> str:
    """Return Stripe's id of a customer."""
    found = db.session.scalar(select(Customer.provider_id).where(Customer.id == shopper.customer_id))
    assert found is not None
    return found


def mails() -> list[str]:
    """Return the templates of every mail about a plan."""
    db.session.rollback()
    about = OutboxMail.template.like("subscription_%")
    return sorted(db.session.scalars(select(OutboxMail.template).where(about)))


@dataclass(frozen=True, kw_only=True)
class PlanStory:
    """The events of one plan, from the page to its end; times are seconds after the first payment."""

    order_id: str
    session_id: str
    quote_hash: str
    total_minor: int
    price_minor: int = PRICE
    customer_id: str = "cus_1"

    @classmethod
    def of(cls, started: PlacedOrder, **changes: Any) -> "PlanStory":
        """Return the story of a placed order."""
        order = factories.order_of(started)
        facts = {"order_id": order.public_id, "session_id": started.session_id, "quote_hash": order.quote_hash}
        return cls(**facts | {"total_minor": order.total_minor} | changes)

    @property
    def key(self) -> str:
        return self.session_id.removeprefix("cs_test_")

    @property
    def metadata(self) -> dict[str, str]:
        return {"order_id": self.order_id, "quote": self.quote_hash}

    def completed(self, at: int = 0, **changes: Any) -> Event:
        """The page was finished."""
        subject = {
            "id": self.session_id,
            "object": "checkout.session",
            "amount_total": self.total_minor,
            "currency": "cop",
            "customer": self.customer_id,
            "customer_details": {"email": "ana@example.com"},
            "expires_at": T0 + 1800,
            "invoice": f"in_{self.key}",
            "metadata": self.metadata,
            "mode": "subscription",
            "payment_intent": None,
            "payment_status": "paid" if self.total_minor else "no_payment_required",
            "status": "complete",
            "subscription": f"sub_{self.key}",
            "url": None,
        }
        return event("checkout.session.completed", subject | changes, created=T0 + at)

    def changed(self, kind: str, at: int = 0, *, period: int = 0, **changes: Any) -> Event:
        """The subscription changed; `period` counts those before the current one."""
        start = T0 + period * MONTH
        item = {
            "id": "si_1",
            "object": "subscription_item",
            "current_period_start": start,
            "current_period_end": start + MONTH,
            "price": {"unit_amount": self.price_minor, "recurring": {"interval": "month", "interval_count": 1}},
            "quantity": 1,
        }
        subject = {
            "id": f"sub_{self.key}",
            "object": "subscription",
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "currency": "cop",
            "customer": self.customer_id,
            "default_payment_method": "pm_fake",
            "ended_at": None,
            "items": {"object": "list", "data": [item]},
            "metadata": self.metadata,
            "pause_collection": None,
            "status": "active",
            "trial_end": None,
        }
        return event(f"customer.subscription.{kind}", subject | changes, created=T0 + at)

    def invoice(self, kind: str, at: int = 0, *, period: int = 0, **changes: Any) -> Event:
        """An invoice was paid, or not; that of period 0 is the first order's."""
        total = self.price_minor if period else self.total_minor
        covered = {"start": T0 + period * MONTH, "end": T0 + (period + 1) * MONTH}
        line = {"description": "1 × Plan", "quantity": 1, "amount": total, "subtotal": total, "period": covered}
        subject = {
            "id": self.invoice_id(period),
            "object": "invoice",
            "amount_due": total,
            "amount_paid": 0 if kind == "payment_failed" else total,
            "attempt_count": 1,
            "billing_reason": "subscription_cycle" if period else "subscription_create",
            "currency": "cop",
            "lines": {"object": "list", "data": [line]},
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"metadata": self.metadata, "subscription": f"sub_{self.key}"},
            },
            "next_payment_attempt": None,
            "status": "open" if kind == "payment_failed" else "paid",
            "status_transitions": {"paid_at": None if kind == "payment_failed" else T0 + at},
        }
        return event(f"invoice.{kind}", subject | changes, created=T0 + at)

    def invoice_id(self, period: int = 0) -> str:
        """Return the invoice of a period."""
        return f"in_{self.key}" + (f"_{period}" if period else "")

    def payment_id(self, period: int = 0) -> str:
        """Return the payment of a period."""
        return f"pi_{self.key}" + (f"_{period}" if period else "")

    def declined(self, **changes: Any) -> Event:
        """The card was declined at the page: a payment that names the payer and nothing else of ours."""
        subject = {
            "id": self.payment_id(),
            "object": "payment_intent",
            "amount": self.total_minor,
            "amount_received": 0,
            "currency": "cop",
            "customer": self.customer_id,
            "description": "Subscription creation",
            "last_payment_error": {"code": "card_declined", "decline_code": "generic_decline", "type": "card_error"},
            "metadata": {},
            "status": "requires_payment_method",
        }
        return event("payment_intent.payment_failed", subject | changes)

    def settled(self, at: int = 15, *, period: int = 0) -> Event:
        """Stripe says which payment settled an invoice."""
        subject = {
            "id": f"inpay_{self.key}{period}",
            "object": "invoice_payment",
            "invoice": self.invoice_id(period),
            "payment": {"type": "payment_intent", "payment_intent": self.payment_id(period)},
            "status": "paid",
        }
        return event("invoice_payment.paid", subject, created=T0 + at)

    def refunded(self, amount_minor: int, at: int = 60, *, period: int = 0) -> Event:
        """Money of a plan's payment went back, asked for at Stripe's dashboard."""
        subject = {
            "id": f"re_{self.key}{period}{amount_minor}",
            "object": "refund",
            "amount": amount_minor,
            "charge": f"ch_{self.key}{period}",
            "currency": "cop",
            "metadata": {},
            "payment_intent": self.payment_id(period),
            "status": "succeeded",
        }
        return event("refund.created", subject, created=T0 + at)

    def first(self) -> list[Event]:
        """Return everything that a first payment tells, in the order that was recorded."""
        return [
            self.completed(),
            self.changed("created"),
            self.invoice("paid"),
            self.settled(),
        ]


def moment(seconds: int) -> datetime:
    """Return a time of a story."""
    return datetime.fromtimestamp(T0 + seconds, UTC)
