"""`make bench`, `bench-growth`, `bench-flash` and `bench-stripe-latency`; N= products, SECONDS= a step."""

import sys

from benchmarks.everything import bench
from benchmarks.growth import growth
from benchmarks.rushes import flash, stripe_latency

if __name__ == "__main__":
    kinds = {"all": bench, "growth": growth, "flash": flash, "stripe-latency": stripe_latency}
    sys.exit(kinds[sys.argv[1] if len(sys.argv) > 1 else "all"]())
