"""Creating an object at Stripe once, also where it answers with a fault and keeps that answer.

Stripe remembers the first answer to an idempotency key for a day, faults of its own (500) included. Repeating the key
has no other result, and the object may exist or not: so it is searched by our own metadata, and if it is not there it
is asked for again with the next key. Source: docs.stripe.com/api/idempotent_requests.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from storefront.gateways.payments import PaymentUnknown

_KEYS_AT_ONCE = 3
_NEW_KEY_EVERY = 300


class AnswerKept(PaymentUnknown):
    """Stripe repeated a fault of its own that it keeps under the key; that key will never get another answer."""


def create_once(
    key: str, create: Callable[[str], dict[str, Any]], find: Callable[[], dict[str, Any] | None]
) -> dict[str, Any]:
    """Return the object that `create` makes with a key, or that an earlier try has made and `find` finds.

    The keys follow from the first one, so that a repetition after a crash takes the same ones. Raises
    `PaymentUnknown` where the outcome stays unknown: the caller repeats the whole of it later.
    """
    for one in _keys(key):
        try:
            return create(one)
        except AnswerKept as fault:
            kept = fault
        if (found := find()) is not None:
            return found
    raise kept


def _keys(first: str) -> Iterator[str]:
    """Yield the keys to try: some in a row, and one that is new every five minutes, for a fault that lasts."""
    yield first
    yield from (f"{first}:{number}" for number in range(1, _KEYS_AT_ONCE))
    yield f"{first}:{int(time.time()) // _NEW_KEY_EVERY}"
