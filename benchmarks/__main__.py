"""`make bench`, `bench-growth`, `-flash`, `-stripe-latency`, `-endurance`; N= products, SECONDS= a step."""

import sys

from benchmarks.everything import bench
from benchmarks.growth import growth
from benchmarks.rushes import flash, stripe_latency

if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else "all"
    if kind == "endurance":
        # Its own PostgreSQL and Redis come from the tests, which need more packages than the other benchmarks.
        from benchmarks.endurance import endurance

        sys.exit(endurance())
    kinds = {"all": bench, "growth": growth, "flash": flash, "stripe-latency": stripe_latency}
    sys.exit(kinds[kind]())
