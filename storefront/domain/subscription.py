"""Subscriptions: a customer's plan, and its newest state at the provider."""

import calendar
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from storefront.database import Base, Minor, db, insert_once
from storefront.domain.catalogue import Product
from storefront.domain.customer import Customer
from storefront.enums import BillingInterval, PlanStatus
from storefront.ids import digest, new_id

GRACE = timedelta(days=3)
"""How long a running plan keeps its content past the period: renewals take an hour, and webhooks may be late."""


class Verdict(StrEnum):
    """What to do with a state that the provider reports."""

    APPLY = "apply"
    IGNORE = "ignore"
    DOUBT = "doubt"


class SubscriptionState(Protocol):
    """A subscription as the provider described it at one moment."""

    @property
    def status(self) -> PlanStatus: ...
    @property
    def price_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def interval(self) -> BillingInterval: ...
    @property
    def current_period_end(self) -> datetime: ...
    @property
    def paid_until(self) -> datetime: ...
    @property
    def cancel_at_period_end(self) -> bool: ...
    @property
    def trial_ends_at(self) -> datetime | None: ...
    @property
    def cancelled_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def end_reason(self) -> str | None: ...
    @property
    def charged_until(self) -> datetime | None: ...
    @property
    def card_id(self) -> str | None: ...
    @property
    def card_brand(self) -> str | None: ...
    @property
    def card_last4(self) -> str | None: ...
    @property
    def card_fingerprint(self) -> str | None: ...
    @property
    def is_current(self) -> bool: ...


class Subscription(Base):
    """One plan of one customer, from the order that began it to its end.

    `state_at` is the provider's time of the newest state seen, None while only the shop's own order is known.
    A customer has each plan once: `is_surplus` marks one that was paid for beside a running one, and
    `must_end` one that has still to be cancelled at the provider. `is_trial_refused` ends it because its card had
    tried the plan before. `charged_until` is the end of what paid invoices were for, None before the first one was
    known; `cancelled_at` is when its end was requested, `reminded_of` the period's end that its owner was reminded of.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index(
            "uq_subscriptions_running",
            "customer_id",
            "product_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("(status = 'cancelled') = (ended_at IS NOT NULL)", name="cancelled_has_ended"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    provider_id: Mapped[str] = mapped_column(String(255), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    status: Mapped[PlanStatus]
    price_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    interval: Mapped[BillingInterval]
    current_period_end: Mapped[datetime]
    paid_until: Mapped[datetime]
    cancel_at_period_end: Mapped[bool] = mapped_column(default=False)
    trial_ends_at: Mapped[datetime | None]
    card_id: Mapped[str | None] = mapped_column(String(255))
    card_brand: Mapped[str | None] = mapped_column(String(20))
    card_last4: Mapped[str | None] = mapped_column(String(4))
    is_surplus: Mapped[bool] = mapped_column(default=False)
    must_end: Mapped[bool] = mapped_column(default=False, index=True)
    is_trial_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    charged_until: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    reminded_of: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="", server_default="")
    state_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship(lazy="raise")

    @property
    def content_until(self) -> datetime:
        """Return until when the plan's content is open."""
        if self.ended_at is not None:
            return self.ended_at
        is_running = self.status in (PlanStatus.TRIALING, PlanStatus.ACTIVE)
        return self.paid_until + GRACE if is_running else self.paid_until

    def judge(self, state: SubscriptionState, at: datetime | None) -> Verdict:
        """Decide about a state with the provider's time `at`: the newest wins, and an end is final.

        Without `at` it is the answer to a call just made. Two different states of one second cannot be ordered; then
        the provider has to be asked.
        """
        if self.ended_at is not None:
            return Verdict.IGNORE
        if state.status == PlanStatus.CANCELLED or self.state_at is None or at is None or at > self.state_at:
            return Verdict.APPLY
        if at < self.state_at:
            return Verdict.IGNORE
        if state.is_current:
            return Verdict.APPLY
        return Verdict.IGNORE if self._is_like(state) else Verdict.DOUBT

    def apply(self, state: SubscriptionState, at: datetime | None) -> None:
        """Take over the provider's state; without `at` it is an answer, and any event newer than the last one wins."""
        for name in ("status", "price_minor", "currency", "interval", "current_period_end"):
            setattr(self, name, getattr(state, name))
        self.cancel_at_period_end, self.trial_ends_at = state.cancel_at_period_end, state.trial_ends_at
        self.cancelled_at, self.paid_until = state.cancelled_at, state.paid_until
        self.charge(state.charged_until)
        if state.card_last4 or state.card_id != self.card_id:
            self.card_id, self.card_brand, self.card_last4 = state.card_id, state.card_brand, state.card_last4
        if state.status == PlanStatus.CANCELLED:
            self.ended_at = state.ended_at or at or self.state_at or self.created_at
            self.must_end, self.end_reason = False, state.end_reason or ""
        self.state_at = at or self.state_at

    def charge(self, until: datetime | None) -> None:
        """Record until when invoices paid for it; that, rather than a period that began, is what was paid.

        A period begins before anybody tries to charge it, and while a plan is paused nobody does.
        """
        if until is not None and (self.charged_until is None or until > self.charged_until):
            self.charged_until = until
        if self.charged_until is not None and self.status != PlanStatus.TRIALING:
            self.paid_until = self.charged_until

    def _is_like(self, state: SubscriptionState) -> bool:
        names = ("status", "price_minor", "current_period_end", "cancel_at_period_end", "card_id")
        return all(getattr(self, name) == getattr(state, name) for name in names)


class TrialCard(Base):
    """A card with which a plan was tried; `id` is a digest of the plan and the provider's fingerprint of the card.

    It stays when an account is closed: it names nobody, and a trial is once for each card.
    """

    __tablename__ = "trial_cards"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(255))
    used_at: Mapped[datetime]


def find(provider_id: str) -> Subscription | None:
    """Return a subscription by the provider's id."""
    statement = select(Subscription).where(Subscription.provider_id == provider_id)
    return db.session.scalar(statement.execution_options(populate_existing=True))


def find_running(customer_id: str, product_id: str) -> Subscription | None:
    """Return the customer's running subscription of a plan."""
    conditions = (Subscription.customer_id == customer_id, Subscription.product_id == product_id)
    return db.session.scalar(select(Subscription).where(*conditions, Subscription.ended_at.is_(None)))


def may_try(customer_id: str, product_id: str) -> bool:
    """Return whether a customer may try a plan for nothing: a confirmed address, whose mailbox never had the plan."""
    me, other = aliased(Customer), aliased(Customer)
    had = (
        select(Subscription.id)
        .join(other, other.id == Subscription.customer_id)
        .where(Subscription.product_id == product_id, (other.person == me.person) | (other.id == me.id))
    )
    statement = select(me.id).where(me.id == customer_id, me.email_verified_at.is_not(None), ~had.exists())
    return db.session.scalar(statement) is not None


def claim_trial(row: Subscription, fingerprint: str, now: datetime) -> bool:
    """Return whether a card was not used to try this plan before; the row decides between two at once."""
    key = digest(f"{row.product_id}:{fingerprint}")
    if insert_once(TrialCard, {"id": key, "provider_id": row.provider_id, "used_at": now}, unique="id"):
        return True
    return db.session.scalar(select(TrialCard.provider_id).where(TrialCard.id == key)) == row.provider_id


def period_end(start: datetime, interval: BillingInterval) -> datetime:
    """Return the date a month or a year later; a day that the target month lacks becomes its last day."""
    months = start.month - 1 + (12 if interval == BillingInterval.YEAR else 1)
    year, month = start.year + months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))
