"""What the clock and the operator make happen: cleanup, consistency checks, and the shop's metrics."""
