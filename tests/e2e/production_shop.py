"""The shop as production builds it, but for Stripe's address, which production takes from nobody."""

import os

import config
from storefront import create_app
from storefront.gateways.stripe import StripeGateway

settings = config.load()
app = create_app(
    settings,
    payments=StripeGateway(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS, os.environ["TEST_STRIPE_ADDRESS"]
    ),
)
