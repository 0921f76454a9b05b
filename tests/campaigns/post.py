"""Mail to a server that fails three times in ten, and sometimes hangs up after it took a mail: nothing is lost."""

import random
import time
from contextlib import suppress

from tests.campaigns import oracle, stories
from tests.campaigns.databases import KINDS, set_stock
from tests.campaigns.inside import Inside, shop
from tests.campaigns.report import Result
from tests.campaigns.smtp import Sink, sink
from tests.factories import CUBES, WHEY

NAME = "mail"
FAILS, DROPS, WORKERS = 0.3, 0.02, 3


def run(dose: int, seed: int) -> Result:
    """Confirm `dose` orders, half on each database, while three workers send; waits between tries are cut short."""
    result = Result(NAME, dose, seed)
    totals = dict.fromkeys(("mails", "refused tries", "dropped after DATA", "duplicates"), 0)
    for kind in KINDS:
        with sink(seed, FAILS, DROPS) as post, shop(kind, mailer=None, **_settings(post)) as inside:
            set_stock(inside.books, {WHEY: 2 * dose, CUBES: 4 * dose})
            _confirm(inside, dose // len(KINDS), random.Random(seed))
            rounds = _send(inside)
            rows = inside.books.value("SELECT count(*) FROM outbox")
            result.faults += oracle.examine(inside.books) + oracle.mail(inside.books, post.arrived, post.dropped)
            result.faults += [f"I6 {kind}: mails are left after {rounds} rounds"] if _unsent(inside) else []
            result.faults += _foreign(inside, post)
            for name, n in zip(
                totals, (rows, post.refused, post.dropped, len(post.arrived) - len(set(post.arrived))), strict=True
            ):
                totals[name] += n
    result.figures = totals | {"lost": sum("never arrived" in fault for fault in result.faults)}
    return result.done()


def _settings(post: Sink) -> dict[str, object]:
    return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": post.port, "MAIL_USE_TLS": False, "MAILBOX_DIR": ""}


def _confirm(inside: Inside, count: int, chance: random.Random) -> None:
    tales = [stories.place(inside) for _ in range(count)]
    told = [event for tale in tales for event in (tale.pages[0].completed(), tale.pages[0].succeeded())]
    chance.shuffle(told)
    assert set(inside.together([lambda event=event: inside.deliver(event) for event in told], threads=4)) <= {200}


def _send(inside: Inside) -> int:
    """Let the workers work until nothing is left; what waits for its next try is brought forward."""
    from storefront.errors import MailUnavailable
    from storefront.services.mail import mail_delivery

    def work() -> None:
        with suppress(MailUnavailable):  # a first mail whose line was cut ends the round
            while mail_delivery.deliver_due(10):
                pass

    deadline = time.monotonic() + 60 + inside.books.value("SELECT count(*) FROM outbox") / 5
    rounds = 0
    while _unsent(inside) and time.monotonic() < deadline:
        rounds += 1
        trouble = [answer for answer in inside.together([work] * WORKERS, WORKERS) if answer]
        assert not trouble, trouble
        inside.books.run("UPDATE outbox SET available_at = created_at WHERE sent_at IS NULL AND dead_at IS NULL")
    return rounds


def _unsent(inside: Inside) -> int:
    return int(inside.books.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL"))


def _foreign(inside: Inside, post: Sink) -> list[str]:
    """Each Message-ID is its row's, however often it came."""
    keys = {row["id"] for row in inside.books.rows("SELECT id FROM outbox")}
    return [
        f"I6 {one} is no row's Message-ID" for one in set(post.arrived) if one.strip("<>").split("@")[0] not in keys
    ]
