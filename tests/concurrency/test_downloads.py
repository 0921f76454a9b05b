"""The last download, wanted fifty times at once; L43 and issue 5, point 4."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.download import Download, Entitlement
from storefront.errors import DatabaseUnavailable, DownloadOver
from storefront.services.downloads import library, links, transfers
from storefront.services.jobs import cleanup
from tests import factories as make
from tests.conftest import build
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.concurrency, pytest.mark.postgres]
RIVALS = 50


@pytest.fixture
def shop(postgres_url: str) -> Iterator[Flask]:
    """Return a shop on PostgreSQL, outside of any context: each thread opens its own."""
    app = build(postgres_url)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def right(shop: Flask) -> str:
    """Return the id of a right with one download left."""
    with shop.app_context():
        gateway = shop.extensions["payments"]
        assert isinstance(gateway, FakeGateway)
        started = make.begin((make.GUIDE, 1), digital_consent=True)
        make.pay(gateway, started)
        (item,) = library.list_for_order(make.order_of(started), language="es")
        with transaction():
            db.session.execute(update(Entitlement).values(downloads_left=1))
        db.session.remove()
    return item.entitlement_id


def race(shop: Flask, run: Callable[[int], str], rivals: int = RIVALS) -> Counter[str]:
    """Let everybody run at the same moment and count what came of it."""
    gate = threading.Barrier(rivals)
    outcomes: list[str] = []

    def one(number: int) -> None:
        with shop.app_context():
            gate.wait()
            while True:
                try:
                    outcomes.append(run(number))
                except DownloadOver as refusal:
                    outcomes.append(refusal.code)
                except DatabaseUnavailable:  # it waited too long for its turn: told to come again, it does
                    continue
                return

    threads = [threading.Thread(target=one, args=(number,)) for number in range(rivals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == rivals
    return Counter(outcomes)


def left(shop: Flask) -> int:
    with shop.app_context():
        found = db.session.scalar(select(Entitlement.downloads_left))
        db.session.remove()
    assert found is not None
    return found


def claims(shop: Flask) -> Counter[str]:
    with shop.app_context():
        found = Counter(db.session.scalars(select(Download.state)))
        db.session.remove()
    return found


def test_control_reading_before_writing_sells_the_last_one_often(shop: Flask, right: str) -> None:
    """The race is real here: whoever looks first and writes afterwards lets many through."""
    all_have_looked = threading.Barrier(20)

    def naive(_number: int) -> str:
        uses = db.session.scalar(select(Entitlement.downloads_left).where(Entitlement.id == right))
        all_have_looked.wait()
        if not uses:
            return "none left"
        db.session.execute(update(Entitlement).where(Entitlement.id == right).values(downloads_left=uses - 1))
        db.session.commit()
        return "taken"

    assert race(shop, naive, rivals=20) == {"taken": 20}


@pytest.mark.parametrize("same_link", [True, False])
def test_the_last_download_goes_to_exactly_one(shop: Flask, right: str, same_link: bool) -> None:
    with shop.app_context():
        tokens = [links.issue(right).token for _ in range(RIVALS)]

    def fetch(number: int) -> str:
        transfer = transfers.begin(transfers.present(tokens[0 if same_link else number]))
        content = b"".join(transfer.pieces)
        transfer.finish()
        return "got it" if content.startswith(b"%PDF-") else "broken"

    assert race(shop, fetch) == {"got it": 1, "download_limit_reached": RIVALS - 1}
    assert left(shop) == 0
    assert claims(shop) == {"done": 1}


def test_first_parts_at_once_share_the_last_use(shop: Flask, right: str) -> None:
    """A download manager opens all its connections at the same moment; that is one download."""
    with shop.app_context():
        ticket = transfers.present(links.issue(right).token)
        db.session.remove()
    step = ticket.size // 20

    def fetch(number: int) -> str:
        stop = ticket.size if number == 19 else (number + 1) * step
        transfer = transfers.begin(ticket, number * step, stop, is_part=True)
        assert len(b"".join(transfer.pieces)) == stop - number * step
        transfer.finish()
        return "got it"

    assert race(shop, fetch, rivals=20) == {"got it": 20}
    assert left(shop) == 0
    assert claims(shop) == {"done": 1}


def test_whole_files_asked_for_as_parts_at_once_are_one_copy(shop: Flask, right: str) -> None:
    """Ten readers of one link, each of whom asks for everything as a part: the bytes of one claim are for one."""
    with shop.app_context():
        ticket = transfers.present(links.issue(right).token)
        db.session.remove()

    def fetch(_number: int) -> str:
        transfers.begin(ticket, 0, ticket.size - 1, is_part=True).finish()
        return "got it"

    assert race(shop, fetch, rivals=10) == {"got it": 1, "download_limit_reached": 9}
    assert claims(shop) == {"done": 1}


def test_control_looking_at_the_bytes_before_counting_them_gives_many_copies(shop: Flask, right: str) -> None:
    with shop.app_context():
        ticket = transfers.present(links.issue(right).token)
        transfers.begin(ticket, 0, 1, is_part=True).finish()
        db.session.remove()
    all_have_looked = threading.Barrier(10)

    def naive(_number: int) -> str:
        promised = db.session.scalar(select(Download.promised_bytes))
        all_have_looked.wait(timeout=30)
        if promised:
            return "no room"
        db.session.execute(update(Download).values(promised_bytes=ticket.size))
        db.session.commit()
        return "got it"

    assert race(shop, naive, rivals=10) == {"got it": 10}


def test_breaking_and_sweeping_at_once_give_each_use_back_once(shop: Flask, right: str) -> None:
    """Twenty broken downloads, three sweepers and twenty new ones: the counter and the claims agree."""
    with shop.app_context():
        with transaction():
            db.session.execute(update(Entitlement).values(downloads_left=20))
        tickets = [transfers.present(links.issue(right).token) for _ in range(20)]
        begun = [transfers.begin(ticket) for ticket in tickets]
        with transaction():
            db.session.execute(update(Download).values(link_expires_at=Download.started_at))
        db.session.remove()

    def act(number: int) -> str:
        if number >= 20:
            cleanup.sweep()
        elif number % 2:
            begun[number].break_off()
        else:
            begun[number].finish()
        return "done"

    assert race(shop, act, rivals=23) == {"done": 23}
    assert left(shop) == 20 - claims(shop)["done"] == 10
