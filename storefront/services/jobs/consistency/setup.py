"""What a shop needs before it can sell: somebody to run it, goods, a tariff, and the settings of the real world."""

import re
from collections.abc import Iterator

from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product
from storefront.domain.customer import Customer
from storefront.domain.payment import EventRecord
from storefront.domain.shipping import load_tariff
from storefront.enums import StaffRole
from storefront.enums.opening import OpeningStep
from storefront.errors import InvalidInput
from storefront.services.accounts import email_addresses
from storefront.services.jobs.consistency.findings import Finding
from storefront.services.payments import stripe_check
from storefront.settings import seller, settings

_SIGNING_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{24,}")
"""Stripe's have 32 characters behind the mark."""


_PUBLISH = "publish one at /staff/products"
_DEMONSTRATION_NIT = "901.234.567-7"
_DEMONSTRATION_DOMAIN = ".example"


def missing_steps() -> list[OpeningStep]:
    """Return what the owner of a new shop still has to do, in a sensible order."""
    checks = [(OpeningStep.GOODS, _goods), (OpeningStep.TARIFF, _tariff)]
    if settings().PROFILE == "production":
        checks += [(OpeningStep.SELLER, _seller), (OpeningStep.WAREHOUSE, _warehouse)]
        checks += [(OpeningStep.STRIPE, _webhook), (OpeningStep.MAIL, _sender)]
    return [step for step, check in checks if next(check(), None) is not None]


def find_missing() -> Iterator[Finding]:
    """Yield what keeps the shop from being opened."""
    yield from _owner()
    yield from _goods()
    yield from _tariff()
    if settings().PROFILE == "production":  # a demonstration has no warehouse, and its simulator no secret to mistake
        yield from _warehouse()
        yield from _webhook()


def find_missing_at_stripe() -> Iterator[Finding]:
    """Yield what the Stripe account lacks for a shop in production; this calls Stripe, also to test the secret."""
    if settings().PROFILE == "production":
        yield from (Finding("stripe", check.what, check.repair) for check in stripe_check.examine() if check.repair)


def _owner() -> Iterator[Finding]:
    is_owner = (Customer.staff_role == StaffRole.OWNER, Customer.staff_disabled_at.is_(None))
    owners = db.session.execute(select(Customer.email, Customer.email_verified_at).where(*is_owner)).all()
    if not owners:
        yield Finding("staff", "nobody can run the shop: it has no active owner", "flask staff add EMAIL --role owner")
    elif not any(owner.email_verified_at for owner in owners):
        email = owners[0].email
        what = f"nobody can run the shop: its owner {email} has not confirmed the address"
        yield Finding("staff", what, f"flask staff add {email} --role owner --print-link")


def _goods() -> Iterator[Finding]:
    if db.session.scalar(select(Product.id).where(Product.is_published).limit(1)) is None:
        yield Finding("goods", "there is nothing to buy: no product is published", _PUBLISH)


def _tariff() -> Iterator[Finding]:
    if not load_tariff().rates:
        yield Finding("shipping", "nothing can be sent: the shipping tariff has no rows", "flask seed --tariff-only")


def _seller() -> Iterator[Finding]:
    if seller().nit == _DEMONSTRATION_NIT:
        what = "the seller is the demonstration's: receipts and pages name one that does not exist"
        yield Finding("settings", what, "save it at /staff/texts/seller, or set the SELLER_ settings and restart")


def _sender() -> Iterator[Finding]:
    if settings().MAIL_DEFAULT_SENDER.rstrip("> ").endswith(_DEMONSTRATION_DOMAIN):
        what = "MAIL_DEFAULT_SENDER is the demonstration's: mail servers refuse what it sends"
        yield Finding("settings", what, "set MAIL_DEFAULT_SENDER and restart the shop and its workers")


def _warehouse() -> Iterator[Finding]:
    email = settings().WAREHOUSE_EMAIL
    repair = "set WAREHOUSE_EMAIL and restart the shop and its workers"
    if not email:
        yield Finding("settings", "WAREHOUSE_EMAIL is empty: nobody is told of orders to prepare", repair)
        return
    try:
        email_addresses.check_email(email)
    except InvalidInput:
        yield Finding("settings", f"WAREHOUSE_EMAIL is no e-mail address: {email}", repair)


def _webhook() -> Iterator[Finding]:
    secrets = settings().STRIPE_WEBHOOK_SECRETS
    if not secrets:
        what = "STRIPE_WEBHOOK_SECRET is empty: the shop does not start"
        yield Finding("settings", what, "flask stripe setup creates the endpoint and prints its secret")
    for number, secret in enumerate(secrets, 1):
        if not _SIGNING_SECRET.fullmatch(secret):
            which = "STRIPE_WEBHOOK_SECRET" if len(secrets) == 1 else f"secret {number} of STRIPE_WEBHOOK_SECRET"
            repair = "copy it from the endpoint in Stripe's dashboard, or flask stripe setup --new-secret"
            yield Finding("settings", f"{which} is not a signing secret of Stripe", repair)
    if db.session.scalar(select(EventRecord.id).limit(1)) is None:
        what = "no event of Stripe has ever arrived: there is no webhook endpoint yet, or its secret is another one"
        yield Finding("events", what, "flask stripe check")
