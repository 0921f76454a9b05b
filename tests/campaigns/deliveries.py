"""One event, delivered a thousand times at once: one effect, and every answer a 2xx."""

from concurrent.futures import ThreadPoolExecutor

from tests.campaigns import oracle, stories
from tests.campaigns.databases import KINDS
from tests.campaigns.inside import shop
from tests.campaigns.report import Result

NAME = "one-event"


def run(dose: int, seed: int) -> Result:
    """Deliver the payment of one order, then a dispute, then a refund, `dose` times at once on each database."""
    result = Result(NAME, dose, seed)
    answers = 0
    for kind in KINDS:
        with shop(kind) as inside, ThreadPoolExecutor(16) as pool:
            tale = stories.place(inside)
            page = tale.pages[0]
            for event in (page.completed(), page.disputed(), page.refunded(5_000_000)):
                tale.events.append(event)
                statuses = list(pool.map(inside.deliver, [event] * dose))
                answers += len(statuses)
                result.faults += [f"I9 {kind}: answered {status}" for status in statuses if status != 200]
            result.faults += stories.differences(inside, tale) + oracle.examine(inside.books)
    result.figures = {"deliveries of 6 events": answers, "not 2xx or applied twice": len(result.faults)}
    return result.done()
