"""The faults that a test may set, of API calls and of webhook deliveries; kept in memory, a restart clears them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

# `timeout` and `drop` are the hardest for a client: the work is done, and no response says so.
FAULTS = ("500", "500-kept", "500-done", "429", "409", "timeout", "drop")
STORED = ("500-kept", "500-done")


@dataclass
class ApiFaults:
    """Faults of the next calls to /v1.

    500, 429 and 409 answer before anything is done, and no idempotency key remembers them.
    500-kept does nothing either, but its response is stored: the same key gets it again for a day. 500-done is stored,
    too, although the work was done.
    timeout and drop do the whole work; then timeout closes the connection after a while, drop closes it at once.
    """

    latency_ms: int = 0
    _next: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: str, times: int) -> None:
        """Let the next calls fail in this way."""
        with self._lock:
            self._next.extend([fault] * times)

    def take(self) -> str | None:
        """Return the fault of this call, if there is one."""
        with self._lock:
            return self._next.pop(0) if self._next else None

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._next.clear()
            self.latency_ms = 0


@dataclass
class WebhookFaults:
    """How deliveries misbehave."""

    extra_deliveries: int = 0  # of each event
    extra_events: int = 0  # Event objects with ids of their own, for each change
    shuffle: bool = False
    delay: float = 0.0
    lost_deliveries: int = 0  # the next n deliveries are lost for good
    timestamp_shift: int = 0  # seconds added to the signed time
    wrong_secret: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_loss(self) -> bool:
        """Say whether this delivery is one of those that are lost."""
        with self._lock:
            is_lost = self.lost_deliveries > 0
            self.lost_deliveries -= int(is_lost)
            return is_lost

    def clear(self) -> None:
        """Deliver properly again."""
        self.extra_deliveries = self.extra_events = self.lost_deliveries = self.timestamp_shift = 0
        self.shuffle = self.wrong_secret = False
        self.delay = 0.0
