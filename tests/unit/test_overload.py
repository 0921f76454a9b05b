"""When a process refuses new requests, and when it takes them again."""

import pytest

from storefront.serving import overload
from storefront.serving.overload import MAX_WAITING, WaitingRequests


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that the process's clock shows."""
    seconds = [100.0]
    monkeypatch.setattr(overload.time, "monotonic", lambda: seconds[0])
    return seconds


def test_requests_are_refused_from_a_long_wait_on_until_nobody_waits_long(clock: list[float]) -> None:
    waiting = WaitingRequests()
    assert not waiting.are_too_many()
    for _ in range(3):
        waiting.add()
        clock[0] += 2
    assert waiting.are_too_many()  # the first has waited 6 s
    waiting.remove_oldest()
    assert waiting.are_too_many()  # the second has waited 4 s: less, and still long
    waiting.remove_oldest()
    waiting.remove_oldest()
    assert not waiting.are_too_many()


def test_a_rush_at_one_moment_is_taken_up_to_what_a_process_can_hold(clock: list[float]) -> None:
    waiting = WaitingRequests()
    for _ in range(MAX_WAITING - 1):
        waiting.add()
        assert not waiting.are_too_many()
    waiting.add()
    assert waiting.are_too_many()
    waiting.remove_oldest()
    assert not waiting.are_too_many()
