"""How fast the shop is: `make bench` and its kin; docs/performance.md says what came of it."""
