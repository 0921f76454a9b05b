"""A coupon with a limit, redeemed by many at once: used exactly as often as it may be, and given back on expiry."""

import random

from storefront.domain.checkout_session import find_latest_session
from storefront.errors import CouponRejected
from tests.campaigns import oracle
from tests.campaigns.databases import KINDS, set_stock
from tests.campaigns.inside import Inside, shop
from tests.campaigns.report import Result
from tests.events import Story
from tests.factories import WHEY, order_of

NAME = "coupon"
LIMIT = 100
CODE = "CIEN"


def run(dose: int, seed: int) -> Result:
    """Let `dose` buyers use a coupon of a hundred uses on each database, expire some, and let as many try again."""
    result = Result(NAME, dose, seed)
    chance = random.Random(seed)
    for kind in KINDS:
        with shop(kind) as inside:
            _prepare(inside, dose)
            first = _redeem(inside, dose)
            expired = _expire(inside, chance.sample(sorted(first), 30) if len(first) > 30 else [])
            again = _redeem(inside, dose // 2)
            result.figures |= {f"used on {kind}": len(first), f"given back on {kind}": expired}
            result.faults += oracle.examine(inside.books)
            _count(result, kind, len(first) == LIMIT, f"{len(first)} of {LIMIT} uses")
            _count(result, kind, len(again) == expired, f"{len(again)} of {expired} uses that came back")
    return result.done()


def _count(result: Result, kind: str, is_right: bool, what: str) -> None:
    if not is_right:
        result.faults.append(f"I7 {kind}: {what}")


def _prepare(inside: Inside, dose: int) -> None:
    set_stock(inside.books, {WHEY: 3 * dose})
    columns = (
        "code, kind, value, minimum_minor, max_uses, is_first_order_only, categories, products, is_active, used_count"
    )
    values = f"'{CODE}', 'percent', 10, 0, {LIMIT}, false, '[]', '[]', true, 0"
    inside.books.run(f"INSERT INTO coupons ({columns}) VALUES ({values})")


def _redeem(inside: Inside, buyers: int) -> dict[str, str]:
    """Return the page of each order that got the coupon."""
    jobs = [lambda: inside.buy((WHEY, 1), coupon_code=CODE) for _ in range(buyers)]
    answers = inside.together(jobs)
    strange = [a for a in answers if isinstance(a, Exception) and not isinstance(a, CouponRejected)]
    if strange:
        raise strange[0]
    return {a.order_id: a.session_id for a in answers if not isinstance(a, Exception)}


def _expire(inside: Inside, order_ids: list[str]) -> int:
    stories = [inside.call(lambda key=key: _story(key)) for key in order_ids]
    statuses = inside.together([lambda s=story: inside.deliver(s.expired()) for story in stories]) if stories else []
    return statuses.count(200)


def _story(order_id: str) -> Story:
    order = order_of(order_id)
    session = find_latest_session(order.id)
    assert session is not None
    return Story.of(order, session.session_id or "")
