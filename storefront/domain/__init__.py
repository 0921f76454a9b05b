"""Nouns: the shop's tables and the rules that hold for them. Nothing here commits, calls out or knows HTTP."""
