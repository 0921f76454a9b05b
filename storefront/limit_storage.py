"""The counters of the rate limits: in Redis, and in this process while Redis does not answer.

Flask-Limiter has an in-memory fallback of its own, which is not used: a request that asks Redis at the moment in
which another thread declares it dead is answered with 500, headers are counted without it, and any request, of a page
without limits too, may have to find out whether Redis is back, which can take half a minute.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec, TypeVar

from flask import g, has_app_context
from limits.storage import MemoryStorage, RedisStorage

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_COUNT = b"""
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
local seconds = redis.call('TTL', KEYS[1])
if seconds < 0 then
    seconds = tonumber(ARGV[1])
    redis.call('EXPIRE', KEYS[1], seconds)
end
return {count, seconds}
"""

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
        self._count = self.get_connection().register_script(_COUNT)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter that ends after `expiry` seconds, and return it.

        What Redis said of it, its end too, is kept in `g.counted` for the headers of this request's response, which
        would otherwise ask twice more.
        """
        return self._either(self._incr_in_redis, self._memory.incr, key, expiry, amount)

    def _incr_in_redis(self, key: str, expiry: int, amount: int = 1) -> int:
        count, seconds = self._count([self.prefixed_key(key)], [expiry, amount])
        if has_app_context():
            counted = g.setdefault("counted", {})
            counted[key] = int(count), int(time.time() + seconds)
        return int(count)

    def get(self, key: str) -> int:
        """Return a counter."""
        return self._either(super().get, self._memory.get, key)

    def get_expiry(self, key: str) -> float:
        """Return when a counter ends."""
        return self._either(super().get_expiry, self._memory.get_expiry, key)

    def _either(self, in_redis: Callable[P, R], in_memory: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if not self._is_away:
            try:
                return in_redis(*args, **kwargs)
            except (self.dependency.RedisError, OSError) as error:
                self._leave(error)
        return in_memory(*args, **kwargs)

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
            return self._incr_in_redis("check", 1) > 0
        except (self.dependency.RedisError, OSError):
            return False
