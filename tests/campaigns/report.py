"""What a proof says: its figures, and everything that was wrong."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Run = Callable[[int, int], "Result"]


@dataclass
class Result:
    """One run of a proof; without faults it holds."""

    name: str
    dose: int
    seed: int
    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic, repr=False)
    seconds: float = 0.0

    def done(self) -> "Result":
        """Stop the clock and say what was seen, seed first, so that a failure can be repeated."""
        self.seconds = round(time.monotonic() - self.began, 1)
        print(f"\n{self.name}: seed {self.seed}, dose {self.dose}, {self.seconds} s: {self.text()}", flush=True)
        for fault in self.faults[:20]:
            print(f"  FAULT {fault}", flush=True)
        return self

    def text(self) -> str:
        """Return the figures as a person reads them."""
        return ", ".join(f"{value} {name}" for name, value in self.figures.items())

    def row(self) -> str:
        """Return the run as a line of the table in docs/reliability.md."""
        verdict = "holds" if not self.faults else f"**{len(self.faults)} faults**"
        return f"| {self.name} | {self.dose} | {self.seed} | {self.text()} | {self.seconds} s | {verdict} |"

    def demand(self) -> None:
        """Raise AssertionError naming the faults, if there are any."""
        shown = "\n".join(self.faults[:20])
        assert not self.faults, f"{self.name}, seed {self.seed}: {len(self.faults)} faults\n{shown}"


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
