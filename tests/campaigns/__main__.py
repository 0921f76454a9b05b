"""`python -m tests.campaigns NAME [--full] [--seed N] [--dose N]`: one proof or `all` of them, outside of pytest."""

import argparse
import random
import signal
import sys

from tests.campaigns import (
    backlog,
    buyers,
    coupons,
    cuts,
    deliveries,
    faults,
    kills,
    lost,
    outages,
    permutations,
    post,
    races,
)
from tests.campaigns.report import Run

PROOFS: dict[str, tuple[Run, int, int]] = {
    buyers.ON_POSTGRES: (buyers.run, 2_000, 10_000),
    buyers.ON_SQLITE: (buyers.run_sqlite, 500, 2_000),
    coupons.NAME: (coupons.run, 300, 1_000),
    permutations.NAME: (permutations.run, 1_000, 100_000),
    permutations.NAME_OF_ALL: (permutations.run_all, 6, 6),
    deliveries.NAME: (deliveries.run, 200, 1_000),
    races.REDIRECT: (races.run_redirect, 100, 1_000),
    races.RACES: (races.run, 200, 2_000),
    cuts.NAME: (cuts.run, 1, 2),
    kills.NAME: (kills.run, 20, 1_000),
    outages.NAME: (outages.run, 3, 20),
    post.NAME: (post.run, 300, 10_000),
    lost.NAME: (lost.run, 10, 60),
    backlog.NAME: (backlog.run, 100, 500),
    faults.NAME: (faults.run, 2, faults.FULL),
}
"""By name: the proof, its dose in every run of CI, its full dose."""


def main() -> int:
    """Run what was asked for, print a row of the table for each, and return 1 if one does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("name", choices=[*PROOFS, "all"])
    parser.add_argument("--full", action="store_true", help="the full dose instead of CI's")
    parser.add_argument("--dose", type=int, help="another dose")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    names = list(PROOFS) if options.name == "all" else [options.name]
    results = [_run(name, options) for name in names]
    print("\n" + "\n".join(result.row() for result in results))
    return 1 if any(result.faults for result in results) else 0


def _run(name: str, options: argparse.Namespace):
    proof, small, full = PROOFS[name]
    return proof(options.dose or (full if options.full else small), options.seed)


if __name__ == "__main__":
    sys.exit(main())
