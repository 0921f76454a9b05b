"""Customers for the people who work here: list, one page each, notes, requests about data, and blocks."""
