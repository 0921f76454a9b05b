"""Orders after they were placed: looking at them, sending, returning, restocking, receipts."""
