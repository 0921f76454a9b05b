"""`make demo`: the whole shop on one machine, with no account, no key and no internet."""
