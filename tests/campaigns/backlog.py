"""A mail server that is away, silent or refuses everybody: after its return the backlog leaves within a minute."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from tests.campaigns import oracle
from tests.campaigns.inside import shop
from tests.campaigns.processes import free_port, wait_until
from tests.campaigns.report import Result
from tests.campaigns.rig import Rig, rig
from tests.campaigns.smtp import Sink, serving, silent
from tests.factories import WHEY

NAME = "backlog"
GOAL = 60.0
MAILS_A_SECOND_OF_OUTAGE = 10
UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


def run(dose: int, seed: int) -> Result:
    """Let `dose` mails come up during an outage of each kind, and measure how long they need after its end."""
    result = Result(NAME, dose, seed)
    for kind in ("nobody", "silent", "refusing"):
        with rig("postgres", mail=Sink(free_port()), start=False) as made:
            _write(made, dose)
            seconds = _drained_after(made, kind, dose / MAILS_A_SECOND_OF_OUTAGE)
            result.figures[f"s after a server that was {kind}"] = seconds
            result.faults += oracle.mail(made.books, made.sink.arrived)
            if seconds > GOAL:
                result.faults.append(f"G19 {kind}: the backlog left after {seconds} s only")
    return result.done()


def _write(made: Rig, count: int) -> None:
    """Write so many mails about one order."""
    with shop("postgres", books=made.books) as inside:
        inside.buy((WHEY, 1))
    key = made.books.value("SELECT id FROM orders")
    for _ in range(count):
        one = uuid.uuid4().hex[:26]
        made.books.run(
            "INSERT INTO outbox (id, key, template, recipient, language, order_id, context, created_at, available_at,"
            f" tries, error) VALUES ('{one}', '{one}', 'refund', '{one}@example.com', 'es', {key},"
            " '{\"amount_minor\": 100}', now(), now(), 0, '')"
        )


def _drained_after(made: Rig, kind: str, outage: float) -> float:
    made.start_worker()
    with _trouble(made.sink, kind):
        time.sleep(outage)
        assert made.books.value(UNSENT) > 0
    made.sink.fails = 0
    began = time.monotonic()
    with serving(made.sink):
        wait_until(lambda: made.books.value(UNSENT) == 0, "the sending of the backlog", 10 * GOAL)
        made.kill_workers()
    return round(time.monotonic() - began, 1)


@contextmanager
def _trouble(sink: Sink, kind: str) -> Iterator[None]:
    sink.fails = 1.0
    trouble = {"nobody": nullcontext(), "silent": silent(sink.port), "refusing": serving(sink)}[kind]
    with trouble:
        yield
