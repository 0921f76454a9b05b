"""Digital content: what a customer owns, the links to it, and each transfer."""
