"""Subscriptions: who may buy a plan, its states at Stripe and here, renewals, its owner's view and emails."""
