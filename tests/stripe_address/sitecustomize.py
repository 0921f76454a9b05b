"""Leads Stripe's SDK to the simulator in processes that run in the production profile, which has no setting for it."""

import os

import stripe._stripe_client as client

client.DEFAULT_API_BASE = os.environ["STRIPE_STANDS_AT"]
