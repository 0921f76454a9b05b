"""Measuring a step beside its limit, and the table and the goals that are printed."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks import steps
from benchmarks.load import Result, Visitor, run
from benchmarks.rig import Rig

N = int(os.environ.get("N", "1000"))
SECONDS = float(os.environ.get("SECONDS", "4"))
ROUNDS = int(os.environ.get("ROUNDS", "2"))

BARE_PAGES = 1915
"""Bare pages from one SELECT a second, for sixteen clients, on the machine that the goals were set on."""

Visitors = Callable[[int], Iterable[Visitor]]


@dataclass
class Row:
    """One step: at one client, at sixteen, its limit beside it, and what it asks of the database."""

    name: str
    alone: Result = field(default_factory=Result)
    crowd: Result = field(default_factory=Result)
    limit: Result = field(default_factory=Result)
    statements: int = 0

    @property
    def ratio(self) -> float:
        """Return the rate in parts of the limit's, measured in the same minutes."""
        return self.crowd.rate / self.limit.rate if self.limit.rate else 0.0


@dataclass(frozen=True)
class Goal:
    """Something that was promised: its number must be at least, or at most, so much.

    Rates and times depend on the machine, so they are judged a second time in its terms: by its `speed`, which is
    how many bare pages it serves in the same minutes, in parts of `BARE_PAGES`.
    """

    name: str
    measured: float
    target: float
    at_most: bool = False
    speed: float | None = None

    def __str__(self) -> str:
        """Say whether it is met, and if not by how much it is missed; then the same for a machine as fast as this."""
        said = f"{self.name:58} {self.measured:<10.4g} {self._verdict(self.target)}"
        if self.speed is None:
            return said
        return f"{said:96} here {self._verdict(self.target / self.speed if self.at_most else self.target * self.speed)}"

    def _verdict(self, target: float) -> str:
        met = self.measured <= target if self.at_most else self.measured >= target
        gap = "pass" if met else f"gap {100 * (self.measured / (target or 1) - 1):+.0f} %"
        return f"{'<=' if self.at_most else '>='} {target:<8.4g} {gap}"


def measure(shop: Rig, name: str, visitors: Visitors, limit: bytes | None = None) -> Row:
    """Run a step alone and in a crowd, turn about with its limit."""
    row = Row(name)
    for _ in range(ROUNDS):
        if limit is not None:
            row.limit.add(run(shop.limit, [bare(limit) for _ in range(16)], SECONDS / 2))
        row.alone.add(run(shop.port, visitors(1), SECONDS / 2))
        row.crowd.add(run(shop.port, visitors(16), SECONDS))
        if limit is not None:
            row.limit.add(run(shop.limit, [bare(limit) for _ in range(16)], SECONDS / 2))
    return row


def bare(asked: bytes) -> Visitor:
    """Ask a limit the same again and again."""
    while True:
        steps.expect((yield asked), 200)


def show(rows: list[Row]) -> None:
    """Print the table."""
    print(f"\n{'step':30}{'1: /s':>8}{'p50':>7}{'16: /s':>9}{'p50':>7}{'p95':>7}{'p99':>7}{'wrong':>6}"
          f"{'SQL':>5}{'client':>8}{'limit /s':>10}{'ratio':>7}")  # fmt: skip
    for row in rows:
        wrong = len(row.alone.wrong) + len(row.crowd.wrong)
        limit = f"{row.limit.rate:>10.0f}{row.ratio:>7.2f}" if row.limit.rate else f"{'':>17}"
        print(
            f"{row.name:30}{row.alone.rate:>8.0f}{row.alone.percentile(0.5):>7.1f}{row.crowd.rate:>9.0f}"
            f"{row.crowd.percentile(0.5):>7.1f}{row.crowd.percentile(0.95):>7.1f}{row.crowd.percentile(0.99):>7.1f}"
            f"{wrong:>6}{row.statements or '':>5}{100 * row.crowd.client_share:>7.0f}%{limit}"
        )
        for said in (row.alone.wrong + row.crowd.wrong)[:2]:
            print("   wrong:", said[:300])
