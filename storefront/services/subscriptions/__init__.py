"""Subscriptions: who may buy a plan, its life at Stripe and here, renewals, and what its owner sees and is told."""
