"""Stock keeping for the people who work here: what there is, what moved it, changes, counts, and what runs low."""
