"""What the requests about subscriptions, invoices and the portal may contain."""

from __future__ import annotations

from .request_rules import listing, request, unsupported_parameters
from .schema import boolean, choice, metadata, period, record, text, unsupported
from .session_rules import LOCALES, RETURN_URL

SUBSCRIPTION_UPDATE = request(
    {
        "cancel_at_period_end": boolean(),
        "default_payment_method": text(),
        "metadata": metadata(clearable=True),
    }
    | unsupported_parameters(
        "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor billing_schedules "
        "billing_thresholds cancel_at cancellation_details collection_method days_until_due default_source "
        "default_tax_rates description discounts invoice_settings items off_session on_behalf_of pause_collection "
        "payment_behavior payment_settings pending_invoice_item_interval proration_behavior proration_date "
        "transfer_data trial_end trial_from_plan trial_settings"
    )
)
SUBSCRIPTION_CANCEL = request(unsupported_parameters("cancellation_details invoice_now prorate"))
SUBSCRIPTION_LIST = listing(
    created=period(),
    customer=text(),
    status=choice(
        "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing",
        "unpaid",
    ),
    **unsupported_parameters(
        "automatic_tax collection_method current_period_end current_period_start customer_account plan price test_clock"
    ),
)  # fmt: skip
INVOICE_LIST = listing(
    created=period(),
    customer=text(),
    status=choice("draft", "open", "paid", "uncollectible", "void"),
    subscription=text(),
    **unsupported_parameters("collection_method customer_account due_date"),
)
INVOICE_PAYMENT_LIST = listing(
    created=period(),
    invoice=text(),
    payment=record(
        {
            "type": choice("payment_intent", "payment_record", required=True),
            "payment_intent": text(),
            "payment_record": unsupported(),
        }
    ),
    status=choice("canceled", "open", "paid"),
)
PORTAL_CREATE = request(
    {
        "configuration": text(),
        "customer": text(required=True),
        "return_url": RETURN_URL,
        "locale": choice(*(name for name in LOCALES if name != "hi-IN")),
    }
    | unsupported_parameters("after_expiration customer_account flow_data on_behalf_of")
)
