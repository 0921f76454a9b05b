"""A shop in this process, raced by threads; fast, and as true as the database makes it."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from config import TestConfig
from storefront import create_app
from storefront.database import db
from storefront.gateways.email import Mailer
from storefront.gateways.payments import PaymentGateway
from storefront.gateways.stripe import StripeGateway
from storefront.services import checkout
from storefront.services.catalogue import ItemRequest
from storefront.services.checkout import PlacedOrder, Purchase
from storefront.services.shopper import Shopper
from tests import events
from tests.campaigns.databases import Books, folder, fresh
from tests.campaigns.stripe import Stripe, stripe
from tests.factories import CANCEL, SUCCESS, address
from tests.fakes import FakeGateway, KeepingMailer

ADDRESS = address()
_KEEPING = KeepingMailer()


@dataclass
class Inside:
    """An application on a fresh database."""

    app: Flask
    books: Books

    def buy(self, *items: tuple[str, int], email: str = "ana@example.com", **changes: Any) -> PlacedOrder:
        """Begin a purchase of items; as in a request, the session ends with it."""
        said = {"language": "es", "success_url": SUCCESS, "cancel_url": CANCEL, "address": ADDRESS} | changes
        purchase = Purchase(shopper=Shopper(), email=email, items=tuple(ItemRequest(*item) for item in items), **said)
        return self.call(lambda: checkout.begin(purchase))

    def call(self, work: Callable[[], Any]) -> Any:
        """Do something in an application context of its own."""
        with self.app.app_context():
            try:
                return work()
            finally:
                db.session.remove()

    def deliver(self, payload: object, client: FlaskClient | None = None) -> int:
        """Send a signed event to the webhook and return the status."""
        return events.send(client or self.app.test_client(), payload).status_code

    def together(self, jobs: Sequence[Callable[[], Any]], threads: int = 8) -> list[Any]:
        """Do the jobs at once, so many at a time, each in its own context; return results or exceptions."""
        gate = threading.Barrier(min(threads, len(jobs)))

        def run(place: int) -> Any:
            if place < gate.parties:
                gate.wait(10)
            try:
                return self.call(jobs[place])
            except Exception as error:
                return error

        with ThreadPoolExecutor(gate.parties) as pool:
            return list(pool.map(run, range(len(jobs))))


@contextmanager
def shop_and_stripe(kind: str, **overrides: object) -> Iterator[tuple[Inside, Stripe]]:
    """Open a shop that talks to a simulator, whose events are brought to the door by the test."""
    with folder() as path, stripe(path, dict(os.environ)) as provider:
        gateway = StripeGateway("sk_test_campaign", (events.SECRET,), provider.url)
        with shop(kind, gateway, **overrides) as inside:
            yield inside, provider


@contextmanager
def shop(
    kind: str,
    gateway: PaymentGateway | None = None,
    mailer: Mailer | None = _KEEPING,
    books: Books | None = None,
    **overrides: object,
) -> Iterator[Inside]:
    """Open a shop with fakes for the world outside; a gateway may be given, and None as the mailer is the real one.

    `books` is a database that is there already.
    """
    with nullcontext(books) if books else fresh(kind) as books:
        config = TestConfig({"DATABASE_URL": books.url}, **overrides)
        app = create_app(config, payments=gateway or FakeGateway(), mailer=mailer)
        app.config["PROPAGATE_EXCEPTIONS"] = False  # Stripe sees a status, never an exception
        try:
            yield Inside(app, books)
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
