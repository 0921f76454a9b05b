"""Fakes that work: a payment provider in memory, and a mailer that keeps what it was given."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from storefront.database import db
from storefront.errors import MailUnavailable
from storefront.gateways.email import RenderedEmail
from storefront.gateways.payments import (
    CheckoutRequest,
    EventPage,
    Invoice,
    PaidLine,
    PaymentEvent,
    PaymentRefused,
    PaymentUnknown,
    Refund,
    SessionSnapshot,
    Subject,
    SubscriptionSnapshot,
)
from storefront.gateways.stripe import StripeGateway
from storefront.gateways.stripe.translation import object_of
from storefront.money import split
from tests.fake_plans import FakePlans


@dataclass
class FakeGateway(FakePlans):
    """A provider that keeps its pages in memory; `failures` are raised before (or after) the work, one a call.

    `silent_calls` names what is never answered at all; `missed` are the events that no webhook told of, newest first;
    `objects` are Stripe's own, by their ids, for events whose object has to be read anew;
    `stubborn` are pages that cannot be closed; `meanwhile` is what a rival does, once, while a call is under way.
    """

    is_live: bool = False
    pages: dict[str, SessionSnapshot] = field(default_factory=dict)
    requests: dict[str, CheckoutRequest] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    fails_after_work: bool = False
    silent_calls: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    missed: list[PaymentEvent] = field(default_factory=list)
    events_a_page: int = 100
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    stubborn: set[str] = field(default_factory=set)
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    verifier: StripeGateway = field(
        default_factory=lambda: StripeGateway("sk_test_fake", ("whsec_test_secret", "whsec_test_previous"))
    )
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    turn: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def open_checkout(self, request: CheckoutRequest, key: str) -> SessionSnapshot:
        with self.turn:
            return self._open(request, key)

    def _open(self, request: CheckoutRequest, key: str) -> SessionSnapshot:
        self._called("open", before=True)
        if key not in self.by_key:
            page_id = f"cs_test_fake{next(self.numbers)}"
            self.by_key[key] = page_id
            self.requests[page_id] = request
            self.pages[page_id] = SessionSnapshot(
                id=page_id,
                order_id=request.order_id,
                status="open",
                payment_status="unpaid",
                total_minor=request.total_minor,
                currency=request.currency,
                url=f"https://checkout.stripe.com/c/pay/{page_id}",
                payment_id=None,
                expires_at=request.expires_at,
                quote_hash=request.quote_hash,
                email=request.email,
            )
        elif self.requests[self.by_key[key]] != request:
            raise PaymentRefused("idempotency_error")
        self._called("open", before=False)
        return self.pages[self.by_key[key]]

    def close_checkout(self, checkout_id: str) -> SessionSnapshot:
        self._called("close", before=True)
        page = self.pages[checkout_id]
        if page.status == "open" and checkout_id not in self.stubborn:
            self.pages[checkout_id] = replace(page, status="expired", url=None)
        self._called("close", before=False)
        return self.pages[checkout_id]

    def fetch_checkout(self, checkout_id: str) -> SessionSnapshot:
        self._called("fetch", before=True)
        if checkout_id not in self.pages:
            raise PaymentRefused("resource_missing")
        return self.pages[checkout_id]

    def fetch_lines(self, checkout_id: str) -> tuple[PaidLine, ...]:
        self._called("lines", before=True)
        request = self.requests[checkout_id]
        dues = [0 if line.interval and request.trial_days else line.unit_price_minor for line in request.lines]
        parts = split(
            request.discount_minor, [due * line.quantity for line, due in zip(request.lines, dues, strict=True)]
        )
        return tuple(
            PaidLine(
                name=line.name,
                quantity=line.quantity,
                unit_price_minor=due,
                discount_minor=off,
                interval=line.interval,
                recurring_minor=line.unit_price_minor if line.interval else None,
            )
            for line, due, off in zip(request.lines, dues, parts, strict=True)
        )

    def refund(self, payment_id: str, amount_minor: int, *, reference: str) -> Refund:
        self._called("refund", before=True)
        if reference not in self.refunds:
            self.refunds[reference] = Refund(
                id=f"re_fake{next(self.numbers)}",
                payment_id=payment_id,
                amount_minor=amount_minor,
                currency="COP",
                status="succeeded",
                reference=reference,
            )
        self._called("refund", before=False)
        return self.refunds[reference]

    def read_event(self, raw: bytes, signature: str | None) -> PaymentEvent:
        """Events are really signed and really verified, by the real gateway; that needs no network."""
        return self.verifier.read_event(raw, signature)

    def translate_event(self, payload: Mapping[str, Any]) -> PaymentEvent:
        return self.verifier.translate_event(payload)

    def fetch_subject(self, event: PaymentEvent) -> Subject:
        """Answer with one of `objects`, translated by the real gateway."""
        self._called("subject", before=True)
        data = self.objects.get(object_of(event.payload).text("id"))
        if data is None:
            raise PaymentRefused("resource_missing")
        subject = self.translate_event({**event.payload, "data": {"object": data}}).subject
        assert subject is not None
        return subject

    def find_event_before(self, moment: datetime) -> str | None:
        self._called("events", before=True)
        return next((event.id for event in self.missed if event.created_at < moment), None)

    def list_events(self, after: str | None) -> EventPage:
        self._called("events", before=True)
        listed = self.missed[::-1]
        first = 1 + next((n for n, event in enumerate(listed) if event.id == after), -1)
        page = tuple(listed[first : first + self.events_a_page])
        return EventPage(events=page, has_more=len(listed) > first + self.events_a_page)

    def list_checkouts(self) -> Iterator[tuple[SessionSnapshot, ...]]:
        return self._listed("checkouts", self.pages.values())

    def list_refunds(self) -> Iterator[tuple[Refund, ...]]:
        return self._listed("refunds", self.refunds.values())

    def list_subscriptions(self) -> Iterator[tuple[SubscriptionSnapshot, ...]]:
        return self._listed("subscriptions", self.subscriptions.values())

    def list_paid_invoices(self) -> Iterator[tuple[Invoice, ...]]:
        return self._listed("invoices", self.paid_invoices)

    def _listed(self, name: str, objects: Iterable[Any]) -> Iterator[Any]:
        """Yield objects two at a time, the newest first, each page asked for when it is wanted."""
        kept = list(objects)[::-1]
        for first in range(0, max(len(kept), 1), 2):
            self._called(name, before=True)
            yield tuple(kept[first : first + 2])

    def pay(self, checkout_id: str) -> SessionSnapshot:
        """Pay a page, as a customer would."""
        page = self.pages[checkout_id]
        assert page.status == "open"
        if self.requests[checkout_id].has_plan:
            self.pages[checkout_id] = self.subscribe(page, self.requests[checkout_id])
            return self.pages[checkout_id]
        self.pages[checkout_id] = replace(
            page, status="complete", payment_status="paid", payment_id=f"pi_{checkout_id}", url=None
        )
        return self.pages[checkout_id]

    def go_silent(self, times: int = 1, *, after_work: bool = False) -> None:
        """Answer the next calls with silence, before or after doing what was asked."""
        self.failures = [PaymentUnknown("silence")] * times
        self.fails_after_work = after_work

    def _called(self, name: str, *, before: bool) -> None:
        assert not db.session().in_transaction(), "a transaction is open while the provider is asked"
        if before:
            self.calls.append(name)
            if rival := self.meanwhile.pop(name, None):
                rival()
        if name in self.silent_calls and before is not self.fails_after_work:
            raise PaymentUnknown("silence")
        if self.failures and before is not self.fails_after_work:
            raise self.failures.pop(0)


@dataclass
class KeepingMailer:
    """Keeps letters; `failures` are raised instead, one a call; `meanwhile` happens while they are taken, in turn.

    While it is `away`, nobody gets a connection.
    """

    emails_sent: list[RenderedEmail] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    away: bool = False
    connections: int = 0

    def connect(self) -> AbstractContextManager["KeepingMailer"]:
        self.connections += 1
        if self.away:
            raise MailUnavailable(reason="connection refused")
        return nullcontext(self)

    def send(self, message: RenderedEmail) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.failures:
            raise self.failures.pop(0)
        self.emails_sent.append(message)
