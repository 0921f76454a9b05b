"""How far somebody reads who follows one purchase through the code: functions, modules, and returns between them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import storefront
from tests.api.conftest import Phone, purchase

ROOT = str(Path(storefront.__file__).parent)
Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Walk:
    """Functions and modules count once; a return is a step to a module that was left before."""

    functions: int
    modules: int
    returns: int


@contextmanager
def recorded() -> Iterator[list[Step]]:
    """Collect (module, function) of each call of the shop's own functions; lambdas and comprehensions are none."""
    steps: list[Step] = []

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOT) and not code.co_name.startswith("<"):
            steps.append((code.co_filename, code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield steps
    finally:
        sys.setprofile(before)


def walk_of(steps: list[Step]) -> Walk:
    """Return the figures of a walk, its functions in the order of their first call."""
    functions = list(dict.fromkeys(steps))
    left: set[str] = set()
    returns = 0
    for (here, _), (there, _) in pairwise(functions):
        if here != there:
            left.add(here)
            returns += there in left
    return Walk(len(functions), len({module for module, _ in functions}), returns)


def test_steps_are_counted() -> None:
    assert walk_of([("a", "f"), ("b", "g"), ("a", "f"), ("a", "h"), ("a", "i"), ("c", "j")]) == Walk(5, 3, 1)


def test_one_purchase_is_a_short_walk(camila: Phone) -> None:
    """`docs/architecture.md` has the figures; where they grow past these, look for a layer that says nothing."""
    path = "/api/checkout/create-session"
    assert camila.post(path, purchase(), Idempotency_Key="one").status_code == 201  # what is made once is made
    with recorded() as steps:
        response = camila.post(path, purchase(), Idempotency_Key="two")
    assert response.status_code == 201
    walk = walk_of(steps)
    assert walk.functions <= 201, walk
    assert walk.modules <= 65, walk
    assert walk.returns <= 69, walk
