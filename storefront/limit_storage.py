"""The counters of the rate limits: in Redis, and in this process while Redis does not answer.

Flask-Limiter has an in-memory fallback of its own, which is not used: a request that asks Redis at the moment in
which another thread declares it dead is answered with 500, headers are counted without it, and any request, of a page
without limits too, may have to find out whether Redis is back, which can take half a minute.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple, ParamSpec, TypeVar

from flask import g, has_app_context
from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage, Storage

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_ADD = b"""
local counted = {}
for i, key in ipairs(KEYS) do
    local count = redis.call('INCRBY', key, ARGV[3 * i - 1])
    local seconds = redis.call('TTL', key)
    if seconds < 0 then
        seconds = tonumber(ARGV[3 * i - 2])
        redis.call('EXPIRE', key, seconds)
    end
    counted[2 * i - 1] = count
    counted[2 * i] = seconds
    if count > tonumber(ARGV[3 * i]) then
        break
    end
end
return counted
"""

_NO_LIMIT = 2**31

PATIENCE = 0.1
"""Seconds that Redis may take to accept a connection, and again to answer; it needs a thousandth of that."""

CHECK_EVERY = 1.0
"""Seconds between two looks whether Redis is back."""


_PREFIX = "fallback+"


def storage_uri(redis_url: str) -> str:
    """Return where Flask-Limiter counts: in Redis with a fallback, or in the process if there is no Redis."""
    return f"{_PREFIX}{redis_url}" if redis_url else "memory://"


def impatient() -> dict[str, Any]:
    """Return options for a Redis client that gives up soon; the library itself tries eleven times for five seconds."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": Retry(NoBackoff(), 0)}


class Counter(NamedTuple):
    """A counter that ends `expiry` seconds after it began, what is added to it, and the most that it may be."""

    key: str
    expiry: int
    amount: int = 1
    most: int = _NO_LIMIT


def counter(item: RateLimitItem, *place: str) -> Counter:
    """Return the counter of a rule for whoever is counted in a scope, as Flask-Limiter calls it."""
    return Counter(item.key_for(*place), item.get_expiry(), most=item.amount)


def announce(counters: Sequence[tuple[RateLimitItem, Counter]]) -> None:
    """Say which counters Flask-Limiter is about to ask for in this request: the first question asks for them all.

    It asks one after the other, the shortest limits first, and no further than the first limit that is reached;
    whoever announces later is asked first.
    """
    g.announced = [*counters, *g.get("announced", ())]


def add(storage: Storage, counters: Sequence[Counter]) -> None:
    """Add to several counters, in one round trip where they are in Redis."""
    if isinstance(storage, FallbackStorage):
        storage.add(counters)
    else:
        for counter in counters:
            storage.incr(counter.key, counter.expiry, counter.amount)


class FallbackStorage(RedisStorage):
    """Redis as Flask-Limiter's storage, with counters in memory for as long as Redis is away.

    The first call that fails turns all threads of the process to the memory. A thread of its own checks every second
    whether Redis is back, so that no request waits for the answer.
    """

    STORAGE_SCHEME: ClassVar[list[str]] = [  # type: ignore[misc]
        f"{_PREFIX}{scheme}" for scheme in ("redis", "rediss", "redis+unix")
    ]

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri.removeprefix(_PREFIX), **impatient(), **options)
        self._memory = MemoryStorage()
        self._is_away = False
        self._lock = threading.Lock()
        self._add = self.get_connection().register_script(_ADD)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter that ends after `expiry` seconds, and return it.

        What Redis said of it, its end too, is kept in `g.counted` for the headers of this request's response, which
        would otherwise ask twice more.
        """
        if has_app_context() and amount == 1:
            self._count_announced()
            if key in (ahead := g.get("counted_ahead", {})):
                return int(ahead.pop(key))
        return self.add([Counter(key, expiry, amount)])[0]

    def _count_announced(self) -> None:
        """Count what was announced, if it is in Redis; the memory has no round trips that could be saved."""
        announced = g.pop("announced", ())
        if len(announced) > 1 and not self._is_away:
            counters = [counter for _, counter in sorted(announced, key=itemgetter(0))]
            with self._leaving():
                g.counted_ahead = dict(zip((one.key for one in counters), self._add_in_redis(counters), strict=False))

    def add(self, counters: Sequence[Counter]) -> list[int]:
        """Add to counters in their order, up to the first that is then more than it may be; return what they are."""
        return self._either(self._add_in_redis, self._add_in_memory, counters)

    def _add_in_redis(self, counters: Sequence[Counter]) -> list[int]:
        arguments = [number for one in counters for number in (one.expiry, one.amount, one.most)]
        answer = self._add([self.prefixed_key(one.key) for one in counters], arguments)
        counts = [int(count) for count in answer[::2]]
        if has_app_context():
            ends = (int(time.time() + seconds) for seconds in answer[1::2])
            kept = g.setdefault("counted", {})
            kept.update(zip((one.key for one in counters), zip(counts, ends, strict=True), strict=False))
        return counts

    def _add_in_memory(self, counters: Sequence[Counter]) -> list[int]:
        return [self._memory.incr(one.key, one.expiry, one.amount) for one in counters]

    def get(self, key: str) -> int:
        """Return a counter."""
        return self._either(super().get, self._memory.get, key)

    def get_expiry(self, key: str) -> float:
        """Return when a counter ends."""
        return self._either(super().get_expiry, self._memory.get_expiry, key)

    def _either(self, in_redis: Callable[P, R], in_memory: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if not self._is_away:
            with self._leaving():
                return in_redis(*args, **kwargs)
        return in_memory(*args, **kwargs)

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        """Turn to the memory where Redis does not answer, and go on."""
        try:
            yield
        except (self.dependency.RedisError, OSError) as error:
            self._leave(error)

    def _leave(self, error: Exception) -> None:
        """Count in memory from now on; the first thread to meet the outage logs it and waits for its end."""
        with self._lock:
            if self._is_away:
                return
            self._is_away = True
        logger.warning("Redis is away, each process counts for itself: %s", error)
        threading.Thread(target=self._wait_for_return, name="redis watch", daemon=True).start()

    def _wait_for_return(self) -> None:
        began = time.monotonic()
        while not self._counts():
            time.sleep(CHECK_EVERY)
        self._is_away = False
        logger.warning("Redis is back after %.0f s", time.monotonic() - began)

    def _counts(self) -> bool:
        """Return whether Redis counts; one that only answers to a ping may still refuse to write."""
        try:
            return self._add_in_redis([Counter("check", 1)])[0] > 0
        except (self.dependency.RedisError, OSError):
            return False
