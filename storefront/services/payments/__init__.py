"""Payments: checkout sessions, Stripe's events, settlement, refunds and the comparison with Stripe."""
