"""Places where a test may cut the power; nothing happens unless the test profile arms one.

`FAILPOINT=place` ends the process, without any goodbye, when it reaches that place; `FAILPOINT=place#3`
the third time. `FAILPOINT_LOG=file` only writes down each place that is reached, so that a campaign
can try them all.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_armed: dict[str, str] = {}
_reached: dict[str, int] = {}


def arm(environ: Mapping[str, str]) -> None:
    """Read the plan from the environment; called for the test profile only."""
    _armed.clear()
    _reached.clear()
    _armed.update({name: environ[name] for name in ("FAILPOINT", "FAILPOINT_LOG") if environ.get(name)})


def reach(place: str) -> None:
    """Say that the process is at a place."""
    if not _armed:
        return
    _reached[place] = _reached.get(place, 0) + 1
    if log := _armed.get("FAILPOINT_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{place}\n")
    if _armed.get("FAILPOINT") in (place, f"{place}#{_reached[place]}"):
        os._exit(137)


@contextmanager
def around(name: str) -> Iterator[None]:
    """Mark the places before and after something that cannot be undone; the latter only if it went well."""
    reach(f"before {name}")
    yield
    reach(f"after {name}")


def use_case() -> str:
    """Return the name of the function that opened the transaction, as a place's name."""
    if not _armed:
        return ""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals["__name__"] in ("contextlib", "storefront.database", __name__):
        frame = frame.f_back
    return f"{frame.f_globals['__name__'].removeprefix('storefront.')}.{frame.f_code.co_name}"
