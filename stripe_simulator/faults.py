"""The faults and knobs that a test may set; kept in memory, a restart clears them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

# The two that do the work and then keep the answer to themselves are the nasty ones: success without a reply.
FAULTS = ("500", "500-kept", "500-done", "429", "409", "timeout", "drop")
KEPT = ("500-kept", "500-done")


@dataclass
class ApiFaults:
    """Faults of the next calls to /v1.

    500, 429 and 409 answer before anything is done, and no idempotency key remembers them.
    500-kept does nothing either, but is remembered: the same key gets it again for a day. 500-done is remembered, too,
    and did the work all the same.
    timeout and drop do the whole work; then timeout holds the answer and cuts, drop cuts at once.
    """

    latency_ms: int = 0
    _next: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, fault: str, times: int) -> None:
        """Let the next calls fail in this way."""
        with self._lock:
            self._next.extend([fault] * times)

    def take(self) -> str | None:
        """Return the fault of this call, if one is planned."""
        with self._lock:
            return self._next.pop(0) if self._next else None

    def clear(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._next.clear()
            self.latency_ms = 0


@dataclass
class WebhookKnobs:
    """How deliveries misbehave."""

    duplicate: int = 0  # extra deliveries of each event
    twins: int = 0  # extra Event objects, with ids of their own, for each change
    shuffle: bool = False
    delay: float = 0.0
    drop: int = 0  # the next n deliveries are lost for good
    timestamp_shift: int = 0  # seconds added to the signed time
    wrong_secret: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_drop(self) -> bool:
        """Say whether this delivery is one of those to lose."""
        with self._lock:
            lost = self.drop > 0
            self.drop -= int(lost)
            return lost

    def clear(self) -> None:
        """Deliver properly again."""
        self.duplicate = self.twins = self.drop = self.timestamp_shift = 0
        self.shuffle = self.wrong_secret = False
        self.delay = 0.0
