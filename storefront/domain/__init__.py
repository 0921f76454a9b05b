"""The shop's tables and their rules. Nothing here commits, calls the network or knows HTTP."""
