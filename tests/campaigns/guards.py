"""The shop with one guard taken away, so that each proof can show that it would have noticed.

`without("…")` does it in this process; `tests.campaigns.unguarded:app` does it for the processes of a rig,
by the names in `UNGUARDED`. Nothing of this exists outside the tests.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest import mock

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from storefront import database, gateways
from storefront.database import db
from storefront.domain import coupon, inventory, order, outbox, unsent_goods
from storefront.domain.shipment import units_left
from storefront.enums import ProductKind
from storefront.gateways import stripe
from storefront.gateways.payments import SessionSnapshot
from storefront.ids import new_id
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment, parcels
from storefront.services.payments import (
    checkout_sessions,
    event_log,
    event_processing,
    refunds,
    session_status,
    settlement,
)

Patch = tuple[Any, str, Any]

DROP_CHECKS = {
    "stock": (
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_never_oversold",
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_reserved_not_negative",
    ),
    "coupon": ("ALTER TABLE coupons DROP CONSTRAINT ck_coupons_limit_kept",),
}
"""The last walls, which have to go too before a missing guard can be seen in the books."""


def _reserve_naively(order_id: int, wanted: Any, now: Any) -> None:
    """Read, decide, write: what every second shop does."""
    amounts = dict(sorted(wanted.items()))
    if short := inventory.shortages(amounts):
        raise inventory.OutOfStock(shortages=short)
    time.sleep(0.002)
    promised = inventory.Stock.reserved + inventory.bindparam("n")
    inventory._change(inventory._OF_ONE.values(reserved=promised), amounts)
    rows = [{"order_id": order_id, "variant_id": key, "quantity": n} for key, n in amounts.items()]
    db.session.execute(inventory.insert(inventory.StockHold), rows)
    inventory._record("hold", order_id, amounts, now, reserved=1)


def _take_naively(coupon_id: int) -> bool:
    row = db.session.execute(
        select(coupon.Coupon.used_count, coupon.Coupon.max_uses).where(coupon.Coupon.id == coupon_id)
    ).one()
    time.sleep(0.002)
    if row.max_uses is not None and row.used_count >= row.max_uses:
        return False
    more = update(coupon.Coupon).where(coupon.Coupon.id == coupon_id).values(used_count=coupon.Coupon.used_count + 1)
    db.session.execute(more.execution_options(synchronize_session=False))
    return True


def _unlocked(order_id: int) -> order.Order:
    return db.session.get_one(order.Order, order_id)


def _enter_always(event: Any, state: str, found: Any, now: Any) -> bool:
    _ENTER(event, state, found, now)
    return True


def _settle_again(found: order.Order, receipt: Any, **more: Any) -> None:
    found.payment_id = found.paid_at = None
    _SETTLE(found, receipt, **more)


def _close_without_asking(attempt: Any) -> SessionSnapshot:
    """Trust the clock: the hold is over, so the page must be."""
    return SessionSnapshot(
        id=attempt.session_id or "",
        order_id=None,
        status="expired",
        payment_status="unpaid",
        total_minor=0,
        currency="COP",
        url=None,
        payment_id=None,
        expires_at=attempt.expires_at,
    )


def _claim_without_lease(limit: int) -> list[outbox.OutboxMail]:
    """Read what is due and lock nothing: two workers take the same mails."""
    statement = select(outbox.OutboxMail).where(outbox.OutboxMail.sent_at.is_(None)).limit(limit)
    return list(db.session.scalars(statement))


def _mark_before_sending(limit: int) -> list[outbox.OutboxMail]:
    """Count a mail as sent when it is taken: whatever fails afterwards is lost."""
    claimed = _CLAIM(limit)
    for mail in claimed:
        mail_delivery._mark_sent(mail)
    return claimed


def _refund_with_new_key(self: Any, payment_id: str, amount_minor: int, *, reference: str) -> Any:
    params = {"payment_intent": payment_id, "amount": amount_minor, "metadata": {"refund_id": reference}}
    made = self.call_stripe(lambda: self.client.v1.refunds.create(params, {"idempotency_key": new_id()}))
    return stripe.to_refund(made)


def _everything_is_left(found: order.Order) -> int:
    return found.total_minor


def _ask_inside_a_transaction(attempt: Any) -> Any:
    db.session.info["writing"] = True  # reading alone opens none
    db.session.execute(select(order.Order.id).limit(1))
    db.session.info["writing"] = False
    return _OPEN_PAGE(attempt)


def _all_units(_order: Any, lines: Any, sent: Any) -> dict[int, int]:
    """Put into a parcel what was sold, given back or not."""
    sold = {line.id: line.quantity for line in lines if line.kind == ProductKind.PHYSICAL}
    return units_left(sold, dict.fromkeys(sold, 0), sent)


_READ = select(order.Order).execution_options(populate_existing=True)
_READ_ONE = _READ.where(order.Order.public_id == bindparam("order"))
_UNLOCKED: tuple[Patch, ...] = (
    (event_processing, "_LOCKED", _READ),
    (event_processing, "_OF_EVENT", _READ_ONE),
    (event_processing, "_OF_PAYING_EVENT", _READ_ONE.options(joinedload(order.Order.lines))),
)
_OPEN_PAGE = checkout_sessions.open_session
_ENTER, _SETTLE, _CLAIM = event_log.enter, settlement.settle, mail_delivery._claim
_LOCKERS: tuple[ModuleType, ...] = (checkout_sessions, session_status, refunds, fulfilment)

GUARDS: dict[str, tuple[str, tuple[Patch, ...]]] = {
    "stock": ("the guarded UPDATE of stock", ((inventory, "reserve", _reserve_naively),)),
    "write lock": ("BEGIN IMMEDIATE on SQLite", ((database, "_on_sqlite_begin", lambda connection: None),)),
    "coupon": ("the guarded UPDATE of a coupon's uses", ((coupon, "_take", _take_naively),)),
    "event ledger": (
        "one row of the ledger for an event, written with its effects",
        ((event_log, "enter", _enter_always),),
    ),
    "settled once": ("a payment that is known settles nothing again", ((settlement, "settle", _settle_again),)),
    "order lock": (
        "FOR UPDATE on the order",
        (*_UNLOCKED, *((module, "lock", _unlocked) for module in _LOCKERS)),
    ),
    "no transaction": (
        "no transaction is open while Stripe is asked",
        ((gateways, "leave_transaction", lambda: None), (checkout_sessions, "open_session", _ask_inside_a_transaction)),
    ),
    "ask Stripe": ("Stripe is asked before a release", ((checkout_sessions, "close_session", _close_without_asking),)),
    "captured": (
        "the sum of the refunds against what was captured",
        ((refunds, "refundable_minor", _everything_is_left),),
    ),
    "goods": (
        "no parcel after all was given back",
        (
            (refunds, "require_goods", lambda found: None),
            (parcels, "units_to_send", _all_units),
            (unsent_goods, "apply_refund", lambda found, lines: None),
        ),
    ),
    "lease": (
        "the lease of a mail",
        (
            (mail_delivery, "_claim", _claim_without_lease),
            (mail_delivery, "_renew", lambda mail: True),
            (mail_delivery, "_release", lambda mails: None),  # nothing was claimed that could be given back
        ),
    ),
    "sent afterwards": ("a mail counts as sent after it was taken", ((mail_delivery, "_claim", _mark_before_sending),)),
    "refund key": (
        "the refund's own idempotency key",
        ((stripe.StripeGateway, "refund", _refund_with_new_key),),
    ),
}


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Take guards away for a while."""
    patches = [mock.patch.object(*patch) for name in names for patch in GUARDS[name][1]]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def remove(*names: str) -> None:
    """Take guards away for the life of this process."""
    for name in names:
        for owner, attribute, replacement in GUARDS[name][1]:
            setattr(owner, attribute, replacement)
