"""Card testing: many declined cards raise an alarm, and paying needs an account while they last.

The provider sends an event for each declined card; the event log keeps it. While too many of the last minutes came from
one network, or of the whole shop, and more than were paid there, whoever pays there needs an account with a confirmed
address. It ends by itself, because the minutes pass; `LOGIN_AT_CHECKOUT` decides instead of it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, select

from storefront import clock
from storefront.database import db
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.domain.payment import DECLINED, PAID, EventRecord
from storefront.errors import AccountNeeded
from storefront.observability.pseudonyms import pseudonym
from storefront.services.shopper import Shopper
from storefront.settings import settings

WINDOW = timedelta(minutes=15)

MOST_OF_NETWORK = 8
"""One buyer tries a card or three; where hundreds share an address many decline, but more pay."""

MOST_OF_SHOP = 30
"""So many, and more than were paid meanwhile: on a busy evening many decline, but more pay."""

KEPT = timedelta(seconds=5)
"""How long a process goes by what it has read."""

_kept: WeakKeyDictionary[Engine, tuple[datetime, "Tries"]] = WeakKeyDictionary()
logger = logging.getLogger("storefront.security")


@dataclass(frozen=True, slots=True)
class Tries:
    """Payments of the last minutes, declined and paid ones, by network."""

    declined: Mapping[str | None, int]
    paid: Mapping[str | None, int]

    @property
    def in_all(self) -> int:
        """Return how many were declined."""
        return sum(self.declined.values())

    def is_alarming_at(self, network: str | None) -> bool:
        """Return whether one network declines too often; who has no readable address is none."""
        here = self.declined.get(network, 0)
        return network is not None and here >= MOST_OF_NETWORK and here > self.paid.get(network, 0)

    @property
    def is_alarming(self) -> bool:
        """Return whether the whole shop does."""
        return self.in_all >= MOST_OF_SHOP and self.in_all > sum(self.paid.values())


def require_account(shopper: Shopper, network: str | None) -> None:
    """Raise `AccountNeeded` for a guest, or an account without a confirmed address, while cards are tried out."""
    switch = settings().LOGIN_AT_CHECKOUT
    if switch == "auto" and settings().RATE_LIMITS:
        tries = _known(clock.now())
        is_asking = tries.is_alarming_at(network) or tries.is_alarming
    else:
        is_asking = switch == "on"
    if not is_asking:
        return
    statement = select(Customer.id).where(Customer.id == shopper.customer_id, Customer.email_verified_at.is_not(None))
    if shopper.customer_id is None or db.session.scalar(statement) is None:
        raise AccountNeeded(reason="guest" if shopper.customer_id is None else "unverified")


def warn_staff(order: Order, now: datetime) -> None:
    """Write the alarm's line when a declined payment makes it one, and again for as many more; inside a transaction."""
    db.session.flush()
    tries = _read(now)
    here = tries.declined.get(order.network, 0)
    is_network = tries.is_alarming_at(order.network) and here % MOST_OF_NETWORK == 0
    if is_network or (tries.is_alarming and tries.in_all % MOST_OF_SHOP == 0):
        reason, count = ("network", here) if is_network else ("shop", tries.in_all)
        details = {"action": "card_testing", "outcome": "alarm", "reason": reason, "count": count}
        logger.warning("card_testing alarm", extra=details | {"address": pseudonym("address", order.network or "")})


def _known(now: datetime) -> Tries:
    """Return what was read within the last seconds, so that a rush at the checkout costs no statement a buyer."""
    kept = _kept.get(db.engine)
    if kept is None or not timedelta(0) <= now - kept[0] < KEPT:
        kept = _kept[db.engine] = (now, _read(now))
    return kept[1]


def _read(now: datetime) -> Tries:
    rows = db.session.execute(_COUNTED, {"since": now - WINDOW}).all()
    return Tries({row.network: row.declined for row in rows}, {row.network: row.paid for row in rows})


_COUNTED = (
    select(
        Order.network,
        func.count().filter(EventRecord.type == DECLINED).label("declined"),
        func.count().filter(EventRecord.type == PAID).label("paid"),
    )
    .join(Order, Order.id == EventRecord.order_id)
    .where(EventRecord.type.in_((DECLINED, PAID)), EventRecord.created_at > bindparam("since"))
    .group_by(Order.network)
)
